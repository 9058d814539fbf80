import { mkdtempSync } from "node:fs";
import { rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterFile, afterTest } from "./cleanup";

/** A new folder that is gone after the test, or once all tests of the file have ended, after what the file itself does then. Its name starts with `name`. */
export function scratchFolder(of: "test" | "file" = "test", name = "rsdix-"): string {
  const made = mkdtempSync(join(tmpdir(), name));
  const after = of === "test" ? afterTest : afterFile;
  after(() => rm(made, { recursive: true, force: true, maxRetries: 5 })); // what was just ended may still be writing; rmSync lists a folder once only
  return made;
}
