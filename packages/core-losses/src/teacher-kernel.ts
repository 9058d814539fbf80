import * as tf from "@tensorflow/tfjs-core";
import { agreement, chained, timesTransposed } from "./products";
import { rowsOf, type Span } from "./spans";
import type { TeacherEmbeddings } from "./teacher-targets";

/** Subtracted from a sample's similarity with itself by `removeDiagonal`, as in RSDiX: far below any cosine. */
const DIAGONAL_PENALTY = 100;

/** What the similarities of the teacher are weighted and divided by. */
export interface KernelOptions {
  readonly lambda: number;
  readonly imageCoefficient: number;
  readonly textCoefficient: number;
  readonly removeDiagonal: boolean;
}

/** Two matrices whose rows' products are the similarities a·ii + b·tt + it. */
export interface KernelFactors {
  readonly left: readonly [tf.Tensor2D, tf.Tensor2D];
  readonly right: readonly [tf.Tensor2D, tf.Tensor2D, tf.Tensor2D];
}

/**
 * a·ii + b·tt + it = I · (a·I + T)ᵀ + b·T · Tᵀ, one product of width 2d for M x N pairs. Where there are more texts than images,
 * or fewer, the embedding of a missing partner is stood in for by the one that is there; both lie in one space. With a sentence
 * model its similarities stand for tt.
 */
export function kernelFactors({ image, text, sentence }: TeacherEmbeddings): KernelFactors {
  const [m, n] = [image.shape[0], text.shape[0]];
  const first = (matrix: tf.Tensor2D, size: number) => rowsOf(matrix, { start: 0, size });
  const extended = (own: tf.Tensor2D, other: tf.Tensor2D) => {
    const missing = other.shape[0] - own.shape[0];
    if (missing <= 0) return first(own, other.shape[0]);
    return tf.concat2d([own, tf.slice2d(other, [own.shape[0], 0], [missing, other.shape[1]])], 0);
  };
  const images = extended(image, text); // [N, e]
  const texts = extended(text, image); // [M, e]
  if (sentence) return { left: [image, first(sentence, m)], right: [images, text, first(sentence, n)] };
  return { left: [image, texts], right: [images, text, text] };
}

/** Rows of the log kernel K / λ [rows, columns], for a block of columns and then many spans of rows. */
export function logKernel(factors: KernelFactors, columns: Span, options: KernelOptions): (rows: Span) => tf.Tensor2D {
  const { lambda, imageCoefficient: a, textCoefficient: b, removeDiagonal } = options;
  const [images, texts, second] = factors.right.map((matrix) => rowsOf(matrix, columns)) as [tf.Tensor2D, tf.Tensor2D, tf.Tensor2D];
  const right = tf.tidy(() => tf.concat2d([tf.add(tf.mul(images, a), texts), second], 1)); // [columns, e + f]
  const times = timesTransposed(right, true);
  return (rows) => {
    const [image, other] = factors.left.map((matrix) => rowsOf(matrix, rows)) as [tf.Tensor2D, tf.Tensor2D];
    const kernel = chained(tf.concat2d([tf.mul(image, 1 / lambda), tf.mul(other, b / lambda)], 1), times);
    if (!removeDiagonal) return kernel;
    const numbers = ({ start, size }: Span) => tf.range(start, start + size, 1, "float32");
    const diagonal = agreement(tf.reshape(numbers(rows), [rows.size, 1]), tf.reshape(numbers(columns), [1, columns.size]));
    return tf.sub(kernel, tf.mul(diagonal, (DIAGONAL_PENALTY * (a + b)) / lambda));
  };
}
