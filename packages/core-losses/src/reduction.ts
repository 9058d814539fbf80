import { fail, show } from "@rsdix/internal";
import * as tf from "@tensorflow/tfjs-core";
import { padTo } from "./spans";

/** How the losses of the pairs become the result: their mean (default), their sum, or unreduced. */
export type Reduction = "mean" | "sum" | "none";

/** The tensor that a `Reduction` leaves: a vector for "none", a scalar otherwise. */
export type Reduced<R extends Reduction> = R extends "none" ? tf.Tensor1D : tf.Scalar;

/** What applies `reduction` to losses [N]; asked for before anything is computed, so that a wrong one costs nothing. */
export function reducer<R extends Reduction>(reduction: R): (losses: tf.Tensor1D) => Reduced<R> {
  const reducers = { none: (losses: tf.Tensor1D) => losses, mean: tf.mean, sum: tf.sum };
  const found = typeof reduction === "string" && Object.hasOwn(reducers, reduction) && reducers[reduction];
  if (!found) fail("INVALID_ARGUMENT", `reduction must be "mean", "sum" or "none", got ${show(reduction)}.`);
  return (losses) => found(losses) as Reduced<R>;
}

/**
 * Losses of M rows and then of N columns [M + N] as losses of pairs [max(M, N)], weighted so that their mean is the mean of both means:
 * (row + column) / 2 where there are as many of both.
 */
export function bothDirections(losses: tf.Tensor1D, m: number, n: number): tf.Tensor1D {
  const size = Math.max(m, n);
  const [rows, columns] = tf.split<tf.Tensor1D>(losses, [m, n]).map((own) => tf.mul(padTo(own, size), size / (2 * own.size)));
  return tf.add(rows!, columns!);
}
