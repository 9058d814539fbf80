import { type BleuCounts, MAX_ORDER, nearer } from "../bleu-formula";
import { type CaptionNgrams, wordsIn } from "./caption-ngrams";

/** Counts what BLEU is made of, of any image, and adds it to `total`. */
export function bleuCounter(ngrams: CaptionNgrams, total: BleuCounts): (image: number) => BleuCounts {
  const { first, starts, counts, matches } = ngrams;
  // Loops are functions of their own: most sets are read once, and short functions are compiled soon, while long ones keep others waiting.
  const clip = (at: number, correct: number[], guess: number[]) => {
    for (let k = 0; k < MAX_ORDER; k++) {
      const from = starts[at + k]!;
      const to = starts[at + k + 1]!;
      let clipped = 0;
      for (let i = from; i < to; i++) clipped += Math.min(counts[i]!, matches[i]!);
      correct[k] = clipped;
      guess[k] = to - from;
      total.correct[k]! += clipped;
      total.guess[k]! += to - from;
    }
  };
  const closest = (length: number, from: number, to: number): number => {
    let best = wordsIn(ngrams, from);
    for (let reference = from + 1; reference < to; reference++) best = nearer(length, best, wordsIn(ngrams, reference));
    return best;
  };

  return (image) => {
    const candidate = first[image]!;
    const correct = [0, 0, 0, 0];
    const guess = [0, 0, 0, 0];
    clip(candidate * MAX_ORDER, correct, guess);
    const candidateLength = guess[0]!;
    const referenceLength = closest(candidateLength, candidate + 1, first[image + 1]!);
    total.candidateLength += candidateLength;
    total.referenceLength += referenceLength;
    return { correct, guess, candidateLength, referenceLength };
  };
}
