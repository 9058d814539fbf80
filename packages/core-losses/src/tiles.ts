import * as tf from "@tensorflow/tfjs-core";
import { chained, combined, exponential } from "./products";
import type { Span } from "./spans";

/** Σ over a tile, by rows first: a running float32 sum over millions of entries would lose digits. */
export function sumOfAll(x: tf.Tensor2D): tf.Scalar {
  return tf.tidy(() => tf.sum<tf.Scalar>(tf.sum(x, 1)));
}

/** Σ a · b over a tile. */
export function dot(a: tf.Tensor2D, b: tf.Tensor2D): tf.Scalar {
  return tf.tidy(() => sumOfAll(tf.mul(a, b)));
}

/** The largest logit m, and a weight divided by r where m + log(r) is the log-sum-exp: both along rows or both along columns. */
type Direction = readonly [largest: tf.Tensor2D, weight: tf.Tensor2D];

/** The softmaxes of logits along rows and along columns, each weighted, added up; the logits are freed. */
export function weightedSoftmaxes(logits: tf.Tensor2D, rows: Direction, columns: Direction): tf.Tensor2D {
  const along = ([largest, weight]: Direction) => chained(tf.sub(logits, largest), exponential, (x) => tf.mul(x, weight));
  const softmaxes = combined(tf.add, along(rows), along(columns));
  logits.dispose();
  return softmaxes;
}

/**
 * A tile of a matrix with `values` [P] added at (i, i), wherever the tile covers that; it is freed. It is done before a product with
 * embeddings, in which a softmax of nearly 1 and the 1 of its target would be rounded apart, and what remains of them lost.
 */
export function plusDiagonal(tile: tf.Tensor2D, values: tf.Tensor1D, rows: Span, columns: Span): tf.Tensor2D {
  const start = Math.max(rows.start, columns.start);
  const count = Math.min(values.size, rows.start + rows.size, columns.start + columns.size) - start;
  if (count <= 0) return tile;
  const before = (start - rows.start) * columns.size + start - columns.start;
  const after = rows.size * columns.size - before - count * (columns.size + 1);
  return tf.tidy(() => {
    const own = tf.reshape(tf.slice1d(values, start, count), [count, 1]) as tf.Tensor2D;
    // Rows that are longer by one than the tile's: read on without their ends, each begins one place further right.
    const steps: ((x: tf.Tensor) => tf.Tensor)[] = [(x) => tf.reshape(x, [-1])];
    if (after < 0) steps.push((x) => tf.slice(x, 0, x.size + after));
    if (before > 0 || after > 0) steps.push((x) => tf.pad(x, [[before, Math.max(after, 0)]]));
    const stretched = tf.pad(own, [
      [0, 0],
      [0, columns.size],
    ]);
    const diagonal = chained(stretched, ...steps, (x) => tf.reshape(x, [rows.size, columns.size]));
    return combined(tf.add, tile, diagonal);
  });
}

/** The sum of what came before, if anything did, and one more; a tensor of its own. */
export function plus<T extends tf.Tensor>(before: T | undefined, more: T): T {
  return before ? tf.add(before, more) : tf.clone(more);
}
