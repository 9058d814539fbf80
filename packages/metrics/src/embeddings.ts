import { checkRange, fail, show } from "@rsdix/internal";
import { isArrayLike } from "./check-classes";

/** Rows of numbers that are compared by cosine: the values as given, and one over each row's length (0 for a zero row). */
export interface Embeddings {
  values: ArrayLike<number>;
  inverseNorms: Float64Array;
  rows: number;
  dim: number;
}

/** Checks row-major [rows, dim] values and measures each row. */
export function readEmbeddings(values: ArrayLike<number>, dim: number, name: string): Embeddings {
  checkRange(dim, "dim", { min: 1, integer: true });
  if (!isArrayLike(values)) fail("INVALID_ARGUMENT", `${name} must be an array or typed array of numbers, got ${show(values)}.`);
  if (values.length === 0) fail("EMPTY_DATA", `${name} is empty: give at least one row of ${dim} values.`);
  if (values.length % dim !== 0) {
    fail("SHAPE_MISMATCH", `${name} must be rows of ${dim} values, got ${values.length} values.`);
  }
  const rows = values.length / dim;
  const inverseNorms = new Float64Array(rows);
  for (let row = 0; row < rows; row++) inverseNorms[row] = inverseNorm(values, row, dim, name);
  return { values, inverseNorms, rows, dim };
}

/** Squares and products of numbers within these bounds lose nothing in double precision; float32 holds none beyond. */
const [SMALLEST, LARGEST] = [1e-140, 1e140];

/** One over the length of a row, 0 for a zero row. Throws on a value that is not finite, and on one whose square double precision can't hold. */
export function inverseNorm(values: ArrayLike<number>, row: number, dim: number, name: string): number {
  let sum = 0;
  let largest = 0;
  for (let i = row * dim; i < (row + 1) * dim; i++) {
    const value = values[i]!;
    if (!Number.isFinite(value)) fail("NOT_A_NUMBER", `${name} must be finite, got ${show(value)} in row ${row}.`);
    sum += value * value;
    if (value > largest) largest = value;
    else if (-value > largest) largest = -value;
  }
  if (largest === 0) return 0;
  if (largest < SMALLEST || largest > LARGEST) {
    fail("NOT_A_NUMBER", `${name} must be zero or from ${SMALLEST} to ${LARGEST} in size, got ${largest} as the largest of row ${row}.`);
  }
  return 1 / Math.sqrt(sum);
}

/** Cosine of row `i` of `a` and row `j` of `b`; 0 when either is a zero row. */
export function cosine(a: Embeddings, i: number, b: Embeddings, j: number): number {
  const { values: x, dim } = a;
  const y = b.values;
  const from = i * dim;
  const to = j * dim;
  let sum = 0;
  for (let d = 0; d < dim; d++) sum += x[from + d]! * y[to + d]!;
  return sum * a.inverseNorms[i]! * b.inverseNorms[j]!;
}
