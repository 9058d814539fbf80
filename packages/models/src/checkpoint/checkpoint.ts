import { fail, show } from "@rsdix/internal";

/** One array of a checkpoint, in the checkpoint's own layout. */
export interface CheckpointTensor {
  /** What the numbers are; half precision is widened when read. */
  readonly dtype: "float32" | "int32";
  /** The shape as the checkpoint has it; `[]` is a scalar. */
  readonly shape: readonly number[];
  /** The numbers, row-major. */
  readonly data: Float32Array | Int32Array;
}

/** A checkpoint: the arrays of a model by the names that Hugging Face gives them. */
export type Checkpoint = Map<string, CheckpointTensor>;

/**
 * The part of a checkpoint below a prefix, for a model that is stored inside another one's file.
 *
 * @param checkpoint All arrays, or what is known of them before they are read.
 * @param prefix What the names must start with, for example `"_clipcap.gpt."`; it is removed.
 * @returns The arrays below it, sharing their data with `checkpoint`.
 * @throws CHECKPOINT_MISMATCH when no name starts with the prefix; INVALID_ARGUMENT when the checkpoint isn't a Map.
 *
 * @example
 * ```ts
 * import { belowPrefix } from "@rsdix/models";
 *
 * const bias = { dtype: "float32" as const, shape: [2], data: new Float32Array(2) };
 * const inner = belowPrefix(new Map([["_student.visual.bias", bias], ["_teacher.visual.bias", bias]]), "_student.");
 * console.log([...inner.keys()]); // [ 'visual.bias' ]
 * ```
 */
export function belowPrefix<T = CheckpointTensor>(checkpoint: ReadonlyMap<string, T>, prefix: string): Map<string, T> {
  checkIsMap(checkpoint, "arrays", () => true, "Read one with openSafetensors.");
  if (typeof prefix !== "string") fail("INVALID_ARGUMENT", `A prefix must be text, got ${show(prefix)}.`);
  const below = new Map(
    [...checkpoint].filter(([name]) => name.startsWith(prefix)).map(([name, value]) => [name.slice(prefix.length), value]),
  );
  if (below.size === 0) {
    fail("CHECKPOINT_MISMATCH", `No array's name starts with "${prefix}". The checkpoint has: ${listNames([...checkpoint.keys()])}.`);
  }
  return below;
}

/** Throws unless a value is a map of names to what `fits`. */
export function checkIsMap<T>(value: ReadonlyMap<string, T>, of: string, fits: (entry: T) => boolean, advice: string): void {
  const expected = `A checkpoint must be a Map of names to ${of}`;
  const isMap = typeof value?.entries === "function" && typeof value.get === "function";
  if (!isMap) fail("INVALID_ARGUMENT", `${expected}, got ${show(value)}. ${advice}`);
  for (const [name, entry] of value) {
    if (typeof name === "string" && fits(entry)) continue;
    fail("INVALID_ARGUMENT", `${expected}, got ${show(entry)} for ${show(name)}. ${advice}`);
  }
}

/** What holds an array's numbers, by what it says of itself: a program may have the class of another realm. */
const DATA = { float32: "[object Float32Array]", int32: "[object Int32Array]" };

/** Throws unless a value is a map of names to arrays. */
export function checkIsCheckpoint(checkpoint: ReadonlyMap<string, CheckpointTensor>): void {
  checkIsMap(checkpoint, "{ dtype, shape, data }", isTensor, "Its data is a Float32Array or an Int32Array, as dtype says.");
}

/** Whether a value is an array of a checkpoint. */
export function isTensor(array: CheckpointTensor): boolean {
  return isShape(array?.shape) && {}.toString.call(array.data) === DATA[array.dtype];
}

/** Whether a value is a list of sizes. */
export function isShape(shape: unknown): shape is number[] {
  return Array.isArray(shape) && shape.every((size) => Number.isSafeInteger(size) && size >= 0);
}

/** Names for a message: the first few, and how many more. */
export function listNames(names: readonly string[], limit = 8): string {
  const shown = names.slice(0, limit).join(", ");
  return names.length > limit ? `${shown} and ${names.length - limit} more` : shown || "nothing";
}

/** A side of a block, in numbers: two blocks fit the processor's first cache, row by row they would be read from memory again and again. */
const BLOCK = 64;

/** [rows, columns] to [columns, rows], on the host; block by block, which takes a third of the time. */
export function transposed(data: Float32Array, rows: number, columns: number): Float32Array {
  const result = new Float32Array(data.length);
  for (let top = 0; top < rows; top += BLOCK) {
    const bottom = Math.min(rows, top + BLOCK);
    for (let left = 0; left < columns; left += BLOCK) {
      const right = Math.min(columns, left + BLOCK);
      for (let c = left; c < right; c++) {
        for (let r = top; r < bottom; r++) result[c * rows + r] = data[r * columns + c]!;
      }
    }
  }
  return result;
}
