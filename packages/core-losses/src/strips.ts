import * as tf from "@tensorflow/tfjs-core";
import type { Span } from "./spans";

/** What a pass learns from one strip: vectors over its rows [r, 1], and over all columns [1, N]. */
export interface Part {
  readonly rows: tf.Tensor2D[];
  readonly columns: tf.Tensor2D[];
}

/** Puts what two strips say of the columns together. */
export type Merge = (a: tf.Tensor2D[], b: tf.Tensor2D[]) => tf.Tensor2D[];

/**
 * One pass over strips of rows. Vectors over rows are joined to [M, 1], vectors over columns are merged strip by strip; nothing
 * else of a strip outlives it. What `visit` returns must be new tensors.
 */
export function overStrips(spans: readonly Span[], visit: (span: Span, index: number) => Part, merge: Merge): Part {
  const rows: tf.Tensor2D[][] = [];
  let columns: tf.Tensor2D[] | undefined;
  spans.forEach((span, index) => {
    const part = tf.tidy(() => {
      const own = visit(span, index);
      return { rows: own.rows, columns: columns ? merge(columns, own.columns) : own.columns };
    });
    rows.push(part.rows);
    if (columns) tf.dispose(columns);
    columns = part.columns;
  });
  return { rows: rows[0]!.map((_, k) => joinRows(rows.map((part) => part[k]!))), columns: columns! };
}

/** The strips as one matrix; they are freed. */
export function joinRows(strips: tf.Tensor2D[]): tf.Tensor2D {
  const joined = tf.concat2d(strips, 0);
  tf.dispose(strips);
  return joined;
}

/** Strips, kept when there is room for them and otherwise computed whenever they are asked for. */
export function keepStrips<T extends tf.TensorContainer>(spans: readonly Span[], compute: (span: Span) => T, keep: boolean) {
  const kept = keep ? spans.map((span) => tf.tidy(() => compute(span))) : [];
  return { kept, at: (index: number): T => kept[index] ?? compute(spans[index]!) };
}
