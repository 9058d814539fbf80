import { lstat, open, readdir, rename, rm, stat, writeFile } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { checkOptions, checkRange, checkSignal, fail, type RsdixError } from "@rsdix/internal";
import { SAVING_FILE } from "../files/known-files";
import { oneAtATime } from "../files/one-at-a-time";
import { makeFolder, realPath } from "../files/path-node";
import { privateName } from "../files/private-name-node";
import type { CheckpointTensor } from "./checkpoint";
import { checkPath } from "./file-node";
import { INDEX_FILE } from "./safetensors-sharded";
import { checkMetadata, layOut } from "./safetensors-write";
import { type StorageOptions, type StoredArray, storedArrays } from "./storage";

/** How a model is written to a folder. */
export interface ShardOptions extends StorageOptions {
  /** The most bytes of arrays in a file; a larger array has a file of its own. 5 GB by default, as at Hugging Face. */
  readonly maxShardBytes?: number;
  /** Free text by name, in each file. */
  readonly metadata?: Readonly<Record<string, string>>;
  /** Stops the writing: nothing new is left then, and older files are untouched. */
  readonly signal?: AbortSignal;
}

/** The only file, and any of several, as Hugging Face names them. */
const SINGLE_FILE = "model.safetensors";
const SHARD_FILE = /^model-\d{5,}-of-\d{5,}\.safetensors$/;

/**
 * Writes a safetensors file: under a temporary name, synced, then renamed, so that an interrupted or failed write leaves the old file whole.
 *
 * @param path The file.
 * @param tensors The arrays by name, float32 or int32.
 * @param metadata Free text by name.
 * @param options `storage`: in how many bits the numbers are kept.
 * @throws WRITE_FAILED when the disk is full, the folder is missing or not writable; INVALID_ARGUMENT when an array doesn't fit its shape, or an
 * option isn't one of its values; UNKNOWN_OPTION.
 *
 * @example
 * ```ts
 * import { tmpdir } from "node:os";
 * import { join } from "node:path";
 * import { writeSafetensors } from "@rsdix/models/node";
 *
 * const scale = { dtype: "float32" as const, shape: [], data: Float32Array.of(2.6592) };
 * await writeSafetensors(join(tmpdir(), "scale.safetensors"), new Map([["logit_scale", scale]]));
 * ```
 *
 * @see https://github.com/huggingface/safetensors#format
 */
export async function writeSafetensors(
  path: string,
  tensors: ReadonlyMap<string, CheckpointTensor>,
  metadata: Readonly<Record<string, string>> = {},
  options: StorageOptions = {},
): Promise<void> {
  checkPath(path);
  checkMetadata(metadata);
  const file = layOut(storedArrays(tensors, options).flat(), metadata);
  await replacing(path, "An older one is untouched.", async (temporary) => {
    await checkReplaceable(path);
    await write(temporary(path), file.chunks());
    await rename(temporary(path), path);
  });
}

/**
 * Writes a model to a folder as Hugging Face does: `model.safetensors` where it fits, else `model-00001-of-00003.safetensors` and so on with
 * `model.safetensors.index.json`. All is written under temporary names first; the index comes last, and until then there is none, so that nobody
 * reads a mixture of an old and a new model. Files of these names that an older model left in the folder are removed; where the new one can't be
 * written they stay. What a program writes to one folder at once is written one after the other.
 *
 * @param folder An existing folder.
 * @param tensors The arrays by name, float32 or int32.
 * @param options Size of the files, metadata, in how many bits the numbers are kept, and `signal`.
 * @returns The names of the files that now hold the model; the last one is what `openSafetensorsFile` opens.
 * @throws WRITE_FAILED when the disk is full, the folder is missing or not writable; INVALID_ARGUMENT when an array doesn't fit its shape, or an
 * option isn't one of its values; ABORTED; UNKNOWN_OPTION.
 *
 * @example
 * ```ts
 * import { mkdtemp } from "node:fs/promises";
 * import { tmpdir } from "node:os";
 * import { join } from "node:path";
 * import { writeShardedSafetensors } from "@rsdix/models/node";
 *
 * const folder = await mkdtemp(join(tmpdir(), "model-"));
 * const matrix = { dtype: "float32" as const, shape: [8, 8], data: new Float32Array(64) };
 * const files = await writeShardedSafetensors(folder, new Map([["a", matrix], ["b", matrix]]), { maxShardBytes: 300 });
 * console.log(files[0], files.at(-1)); // model-00001-of-00002.safetensors model.safetensors.index.json
 * ```
 *
 * @see https://huggingface.co/docs/transformers/big_models
 */
