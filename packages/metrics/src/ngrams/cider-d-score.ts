import { MAX_ORDER } from "../bleu-formula";
import { type CaptionNgrams, wordsIn } from "./caption-ngrams";

/** How fast a difference in length costs, in pairs of words. */
const SIGMA = 6;
const SCALE = 10;

/** Scores an image after the other by CIDEr-D, with the references of all images as its document frequencies. */
export function ciderDScorer(ngrams: CaptionNgrams): (image: number) => number {
  const { first, starts, ids, size } = ngrams;
  const frequencies = documentFrequencies(ngrams);
  const inverse = inverseFrequencies(ngrams.images);
  // By number of n-gram, and 0 everywhere between two uses: counts of the candidate, and of the caption at hand.
  const own = new Uint32Array(size);
  const counts = new Uint32Array(size);

  const forget = (from: number, to: number) => {
    for (let i = from; i < to; i++) own[ids[i]!] = 0;
  };

  /** Counts the candidate's n-grams; returns the length of their vector. */
  const lengthOf = (from: number, to: number): number => {
    for (let i = from; i < to; i++) own[ids[i]!]!++;
    let squares = 0;
    for (let i = from; i < to; i++) {
      const id = ids[i]!;
      if (counts[id] !== 0) continue;
      counts[id] = 1;
      const weight = own[id]! * inverse[frequencies[id]!]!;
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
      const one = inverse[frequencies[id]!]!;
      const weight = count * one;
      product += Math.min(own[id]!, count) * one * weight;
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
      const norm = lengthOf(from, to);
      for (let reference = candidate + 1; reference < end; reference++) {
        const at = reference * MAX_ORDER + k;
        const difference = pairs - Math.max(0, wordsIn(ngrams, reference) - 1);
        total += compare(norm, starts[at]!, starts[at + 1]!) * Math.exp(-(difference * difference) / (2 * SIGMA * SIGMA));
      }
      forget(from, to);
    }
    return (SCALE * total) / MAX_ORDER / (end - candidate - 1);
  };
}

/** In the references of how many images each n-gram is, by its number. */
function documentFrequencies({ images, first, starts, ids, size }: CaptionNgrams): Uint32Array {
  const frequencies = new Uint32Array(size);
  const lastIn = new Uint32Array(size); // counted from 1
  // A function, as it is compiled while it is called again and again: a loop of loops would be compiled in its middle.
  const count = (image: number) => {
    const end = starts[first[image + 1]! * MAX_ORDER]!;
    for (let i = starts[(first[image]! + 1) * MAX_ORDER]!; i < end; i++) {
      const id = ids[i]!;
      if (lastIn[id] === image + 1) continue;
      lastIn[id] = image + 1;
      frequencies[id]!++;
    }
  };
  for (let image = 0; image < images; image++) count(image);
  return frequencies;
}

/** ln(images / images whose references have an n-gram), by how many these are; one that only a candidate has counts as in one image. */
function inverseFrequencies(images: number): Float64Array {
  const all = Math.log(images);
  return Float64Array.from({ length: images + 1 }, (_, frequency) => all - Math.log(Math.max(1, frequency)));
}
