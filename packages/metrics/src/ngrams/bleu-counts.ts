import { type BleuCounts, MAX_ORDER, nearer } from "../bleu-formula";
import type { CaptionNgrams } from "./caption-ngrams";
import { wordsIn } from "./number-ngrams";

/** Counts what BLEU is made of, of any image. */
export function bleuCounts(ngrams: CaptionNgrams): (image: number) => BleuCounts {
  const { first, starts, counts, matches } = ngrams;
  // Loops are functions of their own: most sets are read once, and short functions are compiled soon, while long ones keep others waiting.
  const clip = (at: number, sums: number[]) => {
    for (let k = 0; k < MAX_ORDER; k++) {
      const from = starts[at + k]!;
      const to = starts[at + k + 1]!;
      let clipped = 0;
      for (let i = from; i < to; i++) clipped += Math.min(counts[i]!, matches[i]!);
      sums[k] = clipped;
      sums[k + MAX_ORDER] = to - from;
    }
  };
  const closest = (length: number, from: number, to: number): number => {
    let best = wordsIn(ngrams, from);
    for (let reference = from + 1; reference < to; reference++) best = nearer(length, best, wordsIn(ngrams, reference));
    return best;
  };

  return (image) => {
    const candidate = first[image]!;
    const sums: number[] = [];
    clip(candidate * MAX_ORDER, sums);
    sums[2 * MAX_ORDER] = closest(sums[MAX_ORDER]!, candidate + 1, first[image + 1]!);
    return sums;
  };
}
