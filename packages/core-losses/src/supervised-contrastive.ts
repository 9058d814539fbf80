import { checkOptions, fail } from "@rsdix/internal";
import * as tf from "@tensorflow/tfjs-core";
import { checkEmbeddings, checkEntries, checkShape, toLogitScale } from "./checks";
import { checkSmoothing } from "./info-nce";
import { lossesOfSimilarities } from "./losses-of-similarities";
import { planOf, type TileOption } from "./plan";
import { bothDirections, type Reduced, type Reduction, reducer } from "./reduction";
import { type Positives, supervisedContrastiveTerm } from "./supervised-contrastive-term";

/** Labels are compared as float32, which holds whole numbers up to here. */
const LABEL_MAX = 2 ** 24;

/** Options of `supervisedContrastive`; one of `labels` and `positives` is needed. */
export interface SupervisedContrastiveOptions<R extends Reduction = Reduction> extends TileOption {
  /** Natural logarithm of the factor on the similarities: the caller's learnable scalar, or a number; from -50 to 80. */
  logitScale: tf.Tensor | number;
  /** A whole number for each pair, int32 [N], or for images [M] and texts [N] apart, within ±2²⁴: pairs of equal labels are positives. */
  labels?: tf.Tensor1D | { image: tf.Tensor1D; text: tf.Tensor1D } | undefined;
  /** Or the positives themselves: [M, N] of 0 and 1, float32, int32 or bool. */
  positives?: tf.Tensor2D | undefined;
  /** Share ε of the target that is spread over all rows or columns alike, in [0, 1). Default 0. */
  labelSmoothing?: number | undefined;
  /** "mean" over what has a positive (default), "sum", or "none" for one loss a pair. */
  reduction?: R | undefined;
}

/**
 * Supervised contrastive loss between images and texts: InfoNCE with several positives a row. For row i with the positives P(i),
 * `-1/|P(i)| Σ_{p ∈ P(i)} log softmax_i(p)` of the logits `exp(logitScale) · I Tᵀ`, likewise for columns, and half the sum of both. Use it
 * where captions or images repeat: InfoNCE would push a near-identical caption away from its image as a false negative. Rows
 * and columns without a positive count for nothing. Differentiable in `image`, `text` and `logitScale`; first-order gradients only.
 *
 * @param image - image embeddings [M, d], float32, rows of unit length
 * @param text - text embeddings [N, d], float32, rows of unit length
 * @param options - the logit scale, labels or positives, label smoothing, how to reduce, and tiles
 * @returns the loss: a scalar, or [max(M, N)] with `reduction: "none"`, weighted so that its mean is the mean of both directions' means
 * over what has a positive
 * @throws RsdixError SHAPE_MISMATCH when the shapes do not fit together, INVALID_ARGUMENT for a wrong dtype or value (on cpu, wasm and
 * native also what is not finite, and positives that are not 0 or 1), UNKNOWN_OPTION for an option it does not have
 * @example
 * ```ts
 * import "@tensorflow/tfjs";
 * import * as tf from "@tensorflow/tfjs-core";
 * import { supervisedContrastive } from "@rsdix/core-losses";
 *
 * const image = tf.tensor2d([[1, 0], [0, 1], [0.6, 0.8]]);
 * const text = tf.tensor2d([[0.8, 0.6], [0, 1], [0, 1]]);
 * const labels = tf.tensor1d([7, 3, 3], "int32"); // the last two captions say the same
 * supervisedContrastive(image, text, { logitScale: 2, labels }).print();
 * ```
 * @see https://arxiv.org/abs/2004.11362 equation 2 (L_out)
 */
export function supervisedContrastive<R extends Reduction = "mean">(
  image: tf.Tensor2D,
  text: tf.Tensor2D,
  options: SupervisedContrastiveOptions<R>,
): Reduced<R> {
  const known = ["logitScale", "labels", "positives", "labelSmoothing", "reduction", "tile"];
  const given = checkOptions(options, known, "supervisedContrastive");
  const { logitScale, labelSmoothing = 0, tile, reduction = "mean" as R } = given;
  checkEmbeddings(image, text);
  checkSmoothing(labelSmoothing);
  const reduce = reducer(reduction);
  const [m, n] = [image.shape[0], text.shape[0]];
  const plan = planOf(tile, m, n);
  return tf.tidy(() => {
    const scale = toLogitScale(logitScale);
    const term = supervisedContrastiveTerm(m, n, scale, positivesOf(given, m, n), labelSmoothing);
    const losses = lossesOfSimilarities(image, text, term, plan, plan.kept > 0);
    return reduce(bothDirections(losses, m, n));
  });
}

function positivesOf({ labels, positives }: SupervisedContrastiveOptions, m: number, n: number): Positives {
  if ((labels === undefined) === (positives === undefined)) {
    fail("INVALID_ARGUMENT", `supervisedContrastive takes one of labels and positives, got ${labels !== undefined ? "both" : "neither"}.`);
  }
  if (positives !== undefined) {
    checkShape(positives, [m, n], "positives", "[M, N]");
    if (!["float32", "int32", "bool"].includes(positives.dtype)) {
      fail("INVALID_ARGUMENT", `positives must be float32, int32 or bool, got ${positives.dtype}; tf.cast it.`);
    }
    checkEntries(positives, "positives", "0 or 1", (value) => value === 0 || value === 1);
    return [positives];
  }
  const { image, text } =
    labels instanceof tf.Tensor
      ? { image: labels, text: labels }
      : checkOptions(labels, ["image", "text"], "supervisedContrastive's labels");
  const vector = (of: tf.Tensor1D, part: string, size: number, shape: [number, number]) => {
    const name = of === labels ? "labels" : `labels.${part}`;
    checkShape(of, [size], name, "[M] for images and [N] for texts");
    if (of.dtype !== "int32") fail("INVALID_ARGUMENT", `${name} must be int32, got ${of.dtype}.`);
    checkEntries(of, name, "within ±2^24", (value) => Math.abs(value) <= LABEL_MAX);
    return tf.reshape(tf.cast(of, "float32"), shape) as tf.Tensor2D;
  };
  return [vector(image, "image", m, [m, 1]), vector(text, "text", n, [1, n])];
}
