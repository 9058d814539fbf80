import { checkOptions, checkRange, fail } from "@rsdix/internal";
import * as tf from "@tensorflow/tfjs-core";
import { checkEmbeddings } from "./checks";
import { SINKHORN_ITERATIONS, SINKHORN_LAMBDA } from "./constants";
import { withoutGradient } from "./custom-gradient";
import { checkSinkhornRange, sinkhornOfLogKernel } from "./sinkhorn";

/** Subtracted from a sample's similarity with itself by `removeDiagonal`, as in RSDiX: far below any cosine. */
const DIAGONAL_PENALTY = 100;

/** The names of `TeacherTargetOptions`, for losses that pass them on. */
export const TEACHER_TARGET_OPTIONS = ["lambda", "iterations", "imageCoefficient", "textCoefficient", "removeDiagonal"] as const;

/** Embeddings of a batch by the teacher. */
export interface TeacherEmbeddings {
  /** Image embeddings [N, d], float32, rows of unit length. */
  image: tf.Tensor2D;
  /** Text embeddings [N, d], float32, rows of unit length; row i belongs to image i. */
  text: tf.Tensor2D;
}

/** How teacher similarities become soft labels. */
export interface TeacherTargetOptions {
  /** Entropic regularisation of Sinkhorn, at least 1e-4; smaller is sharper. Default 0.1. */
  lambda?: number;
  /** Sinkhorn iterations. Default 4. */
  iterations?: number;
  /** Weight of the image-image similarities. Default 1. */
  imageCoefficient?: number;
  /** Weight of the text-text similarities. Default 1. */
  textCoefficient?: number;
  /** Whether to take a sample's similarity with itself out of the image-image and text-text similarities. Default false. */
  removeDiagonal?: boolean;
}

/** Soft labels of a batch; each row of each is a probability distribution. */
export interface DistillationTargets {
  /** How much image i (row) goes with text j (column) [N, N]. */
  image: tf.Tensor2D;
  /** How much text i (row) goes with image j (column) [N, N]. */
  text: tf.Tensor2D;
}

/**
 * Soft labels for self-distillation: Sinkhorn on the costs `C_image = -(a·ii + b·tt + it)` and `C_text = C_imageᵀ`, where
 * `ii`, `tt` and `it` are the teacher's image-image, text-text and image-text similarities. No gradient flows through it.
 *
 * @param teacher - the teacher's embeddings
 * @param options - Sinkhorn's options, the coefficients a and b, and whether to remove the diagonals of `ii` and `tt`
 * @returns targets of both directions, [N, N] each; dispose them when done
 * @throws RsdixError SHAPE_MISMATCH when the shapes differ, INVALID_ARGUMENT for a wrong dtype or value,
 * UNKNOWN_OPTION for an option it does not have
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
  checkOptions(teacher, ["image", "text"], "teacherTargets");
  checkOptions(options, TEACHER_TARGET_OPTIONS, "teacherTargets");
  const { lambda = SINKHORN_LAMBDA, iterations = SINKHORN_ITERATIONS } = options;
  const { imageCoefficient = 1, textCoefficient = 1, removeDiagonal = false } = options;
  const { image, text } = teacher;
  checkEmbeddings(image, text);
  checkSinkhornRange(lambda, iterations);
  checkRange(imageCoefficient, "imageCoefficient", {});
  checkRange(textCoefficient, "textCoefficient", {});
  if (typeof removeDiagonal !== "boolean") {
    fail("INVALID_ARGUMENT", `removeDiagonal must be true or false, got ${String(removeDiagonal)}.`);
  }
  return tf.tidy(() => {
    const logKernel = withoutGradient(() => {
      const similarities = summedSimilarities(image, text, imageCoefficient, textCoefficient);
      const penalty = removeDiagonal ? DIAGONAL_PENALTY * (imageCoefficient + textCoefficient) : 0;
      const kept = penalty ? tf.sub(similarities, tf.mul(tf.eye(image.shape[0]), penalty)) : similarities;
      return tf.div<tf.Tensor2D>(kept, lambda);
    });
    const transposed = withoutGradient(() => tf.transpose(logKernel));
    return {
      image: withoutGradient(() => sinkhornOfLogKernel(logKernel, transposed, iterations)),
      text: withoutGradient(() => sinkhornOfLogKernel(transposed, logKernel, iterations)),
    };
  });
}

/** a·ii + b·tt + it in one product of width 2d: `[I, b·T] · [a·I + T, T]ᵀ`, since a·ii + it = I (a·I + T)ᵀ. */
function summedSimilarities(image: tf.Tensor2D, text: tf.Tensor2D, a: number, b: number): tf.Tensor2D {
  const left = tf.concat2d([image, tf.mul(text, b)], 1);
  const right = tf.concat2d([tf.add(tf.mul(image, a), text), text], 1);
  return tf.matMul(left, tf.transpose(right));
}
