import { checkOptions, checkRange } from "@rsdix/internal";
import * as tf from "@tensorflow/tfjs-core";
import { toScalar } from "./checks";
import { distillationLoss } from "./distillation-loss";
import { infoNCEOfSimilarity } from "./info-nce";
import { checkSelfDistillationInputs, type SelfDistillationInputs } from "./self-distillation-loss";
import { similarity } from "./similarity";
import { TEACHER_TARGET_OPTIONS, type TeacherTargetOptions, teacherTargets } from "./teacher-targets";

/** Options of `rsdixLoss`: the targets', and two scales, which are different parameters. */
export interface RsdixLossOptions extends TeacherTargetOptions {
  /** Weight of the contrastive part in [0, 1]; the distillation part has 1 - alpha. Default 0.5. */
  alpha?: number;
  /** Natural logarithm of the factor on the similarities in the contrastive part: the caller's scalar, or a number. */
  logitScale: tf.Tensor | number;
  /** The same for the distillation part, its factor held within [1, 100]. Default 3.9, fixed. */
  distillationScale?: tf.Tensor | number;
}

/** The loss and its parts, scalars; each is differentiable, `total` is what to minimise. */
export interface RsdixLoss {
  /** alpha · contrastive + (1 - alpha) · distillation. */
  total: tf.Scalar;
  /** InfoNCE. */
  contrastive: tf.Scalar;
  /** Self-distillation. */
  distillation: tf.Scalar;
}

/**
 * The training loss of RSDiX-CLIP: `alpha · infoNCE + (1 - alpha) · selfDistillationLoss`, on one product of images and
 * texts in value and in gradient. Differentiable in `image`, `text` and both scales (first order).
 *
 * @param inputs - embeddings by student and teacher
 * @param options - alpha, both scales, and the targets' options
 * @returns the total and its parts, three scalars; `tf.keep` the parts to log them from inside `tf.variableGrads`
 * @throws RsdixError SHAPE_MISMATCH when the shapes do not fit together, INVALID_ARGUMENT for a wrong dtype or value,
 * UNKNOWN_OPTION for an option it does not have
 * @example
 * ```ts
 * import "@tensorflow/tfjs";
 * import * as tf from "@tensorflow/tfjs-core";
 * import { LOGIT_SCALE_INIT, rsdixLoss } from "@rsdix/core-losses";
 *
 * const image = tf.tensor2d([[1, 0], [0, 1]]);
 * const text = tf.tensor2d([[0.8, 0.6], [0.6, 0.8]]);
 * const logitScale = tf.variable(tf.scalar(LOGIT_SCALE_INIT));
 * const { value, grads } = tf.variableGrads(() =>
 *   rsdixLoss({ image, text, teacherImage: image, teacherText: text }, { alpha: 0.5, logitScale }).total);
 * value.print();
 * ```
 */
export function rsdixLoss(inputs: SelfDistillationInputs, options: RsdixLossOptions): RsdixLoss {
  checkOptions(options, [...TEACHER_TARGET_OPTIONS, "alpha", "logitScale", "distillationScale"], "rsdixLoss");
  checkSelfDistillationInputs(inputs, "rsdixLoss");
  const { alpha = 0.5, logitScale, distillationScale, ...targetOptions } = options;
  checkRange(alpha, "alpha", { min: 0, max: 1 });
  return tf.tidy(() => {
    const targets = teacherTargets({ image: inputs.teacherImage, text: inputs.teacherText }, targetOptions);
    const similarities = similarity(inputs.image, inputs.text);
    const contrastive = tf.mean<tf.Scalar>(infoNCEOfSimilarity(similarities, toScalar(logitScale, "logitScale")));
    const distillation = distillationLoss(similarities, targets, distillationScale === undefined ? {} : { logitScale: distillationScale });
    const total = tf.add<tf.Scalar>(tf.mul(contrastive, alpha), tf.mul(distillation, 1 - alpha));
    return { total, contrastive, distillation };
  });
}
