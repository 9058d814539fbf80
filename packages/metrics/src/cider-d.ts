import { fail } from "@rsdix/internal";
import { ciderDScorer } from "#count-ngrams";
import { checkPairs } from "./check-captions";
import { mean } from "./mean";
import { captionNgrams, imagesOf } from "./ngrams/caption-ngrams";

/** Result of {@link ciderD}. */
export interface CiderDResult {
  /** Mean over the images; CIDEr-D has no other corpus score. */
  ciderD: number;
  /** The score of each image, from 0 to 10, in the order given. */
  perImage: number[];
}

/**
 * CIDEr-D of one caption an image against several references, as coco-caption and aac-metrics compute it. A caption is a vector of
 * its n-grams for each n from 1 to 4, with weights g(w) = count * ln(images / images whose references have w); with c the candidate
 * and r a reference the score is 10 times the mean over n and r of
 * sum min(c, r) r / (|c| |r|) * exp(-(l(c) - l(r))² / (2 * 6²)), where l is the number of pairs of words. Words are split at white
 * space only.
 *
 * The score of an image depends on the others through the weights, so that it means something only among the images it was
 * computed with, and neither parts of a set nor two sets can be averaged.
 *
 * @param candidates The caption to judge, one an image; an empty one scores 0.
 * @param references For each image its reference captions, at least one.
 * @returns The mean and the score of each image, from 0 to 10.
 * @throws RsdixError `SHAPE_MISMATCH` when the two lists differ in length, `EMPTY_DATA` without images or with an image
 * without references, `INVALID_ARGUMENT` for anything that is not a string, and for a single image.
 * @example
 * ```ts
 * import { ciderD } from "@rsdix/metrics";
 * const { ciderD: score, perImage } = ciderD(
 *   ["a pond is near a road .", "many planes are parked ."],
 *   [["there is a pond beside the road ."], ["many planes are parked near a terminal ."]],
 * );
 * console.log(score, perImage.length);
 * ```
 * @see Vedantam et al., "CIDEr: consensus-based image description evaluation", CVPR 2015, https://arxiv.org/abs/1411.5726
 */
export function ciderD(candidates: readonly string[], references: readonly (readonly string[])[]): CiderDResult {
  checkPairs(candidates, references);
  if (candidates.length === 1) fail("INVALID_ARGUMENT", ONE_IMAGE);
  const ngrams = captionNgrams(candidates, references);
  const perImage = imagesOf(ngrams).map(ciderDScorer(ngrams));
  return { ciderD: mean(perImage), perImage };
}

/** Why one image has no score. */
export const ONE_IMAGE = "CIDEr-D needs two images or more: of one, each n-gram is in all, and weighs nothing.";
