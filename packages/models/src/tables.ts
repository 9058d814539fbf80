import type { ParameterSpec } from "./initialize";

/** What is behind a compactly held table: all its rows as they were before training. */
export type FullTable = () => Float32Array;

/** Numbers a row. */
export function rowWidth(spec: ParameterSpec): number {
  return spec.shape.slice(1).reduce((product, size) => product * size, 1);
}

/** Some rows of a table, in the order of `ids`. */
export function takeRows(table: Float32Array, ids: Int32Array, width: number): Float32Array {
  const rows = new Float32Array(ids.length * width);
  for (let row = 0; row < ids.length; row++) rows.set(table.subarray(ids[row]! * width, (ids[row]! + 1) * width), row * width);
  return rows;
}

/** A copy of a table with some of its rows replaced. */
export function putRows(table: Float32Array, rows: Float32Array, ids: Int32Array, width: number): Float32Array {
  const result = table.slice();
  for (let row = 0; row < ids.length; row++) result.set(rows.subarray(row * width, (row + 1) * width), ids[row]! * width);
  return result;
}

/** A function that makes its value at the first call and keeps it. */
export function once<T>(make: () => T): () => T {
  let made: { value: T } | undefined;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
}
