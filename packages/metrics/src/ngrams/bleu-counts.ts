import { type BleuCounts, closestLength, MAX_ORDER, ngramsIn } from "../bleu-formula";
import { type CaptionNgrams, wordsIn } from "./caption-ngrams";

/** Counts what BLEU is made of, image after image. */
export function bleuCounter(ngrams: CaptionNgrams): (image: number) => BleuCounts {
  const { first, starts, ids, size } = ngrams;
  // Of each n-gram its place among the candidate's different ones, from 1; 0 for all others, and everywhere between two images.
  const places = new Uint32Array(size);
  let counts = new Uint32Array(0);
  let most = new Uint32Array(0);

  // Loops are functions of their own: short ones are compiled soon, and most sets are read once.
  /** Gives the candidate's n-grams their places; returns how many differ. */
  const place = (from: number, to: number): number => {
    if (to - from >= counts.length) {
      counts = new Uint32Array(2 * (to - from) + 1);
      most = new Uint32Array(counts.length);
    }
    let different = 0;
    for (let i = from; i < to; i++) if (places[ids[i]!] === 0) places[ids[i]!] = ++different;
    most.fill(0, 0, different + 1);
    return different;
  };
  const clear = (from: number, to: number) => {
    for (let i = from; i < to; i++) places[ids[i]!] = 0;
  };

  /** Counts a reference's n-grams that the candidate has, and keeps the most of each. */
  const count = (from: number, to: number, different: number) => {
    for (let i = from; i < to; i++) {
      const place = places[ids[i]!]!;
      if (place !== 0) counts[place]!++;
    }
    for (let place = 1; place <= different; place++) {
      if (counts[place]! > most[place]!) most[place] = counts[place]!;
      counts[place] = 0;
    }
  };

  /** How many of the candidate's n-grams one of the references has too: each uses up one, which is min(count, most) in the end. */
  const correctOf = (from: number, to: number): number => {
    let correct = 0;
    for (let i = from; i < to; i++) {
      const place = places[ids[i]!]!;
      if (most[place]! === 0) continue;
      most[place]!--;
      correct++;
    }
    return correct;
  };

  return (image) => {
    const candidate = first[image]!;
    const end = first[image + 1]!;
    const at = candidate * MAX_ORDER;
    const different = place(starts[at]!, starts[at + MAX_ORDER]!);
    const lengths: number[] = [];
    for (let reference = candidate + 1; reference < end; reference++) {
      count(starts[reference * MAX_ORDER]!, starts[(reference + 1) * MAX_ORDER]!, different);
      lengths.push(wordsIn(ngrams, reference));
    }
    const candidateLength = wordsIn(ngrams, candidate);
    const correct = [0, 0, 0, 0];
    const guess = [0, 0, 0, 0];
    for (let k = 0; k < MAX_ORDER; k++) {
      guess[k] = ngramsIn(candidateLength, k + 1);
      correct[k] = correctOf(starts[at + k]!, starts[at + k + 1]!);
    }
    clear(starts[at]!, starts[at + MAX_ORDER]!);
    return { correct, guess, candidateLength, referenceLength: closestLength(candidateLength, lengths) };
  };
}
