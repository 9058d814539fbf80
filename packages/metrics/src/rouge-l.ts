import { rougeLScorer } from "#count-ngrams";
import { checkPairs } from "./check-captions";
import { mean } from "./mean";
import { captionNgrams, imagesOf } from "./ngrams/caption-ngrams";

/** Result of {@link rougeL}. */
export interface RougeLResult {
  /** Mean over the images; ROUGE-L has no other corpus score. */
  rougeL: number;
  /** The score of each image, from 0 to 1, in the order given. */
  perImage: number[];
}

/**
 * ROUGE-L of one caption an image against several references, as coco-caption and aac-metrics compute it: with L the
 * longest common subsequence of words, P = max L / |candidate| and R = max L / |reference| (each maximum over the
 * references by itself), F = (1 + b²)PR / (R + b²P) with b = 1.2. Words are split at white space only.
 *
 * @param candidates The caption to judge, one an image; an empty one scores 0, as aac-metrics has it; pycocoevalcap gives 1 where the reference is empty, too.
 * @param references For each image its reference captions, at least one; one without words adds nothing.
 * @returns The mean and the score of each image.
 * @throws RsdixError `SHAPE_MISMATCH` when the two lists differ in length, `EMPTY_DATA` without images or with an image
 * without references, `INVALID_ARGUMENT` for anything that is not a string.
 * @example
 * ```ts
 * import { rougeL } from "@rsdix/metrics";
 * const { rougeL: score, perImage } = rougeL(["a pond is near a road ."], [["there is a pond beside the road ."]]);
 * console.log(score, perImage.length);
 * ```
 * @see Lin, "ROUGE: a package for automatic evaluation of summaries", 2004, https://aclanthology.org/W04-1013
 */
export function rougeL(candidates: readonly string[], references: readonly (readonly string[])[]): RougeLResult {
  checkPairs(candidates, references);
  const ngrams = captionNgrams(candidates, references);
  const perImage = imagesOf(ngrams).map(rougeLScorer(ngrams));
  return { rougeL: mean(perImage), perImage };
}