export async function writeShardedSafetensors(
  folder: string,
  tensors: ReadonlyMap<string, CheckpointTensor>,
  options: ShardOptions = {},
): Promise<string[]> {
  return writeModelFolder(folder, tensors, new Map(), options);
}

/**
 * Writes weights as `writeShardedSafetensors` does, and small files by their names below the folder (made where there is none) with them, all of
 * it or nothing; the files that `outdated` then names go where they lie there. Options are checked before anything is written; from the first
 * older file that is put aside to the last new one that is put in its place the folder has none of these weights, and a file that says so, since
 * there may be others: a crash leaves nothing that is loaded with another model's configuration. What a program writes to one folder at once is
 * written one after the other.
 */
export async function writeModelFolder(
  path: string,
  tensors: ReadonlyMap<string, CheckpointTensor>,
  small: ReadonlyMap<string, Uint8Array>,
  options: ShardOptions,
  outdated: () => Promise<readonly string[]> = async () => [],
): Promise<string[]> {
  const {
    maxShardBytes = 5_000_000_000,
    metadata = {},
    signal,
    ...storage
  } = checkOptions(options, ["maxShardBytes", "metadata", "storage", "signal"], "writeShardedSafetensors");
  checkSignal(signal);
  checkPath(path);
  const folder = resolve(path); // by its text, for all that is done in it: to follow a link first and then ".." leads elsewhere
  checkRange(maxShardBytes, "maxShardBytes", { min: 1, integer: true });
  checkMetadata(metadata);
  const shards = divide(storedArrays(tensors, storage), maxShardBytes);
  const files = shards.length === 1 ? [SINGLE_FILE] : shards.map((_, i) => shardName(i + 1, shards.length));
  const layouts = shards.map((arrays) => layOut(arrays, metadata));
  const contents = new Map<string, Iterable<Uint8Array>>([...small].map(([name, bytes]) => [name, [bytes]]));
  for (const [i, file] of files.entries()) contents.set(file, layouts[i]!.chunks());
  if (files.length > 1) contents.set(INDEX_FILE, [indexOf(shards, files)]); // last, and until then there is none
  const names = [...contents.keys()];
  const work = async (temporary: (name: string) => string) => {
    throwIfStopped(signal, folder); // who is stopped has not waited for others' turns
    const gone = await outdated();
    for (const name of [...names, ...gone]) await checkOwn(folder, dirname(join(folder, name)));
    for (const name of names) await checkReplaceable(join(folder, name));
    for (const [name, chunks] of contents) {
      if (small.has(name)) await makeFolder(dirname(join(folder, name)));
      await write(temporary(join(folder, name)), chunks, signal);
    }
    const older = (await readdir(folder)).filter((name) => name === INDEX_FILE || name === SINGLE_FILE || SHARD_FILE.test(name));
    older.sort().reverse(); // the index first, by which the others would be read
    // A file that is alone takes the place of an older one at once.
    const aside = [...older, ...small.keys(), ...gone].filter((name) => names.length > 1 || name !== SINGLE_FILE);
    throwIfStopped(signal, folder); // from here on it is done to the end
    await exchange(folder, aside, names, temporary);
    return names;
  };
  const untouched = "An older one is untouched, or in files that end with .tmp.";
  return oneAtATime(realPath(folder), signal, () => replacing(folder, untouched, work));
}

/** In a folder that a link leads to, files are others': none of them is replaced, or goes. The model's folder itself may be a link. */
async function checkOwn(folder: string, subfolder: string): Promise<void> {
  if (subfolder === folder || !(await lstat(subfolder).catch(() => undefined))?.isSymbolicLink()) return;
  throw new Error(`${subfolder} is a link, and nothing is replaced where it leads to; remove it, or name another folder`);
}

/** A renamed file would take the place of a device, as /dev/null, or of a pipe, and nothing would reach who reads from it. */
async function checkReplaceable(path: string): Promise<void> {
  const there = await stat(path).catch(() => undefined); // of what a link leads to
  if (there && !there.isFile() && !there.isDirectory()) throw new Error(`${path} is a device, a pipe or a socket; name a file`);
}

