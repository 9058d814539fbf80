import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";

/** An empty folder that is removed when the test that asks for it ends. */
export function temporaryFolder() {
  const folder = mkdtempSync(join(tmpdir(), "rsdix-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}
