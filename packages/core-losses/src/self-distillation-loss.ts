import { checkOptions, fail } from "@rsdix/internal";
import * as tf from "@tensorflow/tfjs-core";
import { checkEmbeddings } from "./checks";
import { type DistillationLossOptions, distillationLoss } from "./distillation-loss";
import { similarity } from "./similarity";
import { TEACHER_TARGET_OPTIONS, type TeacherTargetOptions, teacherTargets } from "./teacher-targets";

/** Embeddings of a batch by student and teacher; their widths may differ, their rows belong together. */
export interface SelfDistillationInputs {
  /** The student's image embeddings [N, d], float32, rows of unit length. */
  image: tf.Tensor2D;
  /** The student's text embeddings [N, d], float32, rows of unit length; row i belongs to image i. */
  text: tf.Tensor2D;
  /** The teacher's image embeddings [N, e], float32, rows of unit length. */
  teacherImage: tf.Tensor2D;
  /** The teacher's text embeddings [N, e], float32, rows of unit length. */
  teacherText: tf.Tensor2D;
}

/** Options of `selfDistillationLoss`: the targets' and the loss's. */
export interface SelfDistillationOptions extends TeacherTargetOptions, DistillationLossOptions {}

/**
 * Self-distillation of RSDiX: `distillationLoss` of the student's similarities towards the `teacherTargets` of the teacher's
 * embeddings, in both directions. Differentiable in `image`, `text` and `logitScale` (first order); the teacher gets no
 * gradient.
 *
 * @param inputs - embeddings by student and teacher
 * @param options - Sinkhorn's options, the coefficients, and the logit scale
 * @returns the loss, a scalar
 * @throws RsdixError SHAPE_MISMATCH when the shapes do not fit together, INVALID_ARGUMENT for a wrong dtype or value,
 * UNKNOWN_OPTION for an option it does not have
 * @example
 * ```ts
 * import "@tensorflow/tfjs";
 * import * as tf from "@tensorflow/tfjs-core";
 * import { selfDistillationLoss } from "@rsdix/core-losses";
 *
 * const image = tf.variable(tf.tensor2d([[1, 0], [0, 1]]));
 * const text = tf.variable(tf.tensor2d([[0.8, 0.6], [0.6, 0.8]]));
 * const teacherImage = tf.tensor2d([[1, 0], [0.6, 0.8]]);
 * const teacherText = tf.tensor2d([[0.8, 0.6], [0, 1]]);
 * const { value, grads } = tf.variableGrads(() =>
 *   selfDistillationLoss({ image, text, teacherImage, teacherText }, { lambda: 0.1, iterations: 4 }));
 * value.print();
 * ```
 * @see https://arxiv.org/abs/2112.09445
 */
export function selfDistillationLoss(inputs: SelfDistillationInputs, options: SelfDistillationOptions = {}): tf.Scalar {
  checkOptions(options, [...TEACHER_TARGET_OPTIONS, "logitScale"], "selfDistillationLoss");
  checkSelfDistillationInputs(inputs, "selfDistillationLoss");
  const { logitScale, ...targetOptions } = options;
  return tf.tidy(() => {
    const targets = teacherTargets({ image: inputs.teacherImage, text: inputs.teacherText }, targetOptions);
    return distillationLoss(similarity(inputs.image, inputs.text), targets, logitScale === undefined ? {} : { logitScale });
  });
}

/** Throws unless the four embeddings belong to one batch. */
export function checkSelfDistillationInputs(inputs: SelfDistillationInputs, where: string): void {
  checkOptions(inputs, ["image", "text", "teacherImage", "teacherText"], where);
  const { image, text, teacherImage, teacherText } = inputs;
  checkEmbeddings(image, text);
  checkEmbeddings(teacherImage, teacherText, "teacherImage", "teacherText");
  if (image.shape[0] !== teacherImage.shape[0]) {
    fail("SHAPE_MISMATCH", `image and teacherImage must have as many rows, got ${image.shape[0]} and ${teacherImage.shape[0]}.`);
  }
}
