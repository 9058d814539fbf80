import { checkOptions, checkRange, fail } from "@rsdix/internal";
import { checkOwners } from "../check-owners";
import { readEmbeddings } from "../embeddings";
import { checkProgressOptions, type ProgressOptions, pacer } from "../progress";
import { cosineTiles, TILE_OPTIONS, type TileOptions } from "./cosine-tiles";
import { RecallCounter } from "./recall-counter";

/** Options of {@link retrievalRecall}. */
export interface RetrievalRecallOptions {
  /** Values an embedding. */
  dim: number;
  /** The depths to report, each from 1 to the number of images; 1, 5 and 10 when left out. */
  ks?: readonly number[];
  /** Cosines that differ by no more than this are a tie; 1e-6 when left out, 0 for exact comparison. */
  tieTolerance?: number;
}

/** Result of {@link retrievalRecall}. */
export interface RetrievalRecall {
  /** For each k, the share of images with a caption of their own among the k nearest captions. */
  imageToText: Record<number, number>;
  /** For each k, the share of captions whose image is among the k nearest images. */
  textToImage: Record<number, number>;
  /** Mean of all the recalls above, both directions. */
  meanRecall: number;
}

/** Options of {@link retrievalRecallAsync}. */
export interface RetrievalRecallAsyncOptions extends RetrievalRecallOptions, TileOptions, ProgressOptions {}

/**
 * Recall at k in both directions, by cosine similarity, for images that may have several captions each.
 *
 * - Image to text: an image is found at k when at least one of its own captions is among the k nearest captions, that is,
 *   when fewer than k captions of other images are as near as its nearest own caption.
 * - Text to image: a caption is found at k when fewer than k other images are as near to it as its own image.
 *
 * Ties count against the model, so embeddings that all look alike score 0 and not chance. This also holds for a caption
 * that is written word for word under two images: for either image the other's copy is a foreign caption just as near, and
 * stands before its own. The tolerance makes such copies tie even when they were embedded in different batches, where
 * float32 may differ in the last digits. The other way round, each copy is a query of its own and wants its own image.
 *
 * The similarity matrix is never held: memory is linear in images plus captions.
 *
 * @param imageEmbeddings Row-major [images, dim], normalised or not.
 * @param textEmbeddings Row-major [texts, dim], normalised or not.
 * @param textOwner For each text the row of its image, [texts]; every image owns at least one text.
 * @param options The width of an embedding, and what to report.
 * @returns Recalls from 0 to 1 for each k in both directions, and their mean.
 * @throws RsdixError `SHAPE_MISMATCH` when lengths do not fit `dim` or each other, `EMPTY_DATA` without images or texts,
 * `INVALID_ARGUMENT` for an owner that is no image, an image without texts or a `k` out of range, `NOT_A_NUMBER` for a value
 * that is not finite, `UNKNOWN_OPTION`.
 * @example
 * ```ts
 * import { retrievalRecall } from "@rsdix/metrics/retrieval";
 * const images = new Float32Array([1, 0, 0, 1]);
 * const texts = new Float32Array([0.9, 0.1, 0.2, 0.8, 0.7, 0.3]);
 * const { imageToText, textToImage, meanRecall } = retrievalRecall(images, texts, [0, 1, 1], { dim: 2, ks: [1] });
 * console.log(imageToText[1], textToImage[1], meanRecall);
 * ```
 * @see Hodosh, Young and Hockenmaier, "Framing image description as a ranking task: data, models and evaluation metrics", 2013,
 * https://doi.org/10.1613/jair.3994
 */
export function retrievalRecall(
  imageEmbeddings: ArrayLike<number>,
  textEmbeddings: ArrayLike<number>,
  textOwner: ArrayLike<number>,
  options: RetrievalRecallOptions,
): RetrievalRecall {
  const task = readRecall(imageEmbeddings, textEmbeddings, textOwner, options, [], "retrievalRecall");
  const { counter, tiles } = task;
  for (const [image, imageEnd, text, textEnd] of tilesOf(task)) {
    counter.add(tiles.compute(image, imageEnd, text, textEnd) as Float32Array, image, imageEnd, text, textEnd);
  }
  return recallsOf(task);
}

