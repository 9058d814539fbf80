import { checkOptions } from "@rsdix/internal";
import * as tf from "@tensorflow/tfjs-core";
import { toScalar } from "./checks";
import { withGradient } from "./custom-gradient";
import { type Reduced, type Reduction, reduce } from "./reduction";
import { similarity } from "./similarity";

/** Options of `sigmoidLoss`. */
export interface SigmoidLossOptions<R extends Reduction = Reduction> {
  /** t', the natural logarithm of the factor on the similarities: the caller's learnable scalar, or a number. */
  logitScale: tf.Tensor | number;
  /** b, added to every logit: the caller's learnable scalar, or a number. */
  logitBias: tf.Tensor | number;
  /** "mean" over the N images (default), "sum", or "none" for one loss an image [N]. */
  reduction?: R;
}

/**
 * The sigmoid loss of SigLIP: each of the N² pairs is a yes-or-no question. Logits `exp(t') · I Tᵀ + b`, labels +1 on the
 * diagonal and -1 elsewhere; the mean over images of the sum over texts of `-log sigmoid(label · logit)`. Differentiable in
 * `image`, `text`, `logitScale` and `logitBias`; first-order gradients only.
 *
 * @param image - image embeddings [N, d], float32, rows of unit length
 * @param text - text embeddings [N, d], float32, rows of unit length; row i belongs to image i
 * @param options - scale t', bias b, and how to reduce
 * @returns the loss: a scalar, or [N] with `reduction: "none"`
 * @throws RsdixError SHAPE_MISMATCH when the shapes differ, INVALID_ARGUMENT for a wrong dtype, scale, bias or reduction,
 * UNKNOWN_OPTION for an option it does not have
 * @example
 * ```ts
 * import "@tensorflow/tfjs";
 * import * as tf from "@tensorflow/tfjs-core";
 * import { SIGMOID_LOGIT_BIAS_INIT, SIGMOID_LOGIT_SCALE_INIT, sigmoidLoss } from "@rsdix/core-losses";
 *
 * const image = tf.tensor2d([[1, 0], [0, 1]]);
 * const text = tf.tensor2d([[0.8, 0.6], [0.6, 0.8]]);
 * sigmoidLoss(image, text, { logitScale: SIGMOID_LOGIT_SCALE_INIT, logitBias: SIGMOID_LOGIT_BIAS_INIT }).print();
 * ```
 * @see https://arxiv.org/abs/2303.15343 algorithm 1
 */
export function sigmoidLoss<R extends Reduction = "mean">(
  image: tf.Tensor2D,
  text: tf.Tensor2D,
  options: SigmoidLossOptions<R>,
): Reduced<R> {
  checkOptions(options, ["logitScale", "logitBias", "reduction"], "sigmoidLoss");
  return tf.tidy(() => {
    const logitScale = toScalar(options?.logitScale, "logitScale");
    const logitBias = toScalar(options?.logitBias, "logitBias");
    const losses = sigmoidLossOfSimilarity(similarity(image, text), logitScale, logitBias);
    return reduce(losses, (options.reduction ?? "mean") as R);
  });
}

/** One loss an image [N] from similarities [N, N]. */
function sigmoidLossOfSimilarity(similarities: tf.Tensor2D, logitScale: tf.Scalar, logitBias: tf.Scalar): tf.Tensor1D {
  return withGradient<tf.Tensor1D>([similarities, logitScale, logitBias], (save) => {
    save([similarities, logitScale, logitBias]);
    const negated = negatedLogits(similarities, logitScale, logitBias).negated;
    // -log sigmoid(x) = softplus(-x), as max(-x, 0) + log1p(exp(-|x|)), which cannot overflow.
    const softplus = tf.add(tf.relu(negated), tf.log1p(tf.exp(tf.neg(tf.abs(negated)))));
    return { value: tf.sum<tf.Tensor1D>(softplus, 1), gradFunc: sigmoidLossGradient };
  });
}

/** d/dlogit of -log sigmoid(label · logit) is -label · sigmoid(-label · logit). */
function sigmoidLossGradient(dy: tf.Tensor1D, saved: tf.Tensor[]): tf.Tensor[] {
  const [similarities, logitScale, logitBias] = saved as [tf.Tensor2D, tf.Scalar, tf.Scalar];
  const { negatedLabels, negated } = negatedLogits(similarities, logitScale, logitBias);
  const weight = tf.reshape(dy, [dy.shape[0], 1]);
  const dLogits = tf.mul<tf.Tensor2D>(tf.mul(tf.sigmoid(negated), negatedLabels), weight);
  const dSimilarities = tf.mul(dLogits, tf.exp(logitScale));
  return [dSimilarities, tf.sum(tf.mul(dSimilarities, similarities)), tf.sum(dLogits)];
}

/** -label and -label · logit [N, N]: the signs that value and gradient want. */
function negatedLogits(similarities: tf.Tensor2D, logitScale: tf.Scalar, logitBias: tf.Scalar) {
  const negatedLabels = tf.sub<tf.Tensor2D>(1, tf.mul(tf.eye(similarities.shape[0]), 2));
  const logits = tf.add(tf.mul(similarities, tf.exp(logitScale)), logitBias);
  return { negatedLabels, negated: tf.mul<tf.Tensor2D>(logits, negatedLabels) };
}
