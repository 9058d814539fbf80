import { resolve } from "node:path";
import { fail } from "@rsdix/internal";
import { tryLock } from "../file-lock";
import { inRun } from "./run-folder";

/**
 * Keeps a run's folder for this process: two that train the same run would overwrite each other's checkpoints and log.
 *
 * @param run - the run's folder, which must be there.
 * @returns what gives it back.
 * @throws RsdixError WRITE_FAILED when another process has it, or the folder takes no file. What a process that was killed left does not count.
 */
export async function lockRun(run: string): Promise<() => Promise<void>> {
  const path = resolve(inRun(run, "lock"));
  const tried = await tryLock(path).catch((error: Error) =>
    fail("WRITE_FAILED", `${run} can't be kept for this process: ${error.message}`, error),
  );
  if ("release" in tried) return tried.release;
  return fail(
    "WRITE_FAILED",
    `${run} is in use: ${tried.heldBy} trains it. Wait for it, or stop it; if it no longer runs, remove ${path}.`,
  );
}
