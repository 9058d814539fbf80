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

  /** Calls `use` once for each different n-gram of a part, with its weight: how often it occurs times how rare it is. */
  const weigh = (from: number, to: number, use: (id: number, weight: number) => void) => {
    for (let i = from; i < to; i++) counts[ids[i]!]!++;
    for (let i = from; i < to; i++) {
      const id = ids[i]!;
      const count = counts[id]!;
      if (count === 0) continue;
      counts[id] = 0;
      use(id, count * weights[id]!);
    }
  };

  return (image) => {
    const candidate = first[image]!;
    const references = first[image + 1]! - candidate - 1;
    const pairs = Math.max(0, wordsIn(ngrams, candidate) - 1);
    let total = 0;
    for (let k = 0; k < MAX_ORDER; k++) {
      const from = starts[candidate * MAX_ORDER + k]!;
      const to = starts[candidate * MAX_ORDER + k + 1]!;
      let squares = 0;
      weigh(from, to, (id, weight) => {
        candidateWeight[id] = weight;
        squares += weight * weight;
      });
      const norm = Math.sqrt(squares);
      for (let reference = candidate + 1; reference <= candidate + references; reference++) {
        const at = reference * MAX_ORDER + k;
        let product = 0;
        let otherSquares = 0;
        weigh(starts[at]!, starts[at + 1]!, (id, weight) => {
          product += Math.min(candidateWeight[id]!, weight) * weight;
          otherSquares += weight * weight;
        });
        const norms = norm * Math.sqrt(otherSquares);
        const difference = pairs - Math.max(0, wordsIn(ngrams, reference) - 1);
        total += (norms === 0 ? product : product / norms) * Math.exp(-(difference * difference) / (2 * SIGMA * SIGMA));
      }
      for (let i = from; i < to; i++) candidateWeight[ids[i]!] = 0;
    }
    return (SCALE * total) / MAX_ORDER / references;
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
  return Float64Array.from(frequencies, (count) => all - Math.log(Math.max(1, count)));
}
