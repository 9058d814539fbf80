import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { makeFolders } from "@rsdix/data/node";
import { checkOptions, checkRange, fail, type RsdixError, show } from "@rsdix/internal";
import { checkList, checkText } from "../check-given";
import type { BestMetric } from "../fit/records";
import { checkLogPath } from "../loggers/log-file";
import type { CheckpointStore, RunState } from "./checkpoint-store";
import { hideAndRemove, isTemporary, placeFolder } from "./place-folder";
import { readDetails, readState, writeState } from "./state-files";

/** Options of `checkpointFolder`. */
export interface CheckpointFolderOptions {
  /** How many of the newest to keep; 2. The best that `keepBest` of `fit` names stay besides. */
  keep?: number;
}

/** A checkpoint in a folder. */
export interface CheckpointEntry {
  /** Steps done in it. */
  step: number;
  /** Its path. */
  location: string;
  /** The validation's value that it is kept for. */
  best?: BestMetric;
}

/** Checkpoints in a folder: what `fit` needs, and access to each of them. */
export interface CheckpointFolder extends CheckpointStore {
  /** What there is, the newest first. */
  list(): Promise<CheckpointEntry[]>;
  /** One of them by its step, for example that of the end record's `best`. */
  load(step: number): Promise<RunState>;
}

/** As many digits as a name has. */
const LAST_STEP = 999_999_999_999_999;
/** A step, and a number where one of the same step was there before. */
const NAME = /^step-(\d{1,15})(?:\.(\d{1,9}))?$/;

/**
 * Checkpoints in a folder, each a folder of its own: `state.safetensors` (weights, moving averages, optimiser) and `state.json` (step, seed and position in
 * the data, what validations have shown). It is written under a temporary name, synced and renamed as a whole, and one that goes is renamed before it is
 * removed: whenever a process is killed, what has a checkpoint's name is whole.
 *
 * @param directory The folder; made when it is missing. One run at a time writes to it.
 * @param options How many to keep.
 * @returns The store for `fit`.
 * @throws INVALID_ARGUMENT for what is no path, and (from `save`) for what is no state, a step that is no whole number from 0 among it, and for a position in
 * the data or a fingerprint of more than 1 MiB as JSON; WRITE_FAILED (from `save`) when the disk is full or the folder not writable, the older checkpoints
 * being whole; FILE_CORRUPT or FILE_NOT_FOUND (from `latest`, `list` and `load`), naming the older checkpoint if there is one.
 * @example
 * ```ts
 * import { mkdtemp } from "node:fs/promises";
 * import { tmpdir } from "node:os";
 * import { join } from "node:path";
 * import { checkpointFolder } from "@rsdix/train/node";
 * const store = checkpointFolder(await mkdtemp(join(tmpdir(), "run-")));
 * console.log(await store.latest(), await store.list()); // undefined, []: nothing was saved yet
 * ```
 * @see https://github.com/huggingface/safetensors#format
 */
export function checkpointFolder(directory: string, options: CheckpointFolderOptions = {}): CheckpointFolder {
  checkLogPath(directory, "checkpointFolder: the folder");
  checkOptions(options, ["keep"], "checkpointFolder");
  const { keep = 2 } = options;
  checkRange(keep, "keep", { min: 1, integer: true });
  const newestFirst = async () => {
    const found = (await namesIn(directory)).flatMap((name) => parseName(name) ?? []);
    return found.sort((a, b) => b.step - a.step || b.again - a.again);
  };
  const at = (name: string) => join(directory, name);
  return {
    async save(state, stay = []) {
      checkState(state);
      checkList(stay, "checkpointFolder: the steps to keep", "steps");
      await makeFolders(directory).catch((error) => fail("WRITE_FAILED", `Cannot make the folder ${directory}: ${String(error)}`, error));
      const before = await newestFirst();
      const [same] = before.filter(({ step }) => step === state.step);
      const name = `step-${String(state.step).padStart(6, "0")}${same ? `.${same.again + 1}` : ""}`;
      await placeFolder(at(name), (temporary) => writeState(temporary, state));
      // A later step can only be of another run: it is not this one's to remove.
      const older = before.filter(({ step }) => step < state.step);
      const kept = new Set([...stay, ...older.slice(0, keep - 1).map(({ step }) => step)]);
      const gone = before.filter(({ step }) => step === state.step || (step < state.step && !kept.has(step)));
      for (const { name: old } of gone) await hideAndRemove(at(old));
      await sweep(directory);
      return at(name);
    },
    async latest() {
      const [newest, older] = await newestFirst();
      if (newest === undefined) return undefined;
      try {
        return { ...(await readState(at(newest.name), newest.step)), location: at(newest.name) };
      } catch (error) {
        const { code, message } = error as RsdixError;
        const hint = older ? ` Remove it to go on from ${older.name}.` : " Remove it to start this run anew.";
        return fail(code ?? "FILE_CORRUPT", `${message} (${at(newest.name)})${hint}`, error);
      }
    },
    async list() {
      const entries: CheckpointEntry[] = [];
      for (const { name, step } of await newestFirst()) {
        const { best } = await readDetails(at(name), step);
        entries.push({ step, location: at(name), ...(best && { best }) });
      }
      return entries;
    },
    async load(step) {
      const all = await newestFirst();
      const found = all.find((one) => one.step === step);
      const steps = all.map((one) => one.step).join(", ") || "none";
      if (!found) return fail("FILE_NOT_FOUND", `${directory} has no checkpoint of step ${step}; there are: ${steps}.`);
      return readState(at(found.name), step);
    },
    async clear() {
      for (const { name } of await newestFirst()) await hideAndRemove(at(name));
      await sweep(directory);
    },
  };
}

/** Throws on what would be written and could not be read again. */
function checkState(state: RunState): void {
  const { step, fingerprint, tensors, details } = (state ?? {}) as Partial<RunState>;
  checkRange(step, "A checkpoint's step", { min: 0, max: LAST_STEP, integer: true });
  checkText(fingerprint, "A checkpoint's fingerprint");
  if (!(tensors instanceof Map)) fail("INVALID_ARGUMENT", `A checkpoint's tensors must be a Map of arrays by name, got ${show(tensors)}.`);
  if (show(details) !== "[object Object]")
    fail("INVALID_ARGUMENT", `A checkpoint's details must be an object of JSON, got ${show(details)}.`);
}

function parseName(name: string): { name: string; step: number; again: number } | undefined {
  const [, step, again] = NAME.exec(name) ?? [];
  return step === undefined ? undefined : { name, step: Number(step), again: Number(again ?? 0) };
}

/** Removes what killed runs left half written or half removed, each as large as a checkpoint. */
async function sweep(directory: string): Promise<void> {
  for (const name of await namesIn(directory)) if (isTemporary(name)) await hideAndRemove(join(directory, name));
}

async function namesIn(directory: string): Promise<string[]> {
  try {
    return await readdir(directory);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return []; // not made yet
    return fail("FILE_NOT_FOUND", `Cannot read the checkpoints' folder ${directory}: ${(error as Error).message}`, error);
  }
}
