import { checkOptions, checkSameShape } from "@rsdix/internal";
import * as tf from "@tensorflow/tfjs-core";
import { checkSquare, toScalar } from "./checks";
import { DISTILLATION_SCALE_INIT, DISTILLATION_SCALE_MAX_FACTOR, DISTILLATION_SCALE_MIN_FACTOR } from "./constants";
import { withGradient } from "./custom-gradient";
import { rowLogSoftmax } from "./row-softmax";
import type { DistillationTargets } from "./teacher-targets";

/** Smallest target whose logarithm is taken: what lies below adds less than 1e-28 to the loss, and log 0 is never met. */
const TINY = 1e-30;

/** Options of `distillationLoss`. */
export interface DistillationLossOptions {
  /**
   * τ, the natural logarithm of the factor on the similarities: the caller's learnable scalar, or a number. The factor is
   * held within [1, 100]; outside it τ has no gradient. Default 3.9, fixed.
   */
  logitScale?: tf.Tensor | number;
}

/**
 * Distillation towards soft labels: `KL(target ‖ softmax(s · S))` summed and divided by N, with the image targets on the
 * rows of S and the text targets on the rows of Sᵀ, averaged; `s = clamp(exp(τ), 1, 100)`. Differentiable in `similarities`
 * and `logitScale` (first order), not in the targets.
 *
 * @param similarities - the student's similarities S [N, N], float32, without temperature; `similarity(image, text)`
 * @param targets - soft labels of both directions [N, N], for example from `teacherTargets`
 * @param options - the logit scale
 * @returns the loss, a scalar
 * @throws RsdixError SHAPE_MISMATCH when a matrix is not square or the shapes differ, INVALID_ARGUMENT for a wrong dtype or
 * scale, UNKNOWN_OPTION for an option it does not have
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
export function distillationLoss(
  similarities: tf.Tensor2D,
  targets: DistillationTargets,
  options: DistillationLossOptions = {},
): tf.Scalar {
  checkOptions(options, ["logitScale"], "distillationLoss");
  checkSquare(similarities, "similarities");
  checkOptions(targets, ["image", "text"], "distillationLoss's targets");
  checkSquare(targets.image, "targets.image");
  checkSquare(targets.text, "targets.text");
  checkSameShape(similarities, targets.image, "similarities", "targets.image");
  checkSameShape(similarities, targets.text, "similarities", "targets.text");
  return tf.tidy(() => {
    const tau = toScalar(options.logitScale ?? DISTILLATION_SCALE_INIT, "logitScale");
    return withGradient<tf.Scalar>([similarities, tau], (save) => {
      save([similarities, tau, targets.image, targets.text]);
      const logits = tf.mul<tf.Tensor2D>(similarities, clampedFactor(tau));
      const sum = tf.add(divergence(targets.image, logits), divergence(targets.text, tf.transpose(logits)));
      return { value: tf.mul(sum, 0.5 / similarities.shape[0]), gradFunc: distillationGradient };
    });
  });
}

/** Sum of KL(target ‖ softmax(logits)) over rows; a target of zero adds nothing. */
function divergence(target: tf.Tensor2D, logits: tf.Tensor2D): tf.Scalar {
  const logRatio = tf.sub(tf.log(tf.maximum(target, TINY)), rowLogSoftmax(logits));
  return tf.sum(tf.mul(target, logRatio));
}

/** d/dlogits of `divergence`: softmax · (the target's row sum, 1 for a distribution) - target. */
function divergenceGradient(target: tf.Tensor2D, logits: tf.Tensor2D): tf.Tensor2D {
  return tf.sub(tf.mul(tf.softmax(logits), tf.sum(target, 1, true)), target);
}

function distillationGradient(dy: tf.Scalar, saved: tf.Tensor[]): tf.Tensor[] {
  const [similarities, tau, imageTargets, textTargets] = saved as [tf.Tensor2D, tf.Scalar, tf.Tensor2D, tf.Tensor2D];
  const factor = clampedFactor(tau);
  const logits = tf.mul<tf.Tensor2D>(similarities, factor);
  const rows = divergenceGradient(imageTargets, logits);
  const columns = tf.transpose(divergenceGradient(textTargets, tf.transpose(logits)));
  const perLogit = tf.mul(dy, 0.5 / similarities.shape[0]);
  const dSimilarities = tf.mul(tf.add(rows, columns), tf.mul(perLogit, factor));
  // Within the clamp the factor is exp(τ), so d/dτ = factor · d/dfactor = sum(dS · S); outside it τ changes nothing.
  return [dSimilarities, tf.mul(tf.sum(tf.mul(dSimilarities, similarities)), withinClamp(tau))];
}

function clampedFactor(tau: tf.Scalar): tf.Scalar {
  return tf.clipByValue(tf.exp(tau), DISTILLATION_SCALE_MIN_FACTOR, DISTILLATION_SCALE_MAX_FACTOR);
}

/** 1 where exp(τ) lies within the clamp, both ends included, else 0. */
function withinClamp(tau: tf.Scalar): tf.Tensor {
  const factor = tf.exp(tau);
  const within = tf.logicalAnd(tf.greaterEqual(factor, DISTILLATION_SCALE_MIN_FACTOR), tf.lessEqual(factor, DISTILLATION_SCALE_MAX_FACTOR));
  return tf.cast(within, "float32");
}