/** Puts what was written in its place, all of it or nothing: older files are out of the way until all is there, and come back where that fails. */
async function exchange(folder: string, older: readonly string[], names: readonly string[], temporary: (name: string) => string) {
  const aside: [path: string, old: string][] = [];
  const placed: string[] = [];
  const saving = join(folder, SAVING_FILE);
  // Weights that lie there by another library's name would be read meanwhile; of a file alone there is no meanwhile.
  const isMarked = older.length + names.length > 1 && (await mark(saving));
  try {
    for (const path of older.map((name) => join(folder, name))) {
      const status = await lstat(path).catch(() => undefined);
      if (status?.isDirectory()) throw new Error(`${path} is a folder`);
      const old = privateName(path, "tmp");
      if (status) await rename(path, old);
      if (status) aside.push([path, old]);
    }
    for (const path of names.map((name) => join(folder, name))) {
      await rename(temporary(path), path);
      placed.push(path);
    }
    await rm(saving, { force: true });
  } catch (error) {
    for (const path of placed) await rm(path, { force: true });
    for (const [path, old] of aside.reverse()) await rename(old, path);
    if (isMarked) await rm(saving, { force: true });
    throw error;
  }
  for (const [, old] of aside) await rm(old, { force: true }).catch(() => undefined); // the model is there all the same
}

/** Makes the file that says that a save isn't finished; `false` where one that wasn't left it. */
async function mark(path: string): Promise<boolean> {
  try {
    await writeFile(path, "", { flag: "wx" });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw error;
  }
}

/** Arrays into files, in their order; those that belong together stay together. Always one file at least. */
function divide(groups: readonly (readonly StoredArray[])[], maxBytes: number): StoredArray[][] {
  const shards: StoredArray[][] = [[]];
  let size = 0;
  for (const group of groups) {
    const bytes = group.reduce((sum, { byteLength }) => sum + byteLength, 0);
    if (size > 0 && size + bytes > maxBytes) {
      shards.push([]);
      size = 0;
    }
    shards.at(-1)!.push(...group);
    size += bytes;
  }
  return shards;
}

function shardName(number: number, count: number): string {
  const digits = (value: number) => String(value).padStart(5, "0");
  return `model-${digits(number)}-of-${digits(count)}.safetensors`;
}

function indexOf(shards: readonly (readonly StoredArray[])[], files: readonly string[]): Uint8Array {
  const arrays = shards.flatMap((shard, i) => shard.map((array) => ({ ...array, file: files[i]! })));
  const total = arrays.reduce((sum, { byteLength }) => sum + byteLength, 0);
  const map = arrays.map(({ name, file }) => `    ${JSON.stringify(name)}: ${JSON.stringify(file)}`);
  // By hand, as an object would lose the name "__proto__".
  return new TextEncoder().encode(`{\n  "metadata": { "total_size": ${total} },\n  "weight_map": {\n${map.join(",\n")}\n  }\n}\n`);
}

/** Runs what writes under temporary names, and removes what is left of them where it fails. */
async function replacing<T>(path: string, older: string, body: (temporary: (name: string) => string) => Promise<T>): Promise<T> {
  const names = new Map<string, string>();
  const temporary = (name: string) => {
    const other = names.get(name) ?? privateName(name, "tmp");
    names.set(name, other);
    return other;
  };
  try {
    return await body(temporary);
  } catch (error) {
    for (const name of names.values()) await rm(name, { force: true }).catch(() => undefined);
    if ((error as RsdixError).code === "ABORTED") throw error;
    return fail("WRITE_FAILED", `Can't write the checkpoint ${path}: ${(error as Error).message}. ${older}`, error);
  }
}

function throwIfStopped(signal: AbortSignal | undefined, path: string): void {
  if (signal?.aborted) fail("ABORTED", `Writing the checkpoint ${path} was stopped. An older one is untouched.`, signal.reason);
}

async function write(path: string, chunks: Iterable<Uint8Array>, signal?: AbortSignal): Promise<void> {
  const file = await open(path, "w");
  try {
    for (const chunk of chunks) {
      throwIfStopped(signal, path);
      await file.writeFile(chunk);
    }
    await file.sync();
  } finally {
    await file.close();
  }
}
