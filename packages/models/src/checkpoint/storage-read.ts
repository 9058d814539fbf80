import { fail } from "@rsdix/internal";
import { type CheckpointTensor, listNames } from "./checkpoint";
import type { LazyTensor } from "./lazy-checkpoint";
import { dequantise } from "./quantise";
import { SCALE_SUFFIX, STORAGE_INT8, STORAGE_KEY } from "./storage";

/** What is known of an array before it is read. */
type Described = Pick<LazyTensor, "dtype" | "shape">;

/** Arrays and metadata of a file as the file has them, and how to read one of them. */
interface Raw<T extends Described> {
  readonly tensors: ReadonlyMap<string, T>;
  readonly metadata: Readonly<Record<string, string>>;
}

/**
 * Undoes what `storage: "int8"` did: each matrix takes the place of its whole numbers and its scale.
 *
 * @param combine Makes the matrix of its whole numbers and scale.
 * @returns Arrays by name, and the metadata without that of the storage.
 * @throws FILE_CORRUPT when the scales don't belong to the arrays.
 */
export function withoutStorage<T extends Described>({ tensors, metadata }: Raw<T>, combine: (numbers: T, scale: T) => T): Raw<T> {
  const { [STORAGE_KEY]: storage, ...rest } = metadata;
  if (storage === undefined) return { tensors, metadata };
  if (storage !== STORAGE_INT8) {
    corrupt(
      `its ${STORAGE_KEY} is ${JSON.stringify(storage.slice(0, 40))}, where only ${STORAGE_INT8} is known; a newer version may read it`,
    );
  }
  const matrices = [...tensors].filter(([, { dtype }]) => dtype === "I8").map(([name]) => name);
  const wrong = matrices.filter((name) => !isScaleOf(tensors.get(name)!, tensors.get(name + SCALE_SUFFIX)));
  if (wrong.length > 0) corrupt(`these have no ${SCALE_SUFFIX} that fits them: ${listNames(wrong)}`);
  const scales = new Set(matrices.map((name) => name + SCALE_SUFFIX));
  const plain = [...tensors].filter(([name]) => !scales.has(name));
  const scaleOf = (name: string) => tensors.get(name + SCALE_SUFFIX)!;
  return {
    tensors: new Map(plain.map(([name, tensor]) => [name, tensor.dtype === "I8" ? combine(tensor, scaleOf(name)) : tensor])),
    metadata: rest,
  };
}

/** A matrix that is read from its whole numbers and its scale. */
export function combineLazily(numbers: LazyTensor, scale: LazyTensor): LazyTensor {
  return { dtype: "I8·F32", shape: numbers.shape, read: async () => combineRead(await numbers.read(), await scale.read()) };
}

/** A matrix of its whole numbers, whose memory it takes, and its scale. */
export function combineRead(numbers: CheckpointTensor, scale: CheckpointTensor): CheckpointTensor {
  const data = dequantise(numbers.data as Int32Array, numbers.shape, scale.data as Float32Array, scale.shape);
  return { dtype: "float32", shape: numbers.shape, data };
}

/** One number a row, or of a matrix a column. */
function isScaleOf({ shape }: Described, scale: Described | undefined): boolean {
  if (scale?.dtype !== "F32" || scale.shape.length !== shape.length || shape.length < 2) return false;
  const byRow = scale.shape.every((size, axis) => size === (axis === 0 ? shape[0] : 1));
  const byColumn = shape.length === 2 && scale.shape[0] === 1 && scale.shape[1] === shape[1];
  return byRow || byColumn;
}

function corrupt(what: string): never {
  fail("FILE_CORRUPT", `Not a usable safetensors file: ${what}.`);
}
