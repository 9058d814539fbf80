import { MAX_ORDER } from "../bleu-formula";
import type { CaptionNgrams } from "./caption-ngrams";
import { longestCommon } from "./longest-common";
import { wordsIn } from "./number-ngrams";

/** How much more recall weighs than precision: the value that coco-caption fixed. */
export const BETA = 1.2;

/** Scores an image after the other by ROUGE-L. */
export function rougeLScorer(ngrams: CaptionNgrams): (image: number) => number {
  const { first, starts } = ngrams;
  const common = longestCommon(ngrams);
  return (image) => {
    const candidate = first[image]!;
    const from = starts[candidate * MAX_ORDER]!;
    const length = wordsIn(ngrams, candidate);
    let precision = 0;
    let recall = 0;
    for (let reference = candidate + 1; reference < first[image + 1]!; reference++) {
      const other = starts[reference * MAX_ORDER]!;
      const words = wordsIn(ngrams, reference);
      const shared = common(from, from + length, other, other + words);
      if (shared === 0) continue; // also where a side has no words, and the ratio would be 0 / 0
      precision = Math.max(precision, shared / length);
      recall = Math.max(recall, shared / words);
    }
    return precision === 0 ? 0 : ((1 + BETA ** 2) * precision * recall) / (recall + BETA ** 2 * precision);
  };
}
