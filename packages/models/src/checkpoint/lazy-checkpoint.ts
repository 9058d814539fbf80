import { type Checkpoint, type CheckpointTensor, checkIsCheckpoint, checkIsMap, isShape } from "./checkpoint";

/** One array of a file that was opened: known by dtype and shape, read when its numbers are wanted. */
export interface LazyTensor {
  /** What the file calls its numbers, for example `"F16"` of safetensors or `"bfloat16"` of torch. */
  readonly dtype: string;
  /** The shape as the file has it; `[]` is a scalar. */
  readonly shape: readonly number[];
  /** Reads the numbers: float32 of any float, int32 of any integer; memory of the caller's own. */
  read(): Promise<CheckpointTensor>;
}

/** The arrays of a checkpoint by name, read one at a time: a model that loads from it needs memory for itself and one array. */
export type LazyCheckpoint = ReadonlyMap<string, LazyTensor>;

/** Throws unless a value is a map of names to arrays that can be read. */
export function checkIsLazy(checkpoint: LazyCheckpoint): void {
  const fits = (tensor: LazyTensor) => typeof tensor?.read === "function" && typeof tensor.dtype === "string" && isShape(tensor.shape);
  checkIsMap(checkpoint, "{ dtype, shape, read }", fits, "Open one with openSafetensors; of arrays in memory, lazyOf makes one.");
}

/**
 * A checkpoint in memory, to be read like one in a file.
 *
 * @param checkpoint Arrays by name, for example from `parameters.toCheckpoint()`.
 * @returns The same arrays; each reading gives a copy.
 * @throws INVALID_ARGUMENT when it isn't a Map of arrays.
 *
 * @example
 * ```ts
 * import { lazyOf } from "@rsdix/models";
 *
 * const file = lazyOf(new Map([["bias", { dtype: "float32" as const, shape: [2], data: Float32Array.of(1, 2) }]]));
 * console.log((await file.get("bias")?.read())?.data); // Float32Array [ 1, 2 ]
 * ```
 */
export function lazyOf(checkpoint: ReadonlyMap<string, CheckpointTensor>): LazyCheckpoint {
  checkIsCheckpoint(checkpoint);
  return new Map(
    [...checkpoint].map(([name, tensor]) => [name, { ...tensor, read: async () => ({ ...tensor, data: tensor.data.slice() }) }]),
  );
}

/**
 * Reads all of a checkpoint, array after array.
 *
 * @param checkpoint The arrays of a file, by name.
 * @returns The same arrays in memory, in the same order.
 * @throws INVALID_ARGUMENT when it isn't a Map of arrays that can be read; what reading throws.
 *
 * @example
 * ```ts
 * import { belowPrefix, lazyOf, readAll } from "@rsdix/models";
 *
 * const array = { dtype: "float32" as const, shape: [1], data: Float32Array.of(3) };
 * const file = lazyOf(new Map([["_student.bias", array], ["_teacher.bias", array]]));
 * console.log((await readAll(belowPrefix(file, "_student."))).get("bias")?.data); // Float32Array [ 3 ]
 * ```
 */
export async function readAll(checkpoint: LazyCheckpoint): Promise<Checkpoint> {
  checkIsLazy(checkpoint);
  const read: Checkpoint = new Map();
  for (const [name, tensor] of checkpoint) read.set(name, await tensor.read());
  return read;
}
