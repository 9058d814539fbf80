import { rmSync } from "node:fs";

/** How often a folder is begun with: whatever still writes there has been ended already. */
const TRIES = 5;

/** Removes a folder with all in it, at once, as an exit needs: also what a program makes there meanwhile, which `rmSync` alone doesn't look for again. */
export function removeFolder(folder) {
  for (let left = TRIES; ; left--) {
    try {
      return rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
    } catch (error) {
      if (error.code !== "ENOTEMPTY" || left === 1) throw error;
    }
  }
}
