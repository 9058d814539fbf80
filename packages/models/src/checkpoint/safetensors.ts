import { fail } from "@rsdix/internal";
import type { Checkpoint, CheckpointTensor } from "./checkpoint";
import { HOST_IS_LITTLE_ENDIAN, halfToFloatBits } from "./number-bits";
import { parseHeader, type TensorEntry } from "./safetensors-header";

/** What a safetensors file holds. */
export interface SafetensorsFile {
  /** The arrays by name, half precision widened to float32 and 64-bit integers narrowed to int32. */
  readonly tensors: Checkpoint;
  /** Its free-text metadata, empty when it has none. */
  readonly metadata: Readonly<Record<string, string>>;
}

/**
 * Reads a safetensors file from memory. Nothing in it is trusted: sizes, offsets, overlaps and dtypes are checked before anything is
 * allocated.
 *
 * @param bytes The whole file.
 * @returns The arrays and the metadata; float32 arrays may share memory with `bytes`.
 * @throws FILE_CORRUPT when it isn't a safetensors file or its parts don't fit together, FILE_TOO_LARGE when its header is beyond 100 MB.
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
  const { entries, metadata, dataStart } = parseHeader(bytes, bytes.byteLength);
  const data = bytes.subarray(dataStart);
  return { tensors: new Map(entries.map((entry) => [entry.name, decodeTensor(entry, data)])), metadata };
}

/**
 * Writes a safetensors file to memory.
 *
 * @param tensors The arrays by name, float32 or int32.
 * @param metadata Free text by name.
 * @returns The file's bytes.
 * @throws INVALID_ARGUMENT when an array's length doesn't fit its shape.
 *
 * @example
 * ```ts
 * import { encodeSafetensors } from "@rsdix/models";
 *
 * const scale = { dtype: "float32" as const, shape: [], data: Float32Array.of(2.6592) };
 * console.log(encodeSafetensors(new Map([["logit_scale", scale]]), { format: "pt" }).byteLength % 4); // 0
 * ```
 */
export function encodeSafetensors(
  tensors: ReadonlyMap<string, CheckpointTensor>,
  metadata: Readonly<Record<string, string>> = {},
): Uint8Array {
  const chunks = safetensorsChunks(tensors, metadata);
  const bytes = new Uint8Array(chunks.reduce((sum, chunk) => sum + chunk.byteLength, 0));
  let offset = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, offset);
    offset += chunk.byteLength;
  }
  return bytes;
}

/** The file in pieces, so that a large one needs no second copy in memory: length and header, then each array's bytes. */
export function safetensorsChunks(
  tensors: ReadonlyMap<string, CheckpointTensor>,
  metadata: Readonly<Record<string, string>>,
): Uint8Array[] {
  const header: Record<string, unknown> = Object.create(null);
  if (Object.keys(metadata).length > 0) header.__metadata__ = metadata;
  const chunks: Uint8Array[] = [];
  let offset = 0;
  for (const [name, { dtype, shape, data }] of tensors) {
    const length = shape.reduce((product, size) => product * size, 1);
    const fits = dtype === "float32" ? data instanceof Float32Array : dtype === "int32" && data instanceof Int32Array;
    if (!fits || data.length !== length || name === "__metadata__") {
      fail(
        "INVALID_ARGUMENT",
        `"${name}": expected ${length} values of ${dtype} for [${shape.join(", ")}], got ${data.length} in ${data.constructor.name}.`,
      );
    }
    header[name] = { dtype: dtype === "float32" ? "F32" : "I32", shape, data_offsets: [offset, offset + data.byteLength] };
    offset += data.byteLength;
    chunks.push(littleEndian(data));
  }
  const json = JSON.stringify(header);
  const text = new TextEncoder().encode(json);
  const padding = -text.length & 7; // spaces, so that the arrays start at a multiple of eight and can be read in place
  const start = new Uint8Array(8 + text.length + padding).fill(0x20);
  new DataView(start.buffer).setBigUint64(0, BigInt(text.length + padding), true);
  start.set(text, 8);
  return [start, ...chunks];
}

function littleEndian(data: Float32Array | Int32Array): Uint8Array {
  const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  if (HOST_IS_LITTLE_ENDIAN) return bytes;
  const swapped = new Uint8Array(bytes.length);
  for (let i = 0; i < bytes.length; i++) swapped[i] = bytes[i ^ 3]!;
  return swapped;
}

/** One array's numbers; `data` is the file after its header. */
export function decodeTensor(entry: TensorEntry, data: Uint8Array): CheckpointTensor {
  const bytes = data.subarray(entry.begin, entry.end);
  const { shape } = entry;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  switch (entry.dtype) {
    case "F32": {
      const inPlace = HOST_IS_LITTLE_ENDIAN && bytes.byteOffset % 4 === 0;
      if (inPlace) return { dtype: "float32", shape, data: new Float32Array(bytes.buffer, bytes.byteOffset, bytes.byteLength / 4) };
      return { dtype: "float32", shape, data: Float32Array.from({ length: view.byteLength / 4 }, (_, i) => view.getFloat32(4 * i, true)) };
    }
    case "I32":
      return { dtype: "int32", shape, data: Int32Array.from({ length: view.byteLength / 4 }, (_, i) => view.getInt32(4 * i, true)) };
    case "I64":
      return { dtype: "int32", shape, data: narrowed(view, entry.name) };
    case "F16":
      return { dtype: "float32", shape, data: widened(view, halfToFloatBits) };
    case "BF16":
      return { dtype: "float32", shape, data: widened(view, (bits) => bits << 16) };
  }
}

function narrowed(view: DataView, name: string): Int32Array {
  const result = new Int32Array(view.byteLength / 8);
  for (let i = 0; i < result.length; i++) {
    const value = view.getBigInt64(8 * i, true);
    if (value !== BigInt.asIntN(32, value)) fail("FILE_CORRUPT", `"${name}": ${value} at position ${i} doesn't fit 32 bits.`);
    result[i] = Number(value);
  }
  return result;
}

function widened(view: DataView, toFloatBits: (bits: number) => number): Float32Array {
  const bits = new Int32Array(view.byteLength / 2);
  for (let i = 0; i < bits.length; i++) bits[i] = toFloatBits(view.getUint16(2 * i, true));
  return new Float32Array(bits.buffer);
}
