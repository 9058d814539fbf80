import { fail } from "@rsdix/internal";
import * as tf from "@tensorflow/tfjs-core";

/** How the losses of the N pairs become the result: their mean (default), their sum, or unreduced. */
export type Reduction = "mean" | "sum" | "none";

/** The tensor that a `Reduction` leaves: `[N]` for "none", a scalar otherwise. */
export type Reduced<R extends Reduction> = R extends "none" ? tf.Tensor1D : tf.Scalar;

/** Applies `reduction` to losses [N]. */
export function reduce<R extends Reduction>(losses: tf.Tensor1D, reduction: R): Reduced<R> {
  if (reduction === "none") return losses as Reduced<R>;
  if (reduction === "mean") return tf.mean(losses) as Reduced<R>;
  if (reduction === "sum") return tf.sum(losses) as Reduced<R>;
  return fail("INVALID_ARGUMENT", `reduction must be "mean", "sum" or "none", got ${String(reduction)}.`);
}
