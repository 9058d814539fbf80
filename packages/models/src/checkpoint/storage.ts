import { checkOptions, fail, show } from "@rsdix/internal";
import { type CheckpointTensor, checkIsCheckpoint } from "./checkpoint";
import { floatToHalfBits, HOST_IS_LITTLE_ENDIAN } from "./number-bits";
import { LARGEST_TO_QUANTISE, quantise } from "./quantise";

/** How a checkpoint's numbers are written. */
export interface StorageOptions {
  /**
   * `"float32"` (the default): every number as it is. `"float16"`: matrices in half precision, half the size. `"int8"`: matrices as whole
   * numbers from -127 to 127 with a scale for each channel, a quarter of the size. Biases, norms and scalars stay float32: they are a
   * thousandth of a model. Whatever reads the file gets float32.
   */
  readonly storage?: "float32" | "float16" | "int8";
}

/** An array as a file will have it; its bytes are made when they are written, so that no second model is in memory. */
export interface StoredArray {
  readonly name: string;
  readonly dtype: "F32" | "I32" | "F16" | "I8";
  readonly shape: readonly number[];
  readonly byteLength: number;
  bytes(): Uint8Array;
}

/** Metadata of a file whose I8 arrays are matrices divided by a scale, which lies beside them. */
export const STORAGE_KEY = "rsdix_storage";
/** Its value: `name` is I8, `name.scale` F32 of the same rank with one number a channel; the product is the matrix. */
export const STORAGE_INT8 = "int8-symmetric";
/** What is added to a matrix's name for that of its scale. */
export const SCALE_SUFFIX = ".scale";

/** The first number that half precision turns into infinity. */
const BEYOND_HALF = 65520;

/**
 * Arrays as they will be stored, those that belong together in one list.
 *
 * @throws INVALID_ARGUMENT when an array doesn't fit its shape or the storage is none; UNKNOWN_OPTION.
 */
export function storedArrays(tensors: ReadonlyMap<string, CheckpointTensor>, options: StorageOptions = {}): StoredArray[][] {
  const { storage = "float32" } = checkOptions(options, ["storage"], "safetensors");
  if (storage !== "float32" && storage !== "float16" && storage !== "int8") {
    fail("INVALID_ARGUMENT", `storage must be "float32", "float16" or "int8", got ${show(storage)}.`);
  }
  checkIsCheckpoint(tensors);
  return Array.from(tensors, ([name, tensor]) => {
    checkTensor(name, tensor);
    const { data, shape } = tensor;
    const isMatrix = data instanceof Float32Array && shape.length > 1 && data.length > 0;
    if (storage === "float16" && isMatrix && fitsHalf(data)) return [half(name, shape, data)];
    if (storage === "int8" && isMatrix && !tensors.has(name + SCALE_SUFFIX) && fitsInt8(data)) {
      return scaled(name, shape, data);
    }
    return [whole(name, shape, data)];
  });
}

function checkTensor(name: string, { dtype, shape, data }: CheckpointTensor): void {
  const length = shape.reduce((product, size) => product * size, 1);
  if (data.length === length && name !== "__metadata__") return;
  fail(
    "INVALID_ARGUMENT",
    `"${name}": expected ${length} values of ${dtype} for [${shape.join(", ")}], got ${data.length} in ${data.constructor.name}.`,
  );
}

function fitsHalf(data: Float32Array): boolean {
  for (let i = 0; i < data.length; i++) {
    const size = Math.abs(data[i]!);
    if (size >= BEYOND_HALF && size !== Number.POSITIVE_INFINITY) return false;
  }
  return true;
}

function fitsInt8(data: Float32Array): boolean {
  for (let i = 0; i < data.length; i++) if (!(Math.abs(data[i]!) <= LARGEST_TO_QUANTISE)) return false;
  return true;
}

function whole(name: string, shape: readonly number[], data: Float32Array | Int32Array): StoredArray {
  const dtype = data instanceof Float32Array ? "F32" : "I32";
  return { name, dtype, shape, byteLength: data.byteLength, bytes: () => littleEndian(data) };
}

function half(name: string, shape: readonly number[], data: Float32Array): StoredArray {
  const bytes = () => {
    const bits = new Int32Array(data.buffer, data.byteOffset, data.length);
    const halves = new Uint16Array(bits.length);
    for (let i = 0; i < bits.length; i++) halves[i] = floatToHalfBits(bits[i]!);
    return littleEndian(halves);
  };
  return { name, dtype: "F16", shape, byteLength: 2 * data.length, bytes };
}

function scaled(name: string, shape: readonly number[], data: Float32Array): StoredArray[] {
  const { scale, scaleShape, quantised } = quantise(data, shape);
  return [
    { name, dtype: "I8", shape, byteLength: data.length, bytes: () => new Uint8Array(quantised().buffer) },
    whole(name + SCALE_SUFFIX, scaleShape, scale),
  ];
}

function littleEndian(data: Float32Array | Int32Array | Uint16Array): Uint8Array {
  const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  if (HOST_IS_LITTLE_ENDIAN) return bytes;
  const last = data.BYTES_PER_ELEMENT - 1;
  const swapped = new Uint8Array(bytes.length);
  for (let i = 0; i < bytes.length; i++) swapped[i] = bytes[i ^ last]!;
  return swapped;
}
