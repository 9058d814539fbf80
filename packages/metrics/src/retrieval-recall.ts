import { checkOptions, checkRange, fail } from "@rsdix/internal";
import { checkOwners } from "./check-owners";
import { cosine, type Embeddings, readEmbeddings } from "./embeddings";

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

/** Captions compared with all images before the next ones are: a tile of them stays in the processor's cache. */
const TILE = 64;

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
 * import { retrievalRecall } from "@rsdix/metrics";
 * const images = new Float32Array([1, 0, 0, 1]);
 * const texts = new Float32Array([0.9, 0.1, 0.2, 0.8, 0.7, 0.3]);
 * const { imageToText, textToImage, meanRecall } = retrievalRecall(images, texts, [0, 1, 1], { dim: 2, ks: [1] });
 * console.log(imageToText[1], textToImage[1], meanRecall);
 * ```
 */
export function retrievalRecall(
  imageEmbeddings: ArrayLike<number>,
  textEmbeddings: ArrayLike<number>,
  textOwner: ArrayLike<number>,
  options: RetrievalRecallOptions,
): RetrievalRecall {
  checkOptions(options, ["dim", "ks", "tieTolerance"], "retrievalRecall");
  const { dim, ks = [1, 5, 10], tieTolerance = 1e-6 } = options ?? fail("INVALID_ARGUMENT", "retrievalRecall needs { dim }.");
  checkRange(tieTolerance, "tieTolerance", { min: 0 });
  const images = readEmbeddings(imageEmbeddings, dim, "imageEmbeddings");
  const texts = readEmbeddings(textEmbeddings, dim, "textEmbeddings");
  checkOwners(textOwner, images.rows, texts.rows, { name: "textOwner", item: "text" });
  if (!Array.isArray(ks) || ks.length === 0) fail("INVALID_ARGUMENT", "ks must be a list of at least one depth, for example [1, 5, 10].");
  for (const k of ks) checkRange(k, `Each of ks (there are ${images.rows} images)`, { min: 1, max: images.rows, integer: true });

  const { ofImages, ofTexts } = ranks(images, texts, textOwner, tieTolerance);
  const recalls = (counts: Uint32Array) => Object.fromEntries(ks.map((k) => [k, share(counts, k)]));
  const imageToText: Record<number, number> = recalls(ofImages);
  const textToImage: Record<number, number> = recalls(ofTexts);
  const all = ks.flatMap((k) => [imageToText[k]!, textToImage[k]!]);
  return { imageToText, textToImage, meanRecall: all.reduce((sum, recall) => sum + recall, 0) / all.length };
}

/** For each image the foreign texts, and for each text the foreign images, that are as near as the own one or nearer. */
function ranks(images: Embeddings, texts: Embeddings, owner: ArrayLike<number>, tolerance: number) {
  const own = new Float64Array(texts.rows);
  const bestOwn = new Float64Array(images.rows).fill(Number.NEGATIVE_INFINITY);
  for (let t = 0; t < texts.rows; t++) {
    const i = owner[t]!;
    own[t] = cosine(images, i, texts, t);
    bestOwn[i] = Math.max(bestOwn[i]!, own[t]!);
  }

  const ofImages = new Uint32Array(images.rows);
  const ofTexts = new Uint32Array(texts.rows);
  for (let start = 0; start < texts.rows; start += TILE) {
    const end = Math.min(texts.rows, start + TILE);
    for (let i = 0; i < images.rows; i++) {
      for (let t = start; t < end; t++) {
        if (owner[t] === i) continue;
        const similarity = cosine(images, i, texts, t) + tolerance;
        if (similarity >= bestOwn[i]!) ofImages[i]!++;
        if (similarity >= own[t]!) ofTexts[t]!++;
      }
    }
  }
  return { ofImages, ofTexts };
}

function share(betterOrEqual: Uint32Array, k: number): number {
  let hits = 0;
  for (const count of betterOrEqual) if (count < k) hits++;
  return hits / betterOrEqual.length;
}
