import { checkOptions, checkRange, fail, show } from "@rsdix/internal";
import { type Embeddings, readEmbeddings } from "../embeddings";
import { checkProgressOptions, type ProgressOptions, pacer } from "../progress";
import { Gram, inner } from "./gram";

/** What {@link similarityMSE} compares: row k of each is image k, its caption, and the same caption. */
export interface SimilarityMSEInputs {
  /** Image embeddings of the model, row-major [n, dim], normalised or not. */
  readonly image: ArrayLike<number>;
  /** Embeddings of one caption an image by the model, row-major [n, dim], normalised or not. */
  readonly text: ArrayLike<number>;
  /** Embeddings of the same captions by a sentence encoder, row-major [n, sentenceDim], normalised or not. */
  readonly sentence: ArrayLike<number>;
}

/** Options of {@link similarityMSE}. */
export interface SimilarityMSEOptions extends ProgressOptions {
  /** Values an embedding of `image` and `text`. */
  readonly dim: number;
  /** Score batches of this many rows, each by itself, as training does; all rows together when left out. */
  readonly batchSize?: number | undefined;
  /** Whether a last batch that is not full is left out, as training does; true when left out, and only with `batchSize`. */
  readonly dropLast?: boolean | undefined;
}

/** Result of {@link similarityMSE}. */
export interface SimilarityMSEResult {
  /** The mean of the three parts, from 0 to 4; lower is better. */
  similarityMSE: number;
  /** Image-image cosines against the sentences'. */
  imageImage: number;
  /** Image-text cosines against the sentences'. */
  imageText: number;
  /** Text-text cosines against the sentences'. */
  textText: number;
  /** How many rows were scored: fewer than there are where a last batch was left out. */
  rows: number;
}

/**
 * SBS-MSE over a data set: how far the cosines among a model's images and texts are from those that a sentence encoder gives the
 * captions. With II, IT and TT the matrices of cosines among all images, of images with texts and among all texts, and S that among the
 * captions by the sentence encoder, it is the mean of the mean squared differences of II, IT and TT from S, diagonals included.
 *
 * Over the whole set the value is exact and depends on no order. No matrix of n x n is made: the sum of squares of A·Aᵀ − S·Sᵀ follows
 * from Aᵀ·A, Aᵀ·S and Sᵀ·S, so time is linear in n, and memory that of the embeddings.
 *
 * RSDiX logs the mean over batches of 512 (`batchSize: 512`), weighted by size, a last one that is not full being dropped. In a batch the
 * diagonal weighs more, so that value depends on the batch size and on the order.
 *
 * The sentence encoder of published values is all-MiniLM-L6-v2.
 *
 * @param inputs The embeddings; any width for `sentence`.
 * @param options `dim`; `batchSize`, `dropLast` (true); `onProgress` (counts rows) and `signal`.
 * @returns The value, its three parts, and how many rows it is of.
 * @throws RsdixError `SHAPE_MISMATCH` when lengths do not fit `dim` or each other, `EMPTY_DATA` without rows or with fewer than a batch,
 * `INVALID_ARGUMENT` for what is no array or `dropLast` without `batchSize`, `NOT_A_NUMBER` for a value that is not finite, `ABORTED`,
 * `UNKNOWN_OPTION`.
 * @example
 * ```ts
 * import { similarityMSE } from "@rsdix/metrics/retrieval";
 * const inputs = { image: [1, 0, 0, 1], text: [0.8, 0.6, 0, 1], sentence: [1, 0, 0, 0.6, 0.8, 0] };
 * const { similarityMSE: value, imageText } = await similarityMSE(inputs, { dim: 2 });
 * console.log(value, imageText);
 * ```
 * @see Reimers and Gurevych, "Sentence-BERT: sentence embeddings using siamese BERT-networks", 2019, https://arxiv.org/abs/1908.10084
 */
