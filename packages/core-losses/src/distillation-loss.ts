import { checkOptions } from "@rsdix/internal";
import * as tf from "@tensorflow/tfjs-core";
import { checkDistributions, checkMatrix, toScalar } from "./checks";
import { DISTILLATION_SCALE_INIT } from "./constants";
import { withGradient } from "./custom-gradient";
import { clampedFactor, withinClamp } from "./distillation-scale";
import { rowLogSums } from "./products";
import { bothDirections, type Reduced, type Reduction, reducer } from "./reduction";
import type { DistillationTargets } from "./teacher-targets";

/** Smallest target whose logarithm is taken: what lies below adds less than 1e-28 to the loss, and log 0 is never met. */
const TINY = 1e-30;

/** Options of `distillationLoss`. */
export interface DistillationLossOptions<R extends Reduction = Reduction> {
  /**
   * τ, the natural logarithm of the factor on the similarities: the caller's learnable scalar, or a number. The factor is
   * held within [1, 100]; outside it τ has no gradient. Default 3.9, fixed.
   */
  logitScale?: tf.Tensor | number | undefined;
  /** "mean" over the pairs (default), "sum", or "none" for one loss a pair. */
  reduction?: R | undefined;
}

/**
 * Distillation towards soft labels: `KL(target ‖ softmax(s · S))`, with the image targets on the rows of S and the text targets on the
 * rows of Sᵀ; `s = clamp(exp(τ), 1, 100)`. The loss of a pair is half the sum of its row's and its column's. Differentiable in
 * `similarities` and `logitScale` (first order), not in the targets.
 *
 * @param similarities - the student's similarities S [M, N], float32, without temperature; `similarity(image, text)`
 * @param targets - soft labels of both directions, [M, N] and [N, M], for example from `teacherTargets`: each row a
 * probability distribution, or zeros, which count for nothing
 * @param options - the logit scale, and how to reduce
 * @returns the loss: a scalar, or [max(M, N)] with `reduction: "none"`; where M and N differ, a pair's row counts max(M, N) / M times and
 * its column max(M, N) / N times, so that the mean is the mean of both directions' means
 * @throws RsdixError SHAPE_MISMATCH when the shapes do not fit together, INVALID_ARGUMENT for a wrong dtype or value (on cpu, wasm and
 * native also what is not finite, and targets that are no distributions), UNKNOWN_OPTION for an option it does not have
 * @example
 * ```ts
 * import "@tensorflow/tfjs";
 * import * as tf from "@tensorflow/tfjs-core";
 * import { distillationLoss, similarity } from "@rsdix/core-losses";
 *
 * const image = tf.tensor2d([[1, 0], [0, 1]]);
 * const text = tf.tensor2d([[0.8, 0.6], [0.6, 0.8]]);
 * const soft = tf.tensor2d([[0.9, 0.1], [0.2, 0.8]]);
 * distillationLoss(similarity(image, text), { image: soft, text: soft }, { logitScale: 2 }).print();
 * ```
 * @see https://arxiv.org/abs/2112.09445 section 3
 */
export function distillationLoss<R extends Reduction = "mean">(
  similarities: tf.Tensor2D,
  targets: DistillationTargets,
  options: DistillationLossOptions<R> = {},
): Reduced<R> {
  const given = checkOptions(options, ["logitScale", "reduction"], "distillationLoss");
  const { logitScale = DISTILLATION_SCALE_INIT, reduction = "mean" as R } = given;
  const reduce = reducer(reduction);
  checkMatrix(similarities, "similarities", "[M, N]");
  const { image, text } = checkOptions(targets, ["image", "text"], "distillationLoss's targets");
  const [m, n] = similarities.shape;
  for (const [target, shape, name, layout] of [
    [image, [m, n], "targets.image", "[M, N]"],
    [text, [n, m], "targets.text", "[N, M]"],
  ] as const) {
    checkMatrix(target, name, layout, shape);
    checkDistributions(target, name);
  }
  return tf.tidy(() => {
    const tau = toScalar(logitScale, "logitScale");
    const losses = withGradient<tf.Tensor1D>([similarities, tau], (save) => {
      save([similarities, tau, image, text]);
      const logits = tf.mul<tf.Tensor2D>(similarities, clampedFactor(tau));
      return {
        value: tf.concat1d([divergence(image, logits), divergence(text, tf.transpose(logits))]),
        gradFunc: distillationGradient,
      };
    });
    return reduce(bothDirections(losses, m, n));
  });
}

/** KL(target ‖ softmax(logits)) of each row; a target of zero adds nothing. */
function divergence(target: tf.Tensor2D, logits: tf.Tensor2D): tf.Tensor1D {
  const [largest, sum] = rowLogSums(logits);
  const logSoftmax = tf.sub(tf.sub(logits, largest), tf.log(sum));
  return tf.sum<tf.Tensor1D>(tf.mul(target, tf.sub(tf.log(tf.maximum(target, TINY)), logSoftmax)), 1);
}

/** d/dlogits of `divergence`: softmax · (the target's row sum, 1 for a distribution) - target, weighted by row. */
function divergenceGradient(target: tf.Tensor2D, logits: tf.Tensor2D, weight: tf.Tensor1D): tf.Tensor2D {
  const gradient = tf.sub(tf.mul(tf.softmax(logits), tf.sum(target, 1, true)), target);
  return tf.mul(gradient, tf.reshape(weight, [-1, 1]));
}

function distillationGradient(dy: tf.Tensor1D, saved: tf.Tensor[]): tf.Tensor[] {
  const [similarities, tau, imageTargets, textTargets] = saved as [tf.Tensor2D, tf.Scalar, tf.Tensor2D, tf.Tensor2D];
  const [rowWeight, columnWeight] = tf.split<tf.Tensor1D>(dy, similarities.shape);
  const factor = clampedFactor(tau);
  const logits = tf.mul<tf.Tensor2D>(similarities, factor);
  const rows = divergenceGradient(imageTargets, logits, rowWeight!);
  const columns = tf.transpose(divergenceGradient(textTargets, tf.transpose(logits), columnWeight!));
  const dSimilarities = tf.mul(tf.add(rows, columns), factor);
  // Within the clamp the factor is exp(τ), so d/dτ = factor · d/dfactor = sum(dS · S); outside it τ changes nothing.
  return [dSimilarities, tf.mul(tf.sum(tf.mul(dSimilarities, similarities)), withinClamp(tau))];
}
