import { mkdir, readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { checkOptions, checkRange, fail } from "@rsdix/internal";
import { readSafetensors, writeSafetensors } from "@rsdix/models/node";
import type { CheckpointStore } from "./checkpoint-store";

/** Options of `checkpointFolder`. */
export interface CheckpointFolderOptions {
  /** How many of the newest to keep; 2. */
  keep?: number;
}

const NAME = /^step-(\d+)\.safetensors$/;

/**
 * Checkpoints in a folder, one safetensors file each: weights, teacher, optimiser, and the step in its metadata. A file is written under a temporary name and
 * renamed, and older ones are removed only afterwards, so that the newest named file is always whole.
 *
 * @param directory The folder; made when it is missing.
 * @param options How many to keep.
 * @returns The store for `fit`.
 * @throws WRITE_FAILED (from `save`) when the disk is full or the folder not writable, the older checkpoints being whole; FILE_CORRUPT (from `latest`).
 * @example
 * ```ts
 * import { mkdtemp } from "node:fs/promises";
 * import { tmpdir } from "node:os";
 * import { join } from "node:path";
 * import { checkpointFolder } from "@rsdix/train/node";
 * const store = checkpointFolder(await mkdtemp(join(tmpdir(), "run-")));
 * console.log(await store.latest()); // undefined: nothing was saved yet
 * ```
 */
export function checkpointFolder(directory: string, options: CheckpointFolderOptions = {}): CheckpointStore {
  checkOptions(options, ["keep"], "checkpointFolder");
  const { keep = 2 } = options;
  checkRange(keep, "keep", { min: 1, integer: true });
  const newestFirst = async () => {
    const names = await readdir(directory).catch(() => [] as string[]);
    return names.filter((name) => NAME.test(name)).sort((a, b) => stepOf(b) - stepOf(a));
  };
  return {
    async save({ step, fingerprint, tensors }) {
      await mkdir(directory, { recursive: true }).catch((error) =>
        fail("WRITE_FAILED", `Cannot make the folder ${directory}: ${String(error)}`, error),
      );
      const path = join(directory, `step-${String(step).padStart(6, "0")}.safetensors`);
      await writeSafetensors(path, tensors, { step: String(step), fingerprint });
      const later = (await newestFirst()).filter((name) => stepOf(name) > step); // of an earlier run that is being repeated
      const old = (await newestFirst()).filter((name) => stepOf(name) <= step).slice(keep);
      for (const name of [...later, ...old]) await rm(join(directory, name), { force: true });
      return path;
    },
    async latest() {
      const [newest] = await newestFirst();
      if (newest === undefined) return undefined;
      const { tensors, metadata } = await readSafetensors(join(directory, newest));
      return { step: stepOf(newest), fingerprint: metadata.fingerprint ?? "", tensors };
    },
  };
}

const stepOf = (name: string) => Number(NAME.exec(name)![1]);
