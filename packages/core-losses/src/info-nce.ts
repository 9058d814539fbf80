import { checkOptions, fail, show } from "@rsdix/internal";
import * as tf from "@tensorflow/tfjs-core";
import { checkEmbeddings, toLogitScale } from "./checks";
import { infoNCETerm } from "./info-nce-term";
import { lossesOfSimilarities } from "./losses-of-similarities";
import { planOf, type TileOption } from "./plan";
import { type Reduced, type Reduction, reducer } from "./reduction";
import { rowsOf } from "./spans";

/** Options of `infoNCE`. */
export interface InfoNCEOptions<R extends Reduction = Reduction> extends TileOption {
  /** Natural logarithm of the factor on the similarities: the caller's learnable scalar, or a number to hold it fixed; from -50 to 80. */
  logitScale: tf.Tensor | number;
  /** Share ε of the target that is spread over all rows or columns alike, in [0, 1). Default 0. */
  labelSmoothing?: number | undefined;
  /** "mean" over the pairs (default), "sum", or "none" for one loss a pair. */
  reduction?: R | undefined;
}

/**
 * InfoNCE, the symmetric contrastive loss of CLIP: logits `L = exp(logitScale) · I Tᵀ`; half the sum of the cross-entropies along
 * rows (image to text) and columns (text to image), whose targets are the diagonal. With M images and N texts the first
 * P = min(M, N) of both are the pairs, and the others are negatives only. Differentiable in `image`, `text` and `logitScale`;
 * first-order gradients only.
 *
 * @param image - image embeddings [M, d], float32, rows of unit length
 * @param text - text embeddings [N, d], float32, rows of unit length; row i belongs to image i
 * @param options - the logit scale, label smoothing, how to reduce, and tiles
 * @returns the loss: a scalar, or [P] with `reduction: "none"`
 * @throws RsdixError SHAPE_MISMATCH when the widths differ, INVALID_ARGUMENT for a wrong dtype or value (on cpu, wasm and native
 * also one that is not finite), UNKNOWN_OPTION for an option it does not have
 * @example
 * ```ts
 * import "@tensorflow/tfjs";
 * import * as tf from "@tensorflow/tfjs-core";
 * import { infoNCE, LOGIT_SCALE_INIT } from "@rsdix/core-losses";
 *
 * const image = tf.tensor2d([[1, 0], [0, 1]]);
 * const text = tf.tensor2d([[0.8, 0.6], [0.6, 0.8]]);
 * const logitScale = tf.variable(tf.scalar(LOGIT_SCALE_INIT));
 * const { value, grads } = tf.variableGrads(() => infoNCE(image, text, { logitScale, tile: "auto" }));
 * value.print();
 * ```
 * @see https://arxiv.org/abs/2103.00020 figure 3
 */
export function infoNCE<R extends Reduction = "mean">(image: tf.Tensor2D, text: tf.Tensor2D, options: InfoNCEOptions<R>): Reduced<R> {
  const known = ["logitScale", "labelSmoothing", "reduction", "tile"];
  const { logitScale, labelSmoothing = 0, tile, reduction = "mean" as R } = checkOptions(options, known, "infoNCE");
  checkEmbeddings(image, text);
  checkSmoothing(labelSmoothing);
  const reduce = reducer(reduction);
  const [m, n] = [image.shape[0], text.shape[0]];
  const plan = planOf(tile, m, n);
  return tf.tidy(() => {
    const scale = toLogitScale(logitScale);
    const losses = lossesOfSimilarities(image, text, infoNCETerm(m, n, scale), plan, plan.kept > 0);
    return reduce(smoothed(halfOfBoth(losses), image, text, scale, labelSmoothing));
  });
}

/** Throws unless ε is in [0, 1). */
export function checkSmoothing(labelSmoothing: number): void {
  if (!(Number.isFinite(labelSmoothing) && labelSmoothing >= 0 && labelSmoothing < 1))
    fail("INVALID_ARGUMENT", `labelSmoothing must be in [0, 1), got ${show(labelSmoothing)}.`);
}

/**
 * Losses of pairs [P] with smoothed labels. A target of (1 - ε) · its pair + ε / N adds ε (L_ii - mean_j L_ij) to the loss of a row, and
 * what that needs of L is linear in the embeddings: s · I_i (T_i - mean T).
 */
export function smoothed(losses: tf.Tensor1D, image: tf.Tensor2D, text: tf.Tensor2D, logScale: tf.Scalar, smoothing: number): tf.Tensor1D {
  if (smoothing === 0) return losses;
  const beyondMean = (own: tf.Tensor2D, other: tf.Tensor2D) => {
    const pairs = { start: 0, size: losses.size };
    return tf.sum(tf.mul(rowsOf(own, pairs), tf.sub(rowsOf(other, pairs), tf.mean(other, 0))), 1);
  };
  const both = tf.add(beyondMean(image, text), beyondMean(text, image));
  return tf.add(losses, tf.mul(both, tf.mul(tf.exp(logScale), smoothing / 2)));
}

/** (row + column) / 2 of losses [2P]. */
export function halfOfBoth(losses: tf.Tensor1D): tf.Tensor1D {
  return tf.mean(tf.reshape(losses, [2, -1]), 0);
}