/**
 * `retrievalRecall` for many: the same numbers, without keeping a page from what else it does. Products can be computed elsewhere, as
 * on a graphics processor by TensorFlow.js; whichever way they are made, and rounded, the result is the same to the last digit, since
 * what is close is computed again in double precision.
 *
 * Memory is linear in images plus captions, and a tile.
 *
 * @param imageEmbeddings Row-major [images, dim], normalised or not.
 * @param textEmbeddings Row-major [texts, dim], normalised or not.
 * @param textOwner For each text the row of its image, [texts]; every image owns at least one text.
 * @param options Those of `retrievalRecall`; `tile` (256, or 2048 with `multiply`), `multiply`, `productError`; `onProgress` (counts
 * similarities) and `signal`.
 * @returns Recalls from 0 to 1 for each k in both directions, and their mean.
 * @throws RsdixError as `retrievalRecall` does; `SHAPE_MISMATCH`, `NOT_A_NUMBER` and `INVALID_ARGUMENT` for products that are too few, no
 * numbers or wrong; `ABORTED`. What `multiply` throws comes through as it is.
 * @example
 * ```ts
 * import "@tensorflow/tfjs";
 * import * as tf from "@tensorflow/tfjs-core";
 * import { type Multiply, retrievalRecallAsync } from "@rsdix/metrics/retrieval";
 * const multiply: Multiply = async (a, b, { rows, columns, dim }) => {
 *   const product = tf.tidy(() => tf.matMul(tf.tensor2d(a, [rows, dim]), tf.tensor2d(b, [columns, dim]), false, true));
 *   const values = await product.data<"float32">();
 *   product.dispose();
 *   return values;
 * };
 * const images = new Float32Array([1, 0, 0, 1]);
 * const texts = new Float32Array([0.9, 0.1, 0.2, 0.8, 0.7, 0.3]);
 * const { meanRecall } = await retrievalRecallAsync(images, texts, [0, 1, 1], { dim: 2, ks: [1], multiply });
 * console.log(meanRecall);
 * ```
 * @see Hodosh, Young and Hockenmaier, "Framing image description as a ranking task: data, models and evaluation metrics", 2013,
 * https://doi.org/10.1613/jair.3994
 */
export async function retrievalRecallAsync(
  imageEmbeddings: ArrayLike<number>,
  textEmbeddings: ArrayLike<number>,
  textOwner: ArrayLike<number>,
  options: RetrievalRecallAsyncOptions,
): Promise<RetrievalRecall> {
  const known = [...TILE_OPTIONS, "onProgress", "signal"];
  const task = readRecall(imageEmbeddings, textEmbeddings, textOwner, options, known, "retrievalRecallAsync");
  const { counter, tiles, images, texts } = task;
  const pace = pacer(options, "retrievalRecallAsync", images.rows * texts.rows);
  let done = 0;
  await pace(done);
  for (const [image, imageEnd, text, textEnd] of tilesOf(task)) {
    counter.add(await tiles.compute(image, imageEnd, text, textEnd), image, imageEnd, text, textEnd);
    done += (imageEnd - image) * (textEnd - text);
    await pace(done);
  }
  return recallsOf(task);
}

type RecallTask = ReturnType<typeof readRecall>;

function readRecall(
  imageEmbeddings: ArrayLike<number>,
  textEmbeddings: ArrayLike<number>,
  textOwner: ArrayLike<number>,
  options: RetrievalRecallAsyncOptions,
  known: readonly string[],
  where: string,
) {
  const given = checkOptions(options, ["dim", "ks", "tieTolerance", ...known], where);
  const { dim, ks = [1, 5, 10], tieTolerance = 1e-6 } = given;
  checkRange(tieTolerance, "tieTolerance", { min: 0 });
  checkProgressOptions(given);
  const images = readEmbeddings(imageEmbeddings, dim, "imageEmbeddings");
  const texts = readEmbeddings(textEmbeddings, dim, "textEmbeddings");
  checkOwners(textOwner, images.rows, texts.rows, { name: "textOwner", item: "text" });
  if (!Array.isArray(ks) || ks.length === 0) fail("INVALID_ARGUMENT", "ks must be a list of at least one depth, for example [1, 5, 10].");
  if (given.ks === undefined && images.rows < 10)
    fail(
      "INVALID_ARGUMENT",
      `ks is [1, 5, 10] unless told otherwise, and there are ${images.rows} images: give ks, each at most ${images.rows}.`,
    );
  for (const k of ks) checkRange(k, `Each of ks (there are ${images.rows} images)`, { min: 1, max: images.rows, integer: true });
  const tiles = cosineTiles(images, texts, given);
  const counter = new RecallCounter(images, texts, textOwner, tieTolerance, tiles.error);
  return { images, texts, ks, tiles, counter };
}

/** The tiles of the matrix, as [first image, last + 1, first text, last + 1]: texts outside, so that each is normalised once. */
function* tilesOf({ images, texts, tiles: { tile } }: RecallTask): Generator<[number, number, number, number]> {
  for (let text = 0; text < texts.rows; text += tile) {
    for (let image = 0; image < images.rows; image += tile) {
      yield [image, Math.min(images.rows, image + tile), text, Math.min(texts.rows, text + tile)];
    }
  }
}

function recallsOf({ ks, counter }: RecallTask): RetrievalRecall {
  const recalls = (counts: Uint32Array) => Object.fromEntries(ks.map((k) => [k, share(counts, k)]));
  const imageToText: Record<number, number> = recalls(counter.ofImages);
  const textToImage: Record<number, number> = recalls(counter.ofTexts);
  const all = ks.flatMap((k) => [imageToText[k]!, textToImage[k]!]);
  return { imageToText, textToImage, meanRecall: all.reduce((sum, recall) => sum + recall, 0) / all.length };
}

function share(betterOrEqual: Uint32Array, k: number): number {
  let hits = 0;
  for (const count of betterOrEqual) if (count < k) hits++;
  return hits / betterOrEqual.length;
}
