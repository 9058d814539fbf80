import { fail, show } from "@rsdix/internal";
import type { CheckpointTensor } from "./checkpoint";
import { STORAGE_INT8, STORAGE_KEY, type StorageOptions, type StoredArray, storedArrays } from "./storage";

/**
 * Writes a safetensors file to memory.
 *
 * @param tensors The arrays by name, float32 or int32.
 * @param metadata Free text by name.
 * @param options `storage`: in how many bits the numbers are kept.
 * @returns The file's bytes.
 * @throws INVALID_ARGUMENT when the arrays aren't a Map, an array's length doesn't fit its shape, metadata isn't text by name, or an option isn't one of its
 * values; UNKNOWN_OPTION.
 *
 * @example
 * ```ts
 * import { encodeSafetensors } from "@rsdix/models";
 *
 * const scale = { dtype: "float32" as const, shape: [], data: Float32Array.of(2.6592) };
 * console.log(encodeSafetensors(new Map([["logit_scale", scale]]), { format: "pt" }).byteLength % 4); // 0
 * const matrix = { dtype: "float32" as const, shape: [64, 64], data: new Float32Array(64 * 64).fill(0.25) };
 * console.log(encodeSafetensors(new Map([["fc.weight", matrix]]), {}, { storage: "int8" }).byteLength < 5000); // true, of 16384
 * ```
 *
 * @see https://github.com/huggingface/safetensors#format
 */
export function encodeSafetensors(
  tensors: ReadonlyMap<string, CheckpointTensor>,
  metadata: Readonly<Record<string, string>> = {},
  options: StorageOptions = {},
): Uint8Array<ArrayBuffer> {
  checkMetadata(metadata);
  const file = layOut(storedArrays(tensors, options).flat(), metadata);
  const bytes = new Uint8Array(file.byteLength);
  let offset = 0;
  for (const chunk of file.chunks()) {
    bytes.set(chunk, offset);
    offset += chunk.byteLength;
  }
  return bytes;
}

/** Throws unless metadata is text by name; options in its place are said to be. */
export function checkMetadata(metadata: Readonly<Record<string, string>>): void {
  if (show(metadata) !== "[object Object]")
    fail("INVALID_ARGUMENT", `metadata must be text by name, got ${show(metadata)}. Without any give {}.`);
  const { storage } = metadata;
  if (storage === "float32" || storage === "float16" || storage === "int8") {
    fail("INVALID_ARGUMENT", `metadata has "storage": "${storage}". That is an option, and options come after the metadata.`);
  }
  const wrong = Object.entries(metadata).find(([, value]) => typeof value !== "string");
  if (wrong) fail("INVALID_ARGUMENT", `metadata must be text by name, got ${show(wrong[1])} for "${wrong[0]}".`);
}

/** A file whose length is known, and whose bytes are made piece by piece. */
export interface SafetensorsLayout {
  readonly byteLength: number;
  /** The header, then each array's bytes. */
  chunks(): Iterable<Uint8Array>;
}

/** The bytes of an element; larger ones lie first in a file, so that every array starts at a multiple of its own. */
const ELEMENT_BYTES = { F32: 4, I32: 4, F16: 2, I8: 1 } as const;

/** Lays a file out; INVALID_ARGUMENT for metadata that is kept for the storage. */
export function layOut(arrays: readonly StoredArray[], metadata: Readonly<Record<string, string>>): SafetensorsLayout {
  if (Object.hasOwn(metadata, STORAGE_KEY))
    fail("INVALID_ARGUMENT", `The metadata "${STORAGE_KEY}" is written by the option \`storage\` alone.`);
  const ordered = [...arrays].sort((a, b) => ELEMENT_BYTES[b.dtype] - ELEMENT_BYTES[a.dtype]);
  const begins = new Map<StoredArray, number>();
  let dataLength = 0;
  for (const array of ordered) {
    begins.set(array, dataLength);
    dataLength += array.byteLength;
  }
  const quantised = arrays.some(({ dtype }) => dtype === "I8");
  const header = headerOf(arrays, begins, quantised ? { ...metadata, [STORAGE_KEY]: STORAGE_INT8 } : metadata);
  return {
    byteLength: header.byteLength + dataLength,
    *chunks() {
      yield header;
      for (const array of ordered) yield array.bytes();
    },
  };
}

/** The header with its length in front, in the order of the model. Put together by hand: an object would lose the name "__proto__". */
function headerOf(
  arrays: readonly StoredArray[],
  begins: ReadonlyMap<StoredArray, number>,
  metadata: Readonly<Record<string, string>>,
): Uint8Array<ArrayBuffer> {
  const parts = arrays.map((array) => {
    const { name, dtype, shape, byteLength } = array;
    const begin = begins.get(array)!;
    return `${JSON.stringify(name)}:${JSON.stringify({ dtype, shape, data_offsets: [begin, begin + byteLength] })}`;
  });
  if (Object.keys(metadata).length > 0) parts.unshift(`"__metadata__":${JSON.stringify(metadata)}`);
  const text = new TextEncoder().encode(`{${parts.join(",")}}`);
  const padding = -text.length & 7; // spaces, so that the arrays start at a multiple of eight and can be read in place
  const bytes = new Uint8Array(8 + text.length + padding).fill(0x20);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(text.length + padding), true);
  bytes.set(text, 8);
  return bytes;
}
