import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterFile, afterTest } from "./cleanup";

/** A new folder that is gone after the test, or once all tests of the file have ended. */
export function scratchFolder(of: "test" | "file" = "test"): string {
  const made = mkdtempSync(join(tmpdir(), "rsdix-"));
  const after = of === "test" ? afterTest : afterFile;
  after(() => rmSync(made, { recursive: true, force: true }));
  return made;
}
