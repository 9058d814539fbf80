import { checkRange, fail } from "@rsdix/internal";
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
  if (!isArrayLike(values)) fail("INVALID_ARGUMENT", `${name} must be an array or typed array of numbers, got ${String(values)}.`);
  if (values.length === 0) fail("EMPTY_DATA", `${name} is empty: give at least one row of ${dim} values.`);
  if (values.length % dim !== 0) {
    fail("SHAPE_MISMATCH", `${name} must be rows of ${dim} values, got ${values.length} values.`);
  }
  const rows = values.length / dim;
  const inverseNorms = new Float64Array(rows);
  for (let row = 0; row < rows; row++) {
    let sum = 0;
    for (let d = 0; d < dim; d++) {
      const value = values[row * dim + d]!;
      if (!Number.isFinite(value)) fail("NOT_A_NUMBER", `${name} must be finite, got ${String(value)} in row ${row}.`);
      sum += value * value;
    }
    if (sum === Number.POSITIVE_INFINITY)
      fail("NOT_A_NUMBER", `${name} must have rows of finite length, got values too large in row ${row}.`);
    inverseNorms[row] = sum === 0 ? 0 : 1 / Math.sqrt(sum);
  }
  return { values, inverseNorms, rows, dim };
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
