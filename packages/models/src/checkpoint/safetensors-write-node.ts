import { lstat, mkdir, open, readdir, rename, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { checkOptions, checkRange, fail } from "@rsdix/internal";
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
    await write(temporary(path), file.chunks());
    await rename(temporary(path), path);
  });
}

/**
 * Writes a model to a folder as Hugging Face does: `model.safetensors` where it fits, else `model-00001-of-00003.safetensors` and so on with
 * `model.safetensors.index.json`. All is written under temporary names first; the index comes last, and until then there is none, so that nobody
 * reads a mixture of an old and a new model. Files of these names that an older model left in the folder are removed.
 *
 * @param folder An existing folder.
 * @param tensors The arrays by name, float32 or int32.
 * @param options Size of the files, metadata, and in how many bits the numbers are kept.
 * @returns The names of the files that now hold the model; the last one is what `openSafetensorsFile` opens.
 * @throws WRITE_FAILED when the disk is full, the folder is missing or not writable; INVALID_ARGUMENT when an array doesn't fit its shape, or an
 * option isn't one of its values; UNKNOWN_OPTION.
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
 */
export async function writeShardedSafetensors(
  folder: string,
  tensors: ReadonlyMap<string, CheckpointTensor>,
  options: ShardOptions = {},
): Promise<string[]> {
  return writeModelFolder(folder, tensors, new Map(), options);
}

/**
 * Writes weights as `writeShardedSafetensors` does, and small files by their names below the folder (made where there is none) with them: all or none. Options are checked
 * before anything is written; between the first file that is put in its place and the last, the folder has no weights that would be read.
 */
export async function writeModelFolder(
  folder: string,
  tensors: ReadonlyMap<string, CheckpointTensor>,
  small: ReadonlyMap<string, Uint8Array>,
  options: ShardOptions,
): Promise<string[]> {
  const {
    maxShardBytes = 5_000_000_000,
    metadata = {},
    ...storage
  } = checkOptions(options, ["maxShardBytes", "metadata", "storage"], "writeShardedSafetensors");
  checkPath(folder);
  checkRange(maxShardBytes, "maxShardBytes", { min: 1, integer: true });
  checkMetadata(metadata);
  const shards = divide(storedArrays(tensors, storage), maxShardBytes);
  const files = shards.length === 1 ? [SINGLE_FILE] : shards.map((_, i) => shardName(i + 1, shards.length));
  const layouts = shards.map((arrays) => layOut(arrays, metadata));
  const contents = new Map<string, Iterable<Uint8Array>>([...small].map(([name, bytes]) => [name, [bytes]]));
  for (const [i, file] of files.entries()) contents.set(file, layouts[i]!.chunks());
  if (files.length > 1) contents.set(INDEX_FILE, [indexOf(shards, files)]); // last, and until then there is none
  const names = [...contents.keys()];
  return replacing(folder, "An older one is untouched, or was about to be replaced.", async (temporary) => {
    for (const [name, chunks] of contents) {
      if (small.has(name)) await mkdir(dirname(join(folder, name)), { recursive: true });
      await write(temporary(join(folder, name)), chunks);
    }
    for (const name of names) await checkReplaceable(join(folder, name));
    // What configures one model beside the weights of another would be read as a model.
    for (const name of small.size > 0 ? [INDEX_FILE, SINGLE_FILE] : [INDEX_FILE]) await rm(join(folder, name), { force: true });
    for (const name of names) await rename(temporary(join(folder, name)), join(folder, name));
    for (const name of await readdir(folder)) {
      if ((name === SINGLE_FILE || SHARD_FILE.test(name)) && !files.includes(name)) await rm(join(folder, name), { force: true });
    }
    return names;
  });
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
    return fail("WRITE_FAILED", `Can't write the checkpoint ${path}: ${(error as Error).message}. ${older}`, error);
  }
}

/** Throws where a file can't be put in a place, before an older one is removed for it. */
async function checkReplaceable(path: string): Promise<void> {
  if ((await lstat(path).catch(() => undefined))?.isDirectory()) throw new Error(`${path} is a folder`);
}

async function write(path: string, chunks: Iterable<Uint8Array>): Promise<void> {
  const file = await open(path, "w");
  try {
    for (const chunk of chunks) await file.writeFile(chunk);
    await file.sync();
  } finally {
    await file.close();
  }
}
