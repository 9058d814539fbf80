import { checkOptions, checkRange } from "@rsdix/internal";
import * as tf from "@tensorflow/tfjs-core";
import { checkEmbeddings, checkSentence, checkUnitRows, isFlag } from "./checks";
import { SINKHORN_ITERATIONS, SINKHORN_LAMBDA } from "./constants";
import { withoutGradient } from "./custom-gradient";
import { normalised, type Scaling, scalingFor } from "./scaling";
import { checkSinkhornRange } from "./sinkhorn";
import { columnPotentials, kernelStrips, rowPotentials } from "./sinkhorn-passes";
import { type KernelOptions, kernelFactors, logKernel } from "./teacher-kernel";

/** The names of `TeacherTargetOptions`, for losses that pass them on. */
export const TEACHER_TARGET_OPTIONS = ["lambda", "iterations", "imageCoefficient", "textCoefficient", "removeDiagonal"] as const;

/** Weights beyond it would bring the kernel, divided by the smallest lambda, near the end of float32. */
const COEFFICIENT_RANGE = { min: -1e30, max: 1e30 };

/** Embeddings of a batch by the teacher. */
export interface TeacherEmbeddings {
  /** Image embeddings [M, e], float32, rows of unit length. */
  image: tf.Tensor2D;
  /** Text embeddings [N, e], float32, rows of unit length; row i belongs to image i. */
  text: tf.Tensor2D;
  /** Embeddings of the captions by a sentence model [max(M, N), f], rows of unit length: their similarities take the place of `tt`. */
  sentence?: tf.Tensor2D | undefined;
}

/** How teacher similarities become soft labels. */
export interface TeacherTargetOptions {
  /** Entropic regularisation of Sinkhorn, at least 1e-4; smaller is sharper. Default 0.1. */
  lambda?: number | undefined;
  /** Sinkhorn iterations. Default 4. */
  iterations?: number | undefined;
  /** Weight of the image-image similarities, within ±1e30. Default 1. */
  imageCoefficient?: number | undefined;
  /** Weight of the text-text similarities, within ±1e30. Default 1. */
  textCoefficient?: number | undefined;
  /** Whether to take a sample's similarity with itself out of the image-image and text-text similarities. Default false. */
  removeDiagonal?: boolean | undefined;
}

/** Soft labels of a batch; each row of each is a probability distribution. */
export interface DistillationTargets {
  /** How much image i (row) goes with text j (column) [M, N]. */
  image: tf.Tensor2D;
  /** How much text i (row) goes with image j (column) [N, M]. */
  text: tf.Tensor2D;
}

/**
 * Soft labels for self-distillation: Sinkhorn on the costs `C_image = -(a·ii + b·tt + it)` and `C_text = C_imageᵀ`, where
 * `ii`, `tt` and `it` are the teacher's image-image, text-text and image-text similarities. Where there are more texts than images, or
 * fewer, the partner that is there stands in for the one that is missing. No gradient flows through it.
 *
 * @param teacher - the teacher's embeddings
 * @param options - Sinkhorn's options, the coefficients a and b, and whether to remove the diagonals of `ii` and `tt`
 * @returns targets of both directions, [M, N] and [N, M]; dispose them when done
 * @throws RsdixError SHAPE_MISMATCH when the shapes differ, INVALID_ARGUMENT for a wrong dtype or value (on cpu, wasm and native also rows
 * that are not of unit length), UNKNOWN_OPTION for an option it does not have
 * @example
 * ```ts
 * import "@tensorflow/tfjs";
 * import * as tf from "@tensorflow/tfjs-core";
 * import { teacherTargets } from "@rsdix/core-losses";
 *
 * const image = tf.tensor2d([[1, 0], [0.8, 0.6]]);
 * const text = tf.tensor2d([[1, 0], [0, 1]]);
 * const targets = teacherTargets({ image, text }, { lambda: 0.1 });
 * targets.image.print();
 * targets.text.print();
 * ```
 * @see https://arxiv.org/abs/2112.09445 section 3
 */
export function teacherTargets(teacher: TeacherEmbeddings, options: TeacherTargetOptions = {}): DistillationTargets {
  const names = ["image", "text", "sentence"] as const;
  const given = checkOptions(teacher, names, "teacherTargets's teacher");
  checkOptions(options, TEACHER_TARGET_OPTIONS, "teacherTargets");
  const { embeddings, kernel: kernelOptions, scaling, iterations } = teacherOf(given, options, names);
  const [m, n] = [teacher.image.shape[0], teacher.text.shape[0]];
  return tf.tidy(() => {
    let textTargets: tf.Tensor2D | undefined;
    const image = withoutGradient(() => {
      const logKernelOf = logKernel(kernelFactors(embeddings), { start: 0, size: n }, kernelOptions);
      const kernel = kernelStrips([{ start: 0, size: m }], logKernelOf, scaling, true);
      const potentials = columnPotentials(kernel, scaling, n, iterations);
      const form = kernel.at(0);
      const [u, w] = rowPotentials(scaling, form, potentials) as [tf.Tensor2D, tf.Tensor2D];
      const weight = scaling.done(scaling.columns(form.strip, [w])[0]!);
      // An operation has one result: the other leaves it kept, and belongs to the caller's scope as a clone.
      textTargets = tf.keep(normalised(tf.transpose(scaling.targets(form.strip, w, tf.neg(weight)))));
      return normalised(scaling.targets(form.strip, u, potentials[0]));
    });
    const text = withoutGradient(() => tf.clone(textTargets!));
    textTargets!.dispose();
    return { image, text };
  });
}

/** What the soft labels are made of. */
export interface Teacher {
  readonly embeddings: TeacherEmbeddings;
  readonly kernel: KernelOptions;
  readonly scaling: Scaling;
  readonly iterations: number;
}

/** The teacher as the losses take it, checked; `names` are those of its embeddings in messages. */
export function teacherOf(embeddings: TeacherEmbeddings, options: TeacherTargetOptions, names: readonly [string, string, string]): Teacher {
  const { lambda = SINKHORN_LAMBDA, iterations = SINKHORN_ITERATIONS } = options;
  const { imageCoefficient = 1, textCoefficient = 1, removeDiagonal = false } = options;
  const { image, text, sentence } = embeddings;
  checkEmbeddings(image, text, names[0], names[1]);
  checkUnitRows(image, names[0]);
  checkUnitRows(text, names[1]);
  if (sentence !== undefined) checkSentence(sentence, image, text, names[2]);
  checkSinkhornRange(lambda, iterations);
  checkRange(imageCoefficient, "imageCoefficient", COEFFICIENT_RANGE);
  checkRange(textCoefficient, "textCoefficient", COEFFICIENT_RANGE);
  // Cosines lie in [-1, 1], give or take what float16 left of unit length. A removed diagonal widens the range beyond any exponential.
  const removes = isFlag(removeDiagonal, "removeDiagonal") && imageCoefficient + textCoefficient !== 0;
  const range = removes ? Number.POSITIVE_INFINITY : (2.02 * (Math.abs(imageCoefficient) + Math.abs(textCoefficient) + 1)) / lambda;
  return {
    embeddings,
    kernel: { lambda, imageCoefficient, textCoefficient, removeDiagonal: removes },
    scaling: scalingFor(range),
    iterations,
  };
}
