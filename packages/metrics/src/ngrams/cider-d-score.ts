import { MAX_ORDER } from "../bleu-formula";
import { type CaptionNgrams, wordsIn } from "./caption-ngrams";

/** How fast a difference in length costs, in pairs of words. */
const SIGMA = 6;
const SCALE = 10;

/** Scores an image after the other by CIDEr-D, with the references of all images as its document frequencies. */
export function ciderDScorer(ngrams: CaptionNgrams): (image: number) => number {
  const { first, starts, ids, size } = ngrams;
  const weights = inverseFrequencies(ngrams);
  // By number of n-gram, and 0 everywhere between two uses.
  const candidateWeight = new Float64Array(size);
  const counts = new Int32Array(size);

  /** Turns counts of an n-gram of the candidate into its weight; returns the length of the vector. */
  const weighCandidate = (from: number, to: number): number => {
    for (let i = from; i < to; i++) candidateWeight[ids[i]!]!++;
    let squares = 0;
    for (let i = from; i < to; i++) {
      const id = ids[i]!;
      if (counts[id] !== 0) continue;
      counts[id] = 1;
      const weight = candidateWeight[id]! * weights[id]!;
      candidateWeight[id] = weight;
      squares += weight * weight;
    }
    for (let i = from; i < to; i++) counts[ids[i]!] = 0;
    return Math.sqrt(squares);
  };

  /** The clipped product of the candidate's and a reference's vectors, over their lengths. */
  const compare = (norm: number, from: number, to: number): number => {
    for (let i = from; i < to; i++) counts[ids[i]!]!++;
    let product = 0;
    let squares = 0;
    for (let i = from; i < to; i++) {
      const id = ids[i]!;
      const count = counts[id]!;
      if (count === 0) continue;
      counts[id] = 0;
      const weight = count * weights[id]!;
      product += Math.min(candidateWeight[id]!, weight) * weight;
      squares += weight * weight;
    }
    const norms = norm * Math.sqrt(squares);
    return norms === 0 ? product : product / norms;
  };

  return (image) => {
    const candidate = first[image]!;
    const end = first[image + 1]!;
    const pairs = Math.max(0, wordsIn(ngrams, candidate) - 1);
    let total = 0;
    for (let k = 0; k < MAX_ORDER; k++) {
      const from = starts[candidate * MAX_ORDER + k]!;
      const to = starts[candidate * MAX_ORDER + k + 1]!;
      const norm = weighCandidate(from, to);
      for (let reference = candidate + 1; reference < end; reference++) {
        const at = reference * MAX_ORDER + k;
        const difference = pairs - Math.max(0, wordsIn(ngrams, reference) - 1);
        total += compare(norm, starts[at]!, starts[at + 1]!) * Math.exp(-(difference * difference) / (2 * SIGMA * SIGMA));
      }
      for (let i = from; i < to; i++) candidateWeight[ids[i]!] = 0;
    }
    return (SCALE * total) / MAX_ORDER / (end - candidate - 1);
  };
}

/** ln(images / images whose references have the n-gram), by number of n-gram; one that only a candidate has counts as in one image. */
function inverseFrequencies({ images, first, starts, ids, size }: CaptionNgrams): Float64Array {
  const frequencies = new Int32Array(size);
  const seenIn = new Int32Array(size).fill(-1);
  for (let image = 0; image < images; image++) {
    const end = starts[first[image + 1]! * MAX_ORDER]!;
    for (let i = starts[(first[image]! + 1) * MAX_ORDER]!; i < end; i++) {
      const id = ids[i]!;
      if (seenIn[id] === image) continue;
      seenIn[id] = image;
      frequencies[id]!++;
    }
  }
  const all = Math.log(images);
  const weights = new Float64Array(size);
  for (let id = 0; id < size; id++) weights[id] = all - Math.log(Math.max(1, frequencies[id]!));
  return weights;
}
