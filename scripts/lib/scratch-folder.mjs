// Folders of a script for the time that it runs.
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { removeFolder } from "./remove-folder.mjs";

const made = new Set();

/** An empty folder that is removed when the script ends, wherever it ends: also where nobody reads its output any more. */
export function scratchFolder(prefix) {
  if (made.size === 0) process.once("exit", removeAll);
  const folder = mkdtempSync(join(tmpdir(), prefix));
  made.add(folder);
  return folder;
}

function removeAll() {
  for (const folder of made) removeFolder(folder); // what was just ended may still be writing
}
