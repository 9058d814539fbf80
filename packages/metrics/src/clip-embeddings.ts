import { checkOptions, checkRange, fail } from "@rsdix/internal";
import { checkOwners } from "./check-owners";
import { CLIP_WEIGHT, clipScoreOfCosine, refClipScoreOf } from "./clip-formula";
import type { ClipScoreResult } from "./clip-score";
import { cosine, readEmbeddings } from "./embeddings";
import { mean } from "./mean";
import type { RefClipScoreResult } from "./ref-clip-score";

/** Options of {@link clipScoreOfEmbeddings}. */
export interface ClipEmbeddingsOptions {
  /** Values an embedding. */
  readonly dim: number;
  /** What the cosine is multiplied by; 2.5 when left out. */
  readonly weight?: number | undefined;
}

/**
 * CLIPScore of embeddings that are there already; see `clipScore`, whose prefix the captions' embeddings must have for numbers
 * that are comparable.
 *
 * @param candidates Embeddings of the captions to judge, row-major [images, dim], normalised or not.
 * @param images Embeddings of the images, row-major [images, dim], normalised or not.
 * @param options The width of an embedding, and the weight (2.5).
 * @returns The mean and the score of each image.
 * @throws RsdixError `SHAPE_MISMATCH` when lengths do not fit `dim` or each other, `EMPTY_DATA` without embeddings,
 * `INVALID_ARGUMENT` for what is no array or a weight that is not positive, `NOT_A_NUMBER` for a value that is not finite,
 * `UNKNOWN_OPTION`.
 * @example
 * ```ts
 * import { clipScoreOfEmbeddings } from "@rsdix/metrics";
 * console.log(clipScoreOfEmbeddings([1, 0, 0, 1], [0.8, 0.6, 0, -1], { dim: 2 }).perImage); // [2, 0]
 * ```
 * @see Hessel et al., "CLIPScore: a reference-free evaluation metric for image captioning", 2021, https://arxiv.org/abs/2104.08718
 */
export function clipScoreOfEmbeddings(
  candidates: ArrayLike<number>,
  images: ArrayLike<number>,
  options: ClipEmbeddingsOptions,
): ClipScoreResult {
  const { perImage } = pairs(candidates, images, options, "clipScoreOfEmbeddings");
  return { clipScore: mean(perImage), perImage };
}

/**
 * RefCLIPScore of embeddings that are there already; see `refClipScore`.
 *
 * @param candidates Embeddings of the captions to judge, row-major [images, dim], normalised or not.
 * @param references Embeddings of all references, row-major [references, dim], normalised or not.
 * @param referenceOwner For each reference the row of its image, [references]; every image owns at least one.
 * @param images Embeddings of the images, row-major [images, dim], normalised or not.
 * @param options The width of an embedding, and the weight (2.5).
 * @returns The mean, the score of each image, and its CLIPScore.
 * @throws RsdixError as `clipScoreOfEmbeddings` does, and `INVALID_ARGUMENT` for an owner that is no image or an image without
 * references.
 * @example
 * ```ts
 * import { refClipScoreOfEmbeddings } from "@rsdix/metrics";
 * const { perImage } = refClipScoreOfEmbeddings([1, 0], [0, 1, 0.6, 0.8], [0, 0], [0.8, 0.6], { dim: 2 });
 * console.log(perImage); // the harmonic mean of 2 and 0.6
 * ```
 * @see Hessel et al., "CLIPScore: a reference-free evaluation metric for image captioning", 2021, https://arxiv.org/abs/2104.08718
 */
export function refClipScoreOfEmbeddings(
  candidates: ArrayLike<number>,
  references: ArrayLike<number>,
  referenceOwner: ArrayLike<number>,
  images: ArrayLike<number>,
  options: ClipEmbeddingsOptions,
): RefClipScoreResult {
  const { rows, perImage: clipScores } = pairs(candidates, images, options, "refClipScoreOfEmbeddings");
  const readReferences = readEmbeddings(references, options.dim, "references");
  checkOwners(referenceOwner, rows.rows, readReferences.rows, { name: "referenceOwner", item: "reference" });
  const nearest = new Float64Array(rows.rows).fill(Number.NEGATIVE_INFINITY);
  for (let r = 0; r < readReferences.rows; r++) {
    const i = referenceOwner[r]!;
    nearest[i] = Math.max(nearest[i]!, cosine(rows, i, readReferences, r));
  }
  const perImage = clipScores.map((clip, i) => refClipScoreOf(clip, nearest[i]!));
  return { refClipScore: mean(perImage), perImage, clipScores };
}

function pairs(candidates: ArrayLike<number>, images: ArrayLike<number>, options: ClipEmbeddingsOptions, where: string) {
  const { dim, weight = CLIP_WEIGHT } = checkOptions(options, ["dim", "weight"], where);
  checkRange(weight, "weight", { min: Number.MIN_VALUE });
  const rows = readEmbeddings(candidates, dim, "candidates");
  const ofImages = readEmbeddings(images, dim, "images");
  if (rows.rows !== ofImages.rows) {
    fail("SHAPE_MISMATCH", `There must be one candidate an image, got ${rows.rows} candidates and ${ofImages.rows} images.`);
  }
  const perImage = Array.from({ length: rows.rows }, (_, i) => clipScoreOfCosine(cosine(ofImages, i, rows, i), weight));
  return { rows, perImage };
}
