import { checkOptions } from "@rsdix/internal";
import * as tf from "@tensorflow/tfjs-core";
import { toScalar } from "./checks";
import { withGradient } from "./custom-gradient";
import { type Reduced, type Reduction, reduce } from "./reduction";
import { rowLogSoftmax } from "./row-softmax";
import { similarity } from "./similarity";

/** Options of `infoNCE`. */
export interface InfoNCEOptions<R extends Reduction = Reduction> {
  /** Natural logarithm of the factor on the similarities: the caller's learnable scalar, or a number to hold it fixed. */
  logitScale: tf.Tensor | number;
  /** "mean" over the N pairs (default), "sum", or "none" for one loss a pair [N]. */
  reduction?: R;
}

/**
 * InfoNCE, the symmetric contrastive loss of CLIP: logits `exp(logitScale) · I Tᵀ`; the mean of the cross-entropies along
 * rows (image to text) and columns (text to image), whose targets are the diagonal. Differentiable in `image`, `text` and
 * `logitScale`; first-order gradients only.
 *
 * @param image - image embeddings [N, d], float32, rows of unit length
 * @param text - text embeddings [N, d], float32, rows of unit length; row i belongs to image i
 * @param options - the logit scale, and how to reduce
 * @returns the loss: a scalar, or [N] with `reduction: "none"`
 * @throws RsdixError SHAPE_MISMATCH when the shapes differ, INVALID_ARGUMENT for a wrong dtype, scale or reduction,
 * UNKNOWN_OPTION for an option it does not have
 * @example
 * ```ts
 * import "@tensorflow/tfjs";
 * import * as tf from "@tensorflow/tfjs-core";
 * import { infoNCE, LOGIT_SCALE_INIT } from "@rsdix/core-losses";
 *
 * const image = tf.tensor2d([[1, 0], [0, 1]]);
 * const text = tf.tensor2d([[0.8, 0.6], [0.6, 0.8]]);
 * const logitScale = tf.variable(tf.scalar(LOGIT_SCALE_INIT));
 * const { value, grads } = tf.variableGrads(() => infoNCE(image, text, { logitScale }));
 * value.print();
 * ```
 * @see https://arxiv.org/abs/2103.00020 figure 3
 */
export function infoNCE<R extends Reduction = "mean">(image: tf.Tensor2D, text: tf.Tensor2D, options: InfoNCEOptions<R>): Reduced<R> {
  checkOptions(options, ["logitScale", "reduction"], "infoNCE");
  return tf.tidy(() => {
    const logitScale = toScalar(options?.logitScale, "logitScale");
    return reduce(infoNCEOfSimilarity(similarity(image, text), logitScale), (options.reduction ?? "mean") as R);
  });
}

/** One loss a pair [N] from similarities [N, N], for losses that share the similarities. */
export function infoNCEOfSimilarity(similarities: tf.Tensor2D, logitScale: tf.Scalar): tf.Tensor1D {
  const n = similarities.shape[0];
  return withGradient<tf.Tensor1D>([similarities, logitScale], (save) => {
    save([similarities, logitScale]);
    const logits = tf.mul<tf.Tensor2D>(similarities, tf.exp(logitScale));
    const identity = tf.eye(n);
    const diagonal = (matrix: tf.Tensor2D) => tf.sum<tf.Tensor1D>(tf.mul(matrix, identity), 1);
    const imageToText = diagonal(rowLogSoftmax(logits));
    const textToImage = diagonal(rowLogSoftmax(tf.transpose(logits)));
    return { value: tf.mul(tf.add(imageToText, textToImage), -0.5), gradFunc: infoNCEGradient };
  });
}

/** With loss i weighted by dy_i: dlogits_ij = (dy_i · rowSoftmax_ij + dy_j · columnSoftmax_ij) / 2 - dy_i · [i = j]. */
function infoNCEGradient(dy: tf.Tensor1D, saved: tf.Tensor[]): tf.Tensor[] {
  const [similarities, logitScale] = saved as [tf.Tensor2D, tf.Scalar];
  const n = similarities.shape[0];
  const scale = tf.exp(logitScale);
  const logits = tf.mul<tf.Tensor2D>(similarities, scale);
  const weight = tf.reshape(dy, [n, 1]);
  const identity = tf.eye(n);
  const rows = tf.mul(tf.sub(tf.softmax(logits), identity), weight);
  const columns = tf.transpose(tf.mul(tf.sub(tf.softmax(tf.transpose(logits)), identity), weight));
  const dSimilarities = tf.mul(tf.add(rows, columns), tf.mul(scale, 0.5));
  // The scale is exp(logitScale), so d/dlogitScale = scale · d/dscale = sum(dS · S).
  return [dSimilarities, tf.sum(tf.mul(dSimilarities, similarities))];
}
