import { type NewRun, newRun } from "./run-folder";
import { lockRun } from "./run-lock";

/** A run that has begun: it is there, and this process has it. */
export interface BegunRun extends NewRun {
  /** Lets others have it. */
  readonly unlock: () => Promise<void>;
}

/**
 * Makes a new run's folder and keeps it for this process.
 *
 * @param root - the folder of all runs.
 * @param kind - what is trained.
 * @param config - written into the run's folder.
 * @throws RsdixError WRITE_FAILED, as on a full disk; nothing is left of the run then, which "last" would mean.
 */
export async function beginRun(root: string, kind: string, config: object): Promise<BegunRun> {
  const made = await newRun(root, kind, config);
  try {
    return { ...made, unlock: await lockRun(made.folder) };
  } catch (error) {
    await made.forget().catch(() => undefined); // what is told is why it could not be kept
    throw error;
  }
}
