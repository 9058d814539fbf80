import * as tf from "@tensorflow/tfjs-core";

/** A range of rows or of columns. */
export interface Span {
  readonly start: number;
  readonly size: number;
}

/** 0 to `total` in pieces of `size`; the last one may be smaller. */
export function spansOf(total: number, size: number): Span[] {
  return Array.from({ length: Math.ceil(total / size) }, (_, k) => ({ start: k * size, size: Math.min(size, total - k * size) }));
}

/** The rows of a span: a view of its own, or `matrix` itself where that is all of them. */
export function rowsOf(matrix: tf.Tensor2D, { start, size }: Span): tf.Tensor2D {
  return size === matrix.shape[0] ? matrix : tf.slice2d(matrix, [start, 0], [size, matrix.shape[1]]);
}

/** Those rows of a span that the matrix has; nothing where it ends before the span begins. */
export function rowsWithin(matrix: tf.Tensor2D, { start, size }: Span): tf.Tensor2D | undefined {
  const own = Math.min(size, matrix.shape[0] - start);
  return own > 0 ? rowsOf(matrix, { start, size: own }) : undefined;
}

/** The columns of a span, or `matrix` itself where that is all of them. */
export function columnsOf(matrix: tf.Tensor2D, { start, size }: Span): tf.Tensor2D {
  return size === matrix.shape[1] ? matrix : tf.slice2d(matrix, [0, start], [matrix.shape[0], size]);
}

/** The rows and columns of two spans, or `matrix` itself where that is all of it. */
export function tileOf(matrix: tf.Tensor2D, rows: Span, columns: Span): tf.Tensor2D {
  return columnsOf(rowsOf(matrix, rows), columns);
}

/** `x` followed by zeros, to `size` rows: what a loss of the pairs gives to rows or columns that have no partner. */
export function padTo<T extends tf.Tensor>(x: T, size: number): T {
  const missing = size - x.shape[0]!;
  return missing > 0 ? tf.pad(x, [[0, missing], ...x.shape.slice(1).map(() => [0, 0] as [number, number])]) : x;
}