export async function similarityMSE(inputs: SimilarityMSEInputs, options: SimilarityMSEOptions): Promise<SimilarityMSEResult> {
  const { image, text, sentence } = checkOptions(inputs, ["image", "text", "sentence"], "similarityMSE's inputs");
  const given = checkOptions(options, ["dim", "batchSize", "dropLast", "onProgress", "signal"], "similarityMSE");
  const { dim, batchSize, dropLast = true } = given;
  checkProgressOptions(given);
  if (batchSize !== undefined) checkRange(batchSize, "batchSize", { min: 1, integer: true });
  if (typeof dropLast !== "boolean") fail("INVALID_ARGUMENT", `dropLast must be true or false, got ${show(dropLast)}.`);
  if (batchSize === undefined && given.dropLast !== undefined)
    fail("INVALID_ARGUMENT", "dropLast needs a batchSize: without one there is no last batch.");
  const images = readEmbeddings(image, dim, "image");
  const texts = readEmbeddings(text, dim, "text");
  const n = images.rows;
  if (texts.rows !== n) fail("SHAPE_MISMATCH", `There must be one text an image, got ${n} images and ${texts.rows} texts.`);
  const sentenceDim = (sentence?.length ?? 0) / n;
  if (sentenceDim !== 0 && !Number.isInteger(sentenceDim)) {
    fail("SHAPE_MISMATCH", `sentence must be an embedding for each of ${n} captions, got ${sentence.length} values.`);
  }
  const sentences = readEmbeddings(sentence, sentenceDim || dim, "sentence");

  const size = batchSize ?? n;
  const end = dropLast ? n - (n % size) : n;
  if (end === 0) {
    fail("EMPTY_DATA", `There are ${n} rows, fewer than a batch of ${size}: give a smaller batchSize, dropLast: false, or leave both out.`);
  }
  const pace = pacer(given, "similarityMSE", end);
  await pace(0);
  const sums = [0, 0, 0]; // of parts, each batch's weighted by its rows
  for (let start = 0; start < end; start += size) {
    const rows = Math.min(size, end - start);
    const parts = await partsOf([images, texts, sentences], start, start + rows, pace);
    parts.forEach((part, p) => {
      sums[p]! += part * rows;
    });
  }
  const [imageImage, imageText, textText] = sums.map((sum) => sum / end) as [number, number, number];
  return { similarityMSE: (imageImage + imageText + textText) / 3, imageImage, imageText, textText, rows: end };
}

/** Rows between two looks at the clock. */
const STEP = 32;

/**
 * The three parts over some rows. |A·Bᵀ − S·Sᵀ|² = ⟨Aᵀ·A, Bᵀ·B⟩ − 2⟨Aᵀ·S, Bᵀ·S⟩ + |Sᵀ·S|², all entries of a matrix of n x n without
 * the matrix.
 */
async function partsOf(
  [images, texts, sentences]: [Embeddings, Embeddings, Embeddings],
  start: number,
  end: number,
  pace: (done: number) => Promise<void>,
): Promise<number[]> {
  const ii = new Gram(images, images);
  const tt = new Gram(texts, texts);
  const ss = new Gram(sentences, sentences);
  const is = new Gram(images, sentences);
  const ts = new Gram(texts, sentences);
  for (let row = start; row < end; row += STEP) {
    const stop = Math.min(row + STEP, end);
    for (const gram of [ii, tt, ss, is, ts]) gram.add(row, stop);
    await pace(stop);
  }
  const pairs = (end - start) ** 2;
  const target = inner(ss.values, ss.values);
  const part = (a: Gram, b: Gram, as: Gram, bs: Gram) => {
    const squares = inner(a.values, b.values) - 2 * inner(as.values, bs.values) + target;
    return Math.max(0, squares / pairs); // rounding may leave a little less than nothing
  };
  return [part(ii, ii, is, is), part(ii, tt, is, ts), part(tt, tt, ts, ts)];
}
