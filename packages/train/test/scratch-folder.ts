import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterTest } from "../../../test/cleanup";

/** A new folder that is gone after the test. */
export function scratchFolder(): string {
  const made = mkdtempSync(join(tmpdir(), "rsdix-train-"));
  afterTest(() => rmSync(made, { recursive: true, force: true }));
  return made;
}
