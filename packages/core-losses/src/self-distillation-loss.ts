import { checkOptions, fail } from "@rsdix/internal";
import * as tf from "@tensorflow/tfjs-core";
import { checkEmbeddings, toScalar } from "./checks";
import { DISTILLATION_SCALE_INIT } from "./constants";
import type { DistillationLossOptions } from "./distillation-loss";
import { distillationTerm } from "./distillation-term";
import { lossesOfSimilarities } from "./losses-of-similarities";
import { planOf, type TileOption } from "./plan";
import { bothDirections, type Reduced, type Reduction, reducer } from "./reduction";
import { TEACHER_TARGET_OPTIONS, type Teacher, type TeacherTargetOptions, teacherOf } from "./teacher-targets";

/** Embeddings of a batch by student and teacher; their widths may differ, their rows belong together. */
export interface SelfDistillationInputs {
  /** The student's image embeddings [M, d], float32, rows of unit length. */
  image: tf.Tensor2D;
  /** The student's text embeddings [N, d], float32, rows of unit length; row i belongs to image i. */
  text: tf.Tensor2D;
  /** The teacher's image embeddings [M, e], float32, rows of unit length. */
  teacherImage: tf.Tensor2D;
  /** The teacher's text embeddings [N, e], float32, rows of unit length. */
  teacherText: tf.Tensor2D;
  /** Embeddings of the captions by a sentence model [max(M, N), f], rows of unit length: its similarities of texts replace the teacher's. */
  teacherSentence?: tf.Tensor2D | undefined;
}

/** Options of `selfDistillationLoss`: the targets' and the loss's. */
export interface SelfDistillationOptions<R extends Reduction = Reduction>
  extends TeacherTargetOptions,
    DistillationLossOptions<R>,
    TileOption {}

/**
 * Self-distillation of RSDiX: `distillationLoss` of the student's similarities towards the `teacherTargets` of the teacher's
 * embeddings, in both directions. Differentiable in `image`, `text` and `logitScale` (first order); the teacher gets no
 * gradient. With a tile Sinkhorn is matrix-free: its potentials are found by passes over strips of the kernel, each computed again
 * from the embeddings, and the soft labels exist a strip at a time.
 *
 * @param inputs - embeddings by student and teacher
 * @param options - Sinkhorn's options, the coefficients, the logit scale, how to reduce, and tiles
 * @returns the loss: a scalar, or [max(M, N)] with `reduction: "none"`, as of `distillationLoss`
 * @throws RsdixError SHAPE_MISMATCH when the shapes do not fit together, INVALID_ARGUMENT for a wrong dtype or value (on cpu, wasm and
 * native also for what is not finite, and a teacher's rows that are not of unit length), UNKNOWN_OPTION for an option it does not have
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
export function selfDistillationLoss<R extends Reduction = "mean">(
  inputs: SelfDistillationInputs,
  options: SelfDistillationOptions<R> = {},
): Reduced<R> {
  const given = checkOptions(options, [...TEACHER_TARGET_OPTIONS, "logitScale", "reduction", "tile"], "selfDistillationLoss");
  const { logitScale = DISTILLATION_SCALE_INIT, tile, reduction = "mean" as R, ...targetOptions } = given;
  const reduce = reducer(reduction);
  const teacher = checkSelfDistillation(inputs, targetOptions, "selfDistillationLoss's inputs");
  const { image, text } = inputs;
  const [m, n] = [image.shape[0], text.shape[0]];
  const plan = planOf(tile, m, n);
  return tf.tidy(() => {
    const term = distillationTerm(m, n, toScalar(logitScale, "logitScale"), teacher, plan);
    const losses = lossesOfSimilarities(image, text, term, plan, plan.kept > 1);
    return reduce(bothDirections(losses, m, n));
  });
}

/** The teacher, once the embeddings are found to belong to one batch. */
export function checkSelfDistillation(inputs: SelfDistillationInputs, options: TeacherTargetOptions, where: string): Teacher {
  const known = ["image", "text", "teacherImage", "teacherText", "teacherSentence"];
  const { image, text, teacherImage, teacherText, teacherSentence } = checkOptions(inputs, known, where);
  checkEmbeddings(image, text);
  const embeddings = { image: teacherImage, text: teacherText, sentence: teacherSentence };
  const teacher = teacherOf(embeddings, options, ["teacherImage", "teacherText", "teacherSentence"]);
  for (const [student, taught, name, teacherName] of [
    [image, teacherImage, "image", "teacherImage"],
    [text, teacherText, "text", "teacherText"],
  ] as const) {
    if (student.shape[0] !== taught.shape[0]) {
      fail("SHAPE_MISMATCH", `${name} and ${teacherName} must have as many rows, got ${student.shape[0]} and ${taught.shape[0]}.`);
    }
  }
  return teacher;
}
