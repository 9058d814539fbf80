import { mkdir, readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { checkOptions, checkRange, fail, type RsdixError } from "@rsdix/internal";
import { readSafetensors, writeSafetensors } from "@rsdix/models/node";
import type { CheckpointStore } from "./checkpoint-store";

/** Options of `checkpointFolder`. */
export interface CheckpointFolderOptions {
  /** How many of the newest to keep; 2. */
  keep?: number;
}

const NAME = /^step-(\d+)\.safetensors$/;
const HALF_WRITTEN = /^step-\d+\.safetensors\.\d+\.tmp$/;

/**
 * Checkpoints in a folder, one safetensors file each: weights, teacher, optimiser, and the step in its metadata. A file is written under a temporary name and
 * renamed, and older ones are removed only afterwards, so that the newest named file is always whole.
 *
 * @param directory The folder; made when it is missing.
 * @param options How many to keep.
 * @returns The store for `fit`.
 * @throws WRITE_FAILED (from `save`) when the disk is full or the folder not writable, the older checkpoints being whole; FILE_CORRUPT or
 * FILE_NOT_FOUND (from `latest`), naming the older checkpoint if there is one.
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
  const names = async () => {
    try {
      return await readdir(directory);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "ENOENT") return []; // not made yet
      return fail("FILE_NOT_FOUND", `Cannot read the checkpoints' folder ${directory}: ${(error as Error).message}`, error);
    }
  };
  const newestFirst = async () => (await names()).filter((name) => NAME.test(name)).sort((a, b) => stepOf(b) - stepOf(a));
  const remove = (name: string) => rm(join(directory, name), { force: true });
  return {
    async save({ step, fingerprint, tensors }) {
      await mkdir(directory, { recursive: true }).catch((error) =>
        fail("WRITE_FAILED", `Cannot make the folder ${directory}: ${String(error)}`, error),
      );
      const path = join(directory, `step-${String(step).padStart(6, "0")}.safetensors`);
      await writeSafetensors(path, tensors, { step: String(step), fingerprint });
      for (const name of (await newestFirst()).slice(keep)) await remove(name);
      // What killed runs left half written, each as large as a checkpoint.
      for (const name of await names()) if (HALF_WRITTEN.test(name)) await remove(name);
      return path;
    },
    async latest() {
      const [newest, older] = await newestFirst();
      if (newest === undefined) return undefined;
      try {
        const { tensors, metadata } = await readSafetensors(join(directory, newest));
        return { step: stepOf(newest), fingerprint: metadata.fingerprint ?? "", tensors };
      } catch (error) {
        const { code, message } = error as RsdixError;
        const hint = older ? ` Remove it to go on from ${older}.` : " Remove it to start this run anew.";
        return fail(code ?? "FILE_CORRUPT", `${message} (${join(directory, newest)})${hint}`, error);
      }
    },
    async clear() {
      for (const name of await names()) if (NAME.test(name) || HALF_WRITTEN.test(name)) await remove(name);
    },
  };
}

const stepOf = (name: string) => Number(NAME.exec(name)![1]);
