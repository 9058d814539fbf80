import { fail, show } from "@rsdix/internal";
import { readArray, rowMajor } from "./array-reader";
import { type ByteSource, readExactly, sourceOf } from "./byte-source";
import type { Checkpoint, CheckpointTensor } from "./checkpoint";
import type { LazyCheckpoint, LazyTensor } from "./lazy-checkpoint";
import { HOST_IS_LITTLE_ENDIAN } from "./number-bits";
import { allocate, decodeRun, isFloat, NUMBER_BYTES } from "./number-decode";
import { headerLength, parseHeader, storedNumbers, type TensorEntry } from "./safetensors-header";
import { combineLazily, combineRead, withoutStorage } from "./storage-read";

/** What a safetensors file holds. */
export interface SafetensorsFile {
  /** The arrays by name: float32 of any float, int32 of any integer or boolean. */
  readonly tensors: Checkpoint;
  /** Its free-text metadata, empty when it has none. */
  readonly metadata: Readonly<Record<string, string>>;
}

/** A safetensors file whose header was read; an array's numbers are read when they are asked for. */
export interface LazySafetensors {
  /** The arrays by name. */
  readonly tensors: LazyCheckpoint;
  /** Its free-text metadata, empty when it has none. */
  readonly metadata: Readonly<Record<string, string>>;
}

/**
 * Opens a safetensors file: its header is read and checked; an array is read by its range of bytes when it is asked for, so that a model of
 * any size can be loaded with memory for itself and one array. Numbers that were stored as int8 with scales (see `StorageOptions`) are
 * float32 when they are read; float64 beyond its range becomes infinite, as in torch.
 *
 * @param file A Blob (a File, a download), or anything that reads a range of bytes, for example `urlSource`.
 * @returns The list of arrays, each with `read`, and the metadata. An array's `read` throws FILE_CORRUPT when the file became shorter, the
 * array's dtype is none that can be read (an 8-bit float), or an integer doesn't fit 32 bits; OUT_OF_MEMORY.
 * @throws FILE_CORRUPT when it isn't a safetensors file or its parts don't fit together, FILE_TOO_LARGE when its header is beyond 8 MB;
 * INVALID_ARGUMENT when `file` is neither.
 *
 * @example
 * ```ts
 * import { encodeSafetensors, openSafetensors } from "@rsdix/models";
 *
 * const bias = { dtype: "float32" as const, shape: [2], data: Float32Array.of(1, 2) };
 * const { tensors } = await openSafetensors(new Blob([encodeSafetensors(new Map([["bias", bias]]))]));
 * console.log(tensors.get("bias")?.shape); // [ 2 ]
 * console.log((await tensors.get("bias")?.read())?.data); // Float32Array [ 1, 2 ]
 * ```
 *
 * @see https://github.com/huggingface/safetensors#format
 */
export async function openSafetensors(file: Blob | ByteSource): Promise<LazySafetensors> {
  return withoutStorage(await openStored(sourceOf(file)), combineLazily);
}

/** The same with int8 and scales as the file has them. */
export async function openStored(source: ByteSource): Promise<LazySafetensors> {
  const { size } = source;
  const length = 8 + headerLength(await readExactly(source, 0, Math.min(8, size)), size);
  const { entries, metadata, dataStart } = parseHeader(await readExactly(source, 0, length), size);
  const lazy = (entry: TensorEntry): LazyTensor => {
    const start = dataStart + entry.begin;
    const read = async () =>
      readArray(rowMajor(entry.shape), storedNumbers(entry), (from, to) => readExactly(source, start + from, start + to));
    return { dtype: entry.dtype, shape: entry.shape, read };
  };
  return { tensors: new Map(entries.map((entry) => [entry.name, lazy(entry)])), metadata };
}

/**
 * Reads a safetensors file from memory. Nothing in it is trusted: sizes, offsets, overlaps and dtypes are checked before anything is
 * allocated.
 *
 * @param bytes The whole file.
 * @returns The arrays and the metadata; float32 arrays may share memory with `bytes`.
 * @throws FILE_CORRUPT when it isn't a safetensors file or its parts don't fit together, FILE_TOO_LARGE when its header is beyond 8 MB;
 * INVALID_ARGUMENT when it is no Uint8Array.
 *
 * @example
 * ```ts
 * import { encodeSafetensors, parseSafetensors } from "@rsdix/models";
 *
 * const bias = { dtype: "float32" as const, shape: [2], data: Float32Array.of(1, 2) };
 * const { tensors } = parseSafetensors(encodeSafetensors(new Map([["bias", bias]])));
 * console.log(tensors.get("bias")?.data); // Float32Array [ 1, 2 ]
 * ```
 *
 * @see https://github.com/huggingface/safetensors#format
 */
export function parseSafetensors(bytes: Uint8Array): SafetensorsFile {
  if (!(bytes instanceof Uint8Array)) fail("INVALID_ARGUMENT", `A file in memory must be a Uint8Array, got ${show(bytes)}.`);
  const { entries, metadata: stored, dataStart } = parseHeader(bytes, bytes.byteLength);
  const raw = entries.map((entry) => ({
    name: entry.name,
    dtype: entry.dtype,
    shape: entry.shape,
    tensor: decodeTensor(entry, bytes, dataStart),
  }));
  const { tensors, metadata } = withoutStorage(
    { tensors: new Map(raw.map((array) => [array.name, array])), metadata: stored },
    (numbers, scale) => ({ ...numbers, tensor: combineRead(numbers.tensor, scale.tensor) }),
  );
  return { tensors: new Map([...tensors].map(([name, { tensor }]) => [name, tensor])), metadata };
}

/** One array's numbers of a file in memory; floats of 32 bits stay where they are where that is possible. */
function decodeTensor(entry: TensorEntry, file: Uint8Array, dataStart: number): CheckpointTensor {
  const stored = storedNumbers(entry);
  const bytes = file.subarray(dataStart + entry.begin, dataStart + entry.end);
  const { shape } = entry;
  const count = bytes.byteLength / NUMBER_BYTES[stored.type];
  if (stored.type === "float32" && HOST_IS_LITTLE_ENDIAN && bytes.byteOffset % 4 === 0) {
    return { dtype: "float32", shape, data: new Float32Array(bytes.buffer, bytes.byteOffset, count) };
  }
  const data = allocate(stored, count);
  decodeRun(bytes, stored, data, 0);
  return { dtype: isFloat(stored.type) ? "float32" : "int32", shape, data };
}
