import { checkOptions, fail } from "@rsdix/internal";
import * as tf from "@tensorflow/tfjs-core";
import { checkEmbeddings, checkEntries, checkMatrix, isFlag, toLogitScale, toScalar } from "./checks";
import { lossesOfSimilarities } from "./losses-of-similarities";
import { planOf, type TileOption } from "./plan";
import { type Reduced, type Reduction, reducer } from "./reduction";
import { sigmoidTerm } from "./sigmoid-term";

/** Options of `sigmoidLoss`. */
export interface SigmoidLossOptions<R extends Reduction = Reduction> extends TileOption {
  /** t', the natural logarithm of the factor on the similarities: the caller's learnable scalar, or a number; from -50 to 80. */
  logitScale: tf.Tensor | number;
  /** b, added to every logit: the caller's learnable scalar, or a number. */
  logitBias: tf.Tensor | number;
  /** Soft labels [M, N] in [0, 1], float32: how much image i goes with text j. Absent: 1 on the diagonal, 0 elsewhere. No gradient. */
  labels?: tf.Tensor2D | undefined;
  /** With `labels`: `-log sigmoid(label · logit)`, as the original's distillation with sigmoids. Default false: binary cross-entropy. */
  reference?: boolean | undefined;
  /** "mean" over the images (default), "sum", or "none" for one loss an image [M]. */
  reduction?: R | undefined;
}

/**
 * The sigmoid loss of SigLIP: each of the M · N pairs is a yes-or-no question. Logits `z = exp(t') · I Tᵀ + b`; the mean over images of
 * the sum over texts of `-log sigmoid(z)` on the diagonal and `-log sigmoid(-z)` elsewhere; with soft labels y, of the binary
 * cross-entropy `softplus(z) - y · z`. Differentiable in `image`, `text`, `logitScale` and `logitBias`; first-order gradients only.
 *
 * @param image - image embeddings [M, d], float32, rows of unit length
 * @param text - text embeddings [N, d], float32, rows of unit length; row i belongs to image i while there are both
 * @param options - scale t', bias b, labels, how to reduce, and tiles
 * @returns the loss: a scalar, or [M] with `reduction: "none"`
 * @throws RsdixError SHAPE_MISMATCH when the shapes do not fit together, INVALID_ARGUMENT for a wrong dtype or value (on cpu, wasm and
 * native also what is not finite, and labels beyond [0, 1]), UNKNOWN_OPTION for an option it does not have
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
  const known = ["logitScale", "logitBias", "labels", "reference", "reduction", "tile"];
  const { logitScale, logitBias, labels, reference = false, tile, reduction = "mean" as R } = checkOptions(options, known, "sigmoidLoss");
  checkEmbeddings(image, text);
  const [m, n] = [image.shape[0], text.shape[0]];
  const reduce = reducer(reduction);
  if (labels !== undefined) {
    checkMatrix(labels, "labels", "[M, N]", [m, n]);
    checkEntries(labels, "labels", "in [0, 1]", (value) => value >= 0 && value <= 1);
  }
  if (isFlag(reference, "reference") && !labels) {
    fail("INVALID_ARGUMENT", "reference says what becomes of `labels`, and does nothing without; leave it out.");
  }
  const plan = planOf(tile, m, n);
  return tf.tidy(() => {
    const [scale, bias] = [toLogitScale(logitScale), toScalar(logitBias, "logitBias")];
    const term = sigmoidTerm(m, n, scale, bias, labels && { values: labels, product: reference });
    return reduce(lossesOfSimilarities(image, text, term, plan, plan.kept > 0));
  });
}
