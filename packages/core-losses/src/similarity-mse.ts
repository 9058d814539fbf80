import { checkOptions, fail } from "@rsdix/internal";
import * as tf from "@tensorflow/tfjs-core";
import { checkEmbeddings, checkSentence, checkUnitRows, isFlag } from "./checks";
import { planOf, type TileOption } from "./plan";
import { type Reduced, type Reduction, reducer } from "./reduction";
import { padTo } from "./spans";
import { squaredDifferences } from "./squared-differences";

/** What `similarityMSE` compares. */
export interface SimilarityMSEInputs {
  /** Image embeddings [M, d], float32, rows of unit length. */
  image: tf.Tensor2D;
  /** Text embeddings [N, d], float32, rows of unit length. */
  text: tf.Tensor2D;
  /**
   * Embeddings of the captions by a sentence encoder [max(M, N), f], float32, rows of unit length: row k is the caption of
   * image k and of text k. No gradient.
   */
  sentence: tf.Tensor2D;
}

/** Options of `similarityMSE`. */
export interface SimilarityMSEOptions<R extends Reduction = Reduction> extends TileOption {
  /** "mean" (default), "sum" over the L = max(M, N) rows, or "none" for one loss a row [L]. */
  reduction?: R | undefined;
  /** With `reduction: "sum"` only: return the mean instead, as the original does. Default false. */
  reference?: boolean | undefined;
}

/** The parts of `similarityMSE`, and their mean. */
export interface SimilarityMSE<R extends Reduction = "mean"> {
  /** The mean of the three parts. */
  total: Reduced<R>;
  /** Image-image cosines against the sentences'. */
  imageImage: Reduced<R>;
  /** Image-text cosines against the sentences'. */
  imageText: Reduced<R>;
  /** Text-text cosines against the sentences'. */
  textText: Reduced<R>;
}

/**
 * SBS-MSE of RSDiX: how far the cosines among images and texts are from those that a sentence encoder (Sentence-BERT) gives
 * their captions. Each part is a mean squared difference, of `I Iᵀ` [M, M], `I Tᵀ` [M, N] and `T Tᵀ` [N, N] to the same block
 * of `S Sᵀ`; the total is the mean of the three, within [0, 4]. Differentiable in `image` and `text` (first order), each part
 * by itself too.
 *
 * Unreduced, row k of a part is its sum over columns times L / its number of entries, 0 where there is no row k: so the mean
 * of the L rows is the part. `reference: true` returns that mean for "sum" as well, as the original does.
 *
 * With a `tile` value and gradient are the same, and memory grows linearly: strips of the three matrices are computed again
 * for the gradient, unless "auto" has room to keep them.
 *
 * @param inputs - embeddings of images, texts, and captions by the sentence encoder
 * @param options - how to reduce, and the rows of a strip
 * @returns total and parts: scalars, or [max(M, N)] each with `reduction: "none"`
 * @throws RsdixError SHAPE_MISMATCH when the shapes do not fit together, INVALID_ARGUMENT for a wrong dtype or option and,
 * where tensors lie in host memory, for values that are not finite and rows that do not have unit length; UNKNOWN_OPTION for
 * an option it does not have
 * @example
 * ```ts
 * import "@tensorflow/tfjs";
 * import * as tf from "@tensorflow/tfjs-core";
 * import { similarityMSE } from "@rsdix/core-losses";
 *
 * const image = tf.variable(tf.tensor2d([[1, 0], [0, 1]]));
 * const text = tf.variable(tf.tensor2d([[0.8, 0.6], [0.6, 0.8]]));
 * const sentence = tf.tensor2d([[1, 0, 0], [0.6, 0, 0.8]]);
 * const { total, imageText } = similarityMSE({ image, text, sentence }, { tile: "auto" });
 * total.print();
 * imageText.print();
 * const { grads } = tf.variableGrads(() => similarityMSE({ image, text, sentence }).total);
 * ```
 * @see https://arxiv.org/abs/1908.10084 (Sentence-BERT)
 */
export function similarityMSE<R extends Reduction = "mean">(
  inputs: SimilarityMSEInputs,
  options: SimilarityMSEOptions<R> = {},
): SimilarityMSE<R> {
  const { image, text, sentence } = checkInputs(inputs);
  const { tile, ...how } = checkOptions(options, ["reduction", "tile", "reference"], "similarityMSE");
  const reduce = reducer(reductionOf(how));
  const size = sentence.shape[0];
  const plan = planOf(tile, size, size);
  return tf.tidy(() => {
    const [m, n] = [image.shape[0], text.shape[0]];
    const parts = tf.split<tf.Tensor1D>(squaredDifferences(image, text, sentence, plan), [m, m, n]).map((losses, part) => {
      const entries = losses.size * (part === 0 ? m : n);
      return padTo(tf.mul<tf.Tensor1D>(losses, size / entries), size);
    });
    const [imageImage, imageText, textText] = parts.map(reduce) as [Reduced<R>, Reduced<R>, Reduced<R>];
    const total = reduce(tf.div<tf.Tensor1D>(tf.addN(parts), 3));
    return { total, imageImage, imageText, textText };
  });
}

function checkInputs(inputs: SimilarityMSEInputs): SimilarityMSEInputs {
  const { image, text, sentence } = checkOptions(inputs, ["image", "text", "sentence"], "similarityMSE's inputs");
  checkEmbeddings(image, text);
  checkUnitRows(image, "image");
  checkUnitRows(text, "text");
  checkSentence(sentence, image, text, "sentence");
  return inputs;
}

function reductionOf<R extends Reduction>({ reduction, reference = false }: SimilarityMSEOptions<R>): R {
  if (!isFlag(reference, "reference")) return (reduction === undefined ? "mean" : reduction) as R;
  if (reduction !== "sum") {
    fail("INVALID_ARGUMENT", `reference changes nothing but reduction: "sum"; leave it out.`);
  }
  return "mean" as R; // the original's sum
}
