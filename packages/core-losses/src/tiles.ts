import * as tf from "@tensorflow/tfjs-core";
import { chained, combined, exponential } from "./products";

/** Σ over a tile, by rows first: a running float32 sum over millions of entries would lose digits. */
export function sumOfAll(x: tf.Tensor2D): tf.Scalar {
  return tf.tidy(() => tf.sum<tf.Scalar>(tf.sum(x, 1)));
}

/** Σ a · b over a tile. */
export function dot(a: tf.Tensor2D, b: tf.Tensor2D): tf.Scalar {
  return tf.tidy(() => sumOfAll(tf.mul(a, b)));
}

/** A log-sum-exp and a weight, both along rows or both along columns. */
type Direction = readonly [lse: tf.Tensor2D, weight: tf.Tensor2D];

/** The softmaxes of logits along rows and along columns, each weighted, added up; the logits are freed. */
export function weightedSoftmaxes(logits: tf.Tensor2D, rows: Direction, columns: Direction): tf.Tensor2D {
  const along = ([lse, weight]: Direction) => chained(tf.sub(logits, lse), exponential, (softmax) => tf.mul(softmax, weight));
  const softmaxes = combined(tf.add, along(rows), along(columns));
  logits.dispose();
  return softmaxes;
}

/** The sum of what came before, if anything did, and one more; a tensor of its own. */
export function plus<T extends tf.Tensor>(before: T | undefined, more: T): T {
  return before ? tf.add(before, more) : tf.clone(more);
}
