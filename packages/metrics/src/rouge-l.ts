import { checkPairs } from "./check-captions";
import { splitWords } from "./words";

/** Result of {@link rougeL}. */
export interface RougeLResult {
  /** Mean over the images; ROUGE-L has no other corpus score. */
  rougeL: number;
  /** The score of each image, from 0 to 1, in the order given. */
  perImage: number[];
}

/** How much more recall weighs than precision: the value that coco-caption fixed. */
const BETA = 1.2;

/**
 * ROUGE-L of one caption an image against several references, as coco-caption and aac-metrics compute it: with L the
 * longest common subsequence of words, P = max L / |candidate| and R = max L / |reference| (each maximum over the
 * references by itself), F = (1 + b²)PR / (R + b²P) with b = 1.2. Words are split at white space only.
 *
 * @param candidates The caption to judge, one an image; an empty one scores 0.
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
  const perImage = candidates.map((candidate, i) => scoreOf(splitWords(candidate), references[i]!.map(splitWords)));
  return { rougeL: perImage.reduce((sum, score) => sum + score, 0) / perImage.length, perImage };
}

function scoreOf(candidate: string[], references: string[][]): number {
  let precision = 0;
  let recall = 0;
  for (const reference of references) {
    const common = longestCommonSubsequence(candidate, reference);
    if (common === 0) continue; // also where a side has no words, and the ratio would be 0 / 0
    precision = Math.max(precision, common / candidate.length);
    recall = Math.max(recall, common / reference.length);
  }
  return precision === 0 ? 0 : ((1 + BETA ** 2) * precision * recall) / (recall + BETA ** 2 * precision);
}

/** Length of the longest common subsequence, keeping one row of the table. */
function longestCommonSubsequence(a: readonly string[], b: readonly string[]): number {
  const row = new Uint32Array(b.length + 1);
  for (const word of a) {
    let diagonal = 0;
    for (let j = 1; j <= b.length; j++) {
      const above = row[j]!;
      row[j] = word === b[j - 1] ? diagonal + 1 : Math.max(above, row[j - 1]!);
      diagonal = above;
    }
  }
  return row[b.length]!;
}
