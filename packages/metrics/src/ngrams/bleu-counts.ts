import { type BleuCounts, closestLength, MAX_ORDER, ngramsIn } from "../bleu-formula";
import { type CaptionNgrams, wordsIn } from "./caption-ngrams";

/** Counts what BLEU is made of, image after image. */
export function bleuCounter(ngrams: CaptionNgrams): (image: number) => BleuCounts {
  const { first, starts, ids, size } = ngrams;
  // By number of n-gram, and 0 everywhere between two images.
  const most = new Int32Array(size);
  const counts = new Int32Array(size);

  const raise = (from: number, to: number) => {
    for (let i = from; i < to; i++) {
      const id = ids[i]!;
      const count = ++counts[id]!;
      if (count > most[id]!) most[id] = count;
    }
    for (let i = from; i < to; i++) counts[ids[i]!] = 0;
  };

  return (image) => {
    const candidate = first[image]!;
    const end = first[image + 1]!;
    const lengths: number[] = [];
    for (let reference = candidate + 1; reference < end; reference++) {
      raise(starts[reference * MAX_ORDER]!, starts[(reference + 1) * MAX_ORDER]!);
      lengths.push(wordsIn(ngrams, reference));
    }
    const candidateLength = wordsIn(ngrams, candidate);
    const correct = [0, 0, 0, 0];
    const guess = [0, 0, 0, 0];
    for (let k = 0; k < MAX_ORDER; k++) {
      guess[k] = ngramsIn(candidateLength, k + 1);
      // Each n-gram of the candidate uses up one of the reference's, which is min(count, most) in the end.
      for (let i = starts[candidate * MAX_ORDER + k]!; i < starts[candidate * MAX_ORDER + k + 1]!; i++) {
        const id = ids[i]!;
        if (most[id]! > 0) {
          most[id]!--;
          correct[k]!++;
        }
      }
    }
    for (let i = starts[candidate * MAX_ORDER]!; i < starts[end * MAX_ORDER]!; i++) most[ids[i]!] = 0;
    return { correct, guess, candidateLength, referenceLength: closestLength(candidateLength, lengths) };
  };
}
