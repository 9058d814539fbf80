import { MAX_ORDER } from "../bleu-formula";
import type { CaptionNgrams } from "./caption-ngrams";
import { wordsIn } from "./number-ngrams";

/** How fast a difference in length costs, in pairs of words. */
const SIGMA = 6;
const SCALE = 10;

/** Scores any image by CIDEr-D, with the references of all images as its document frequencies. */
export function ciderDScorer(ngrams: CaptionNgrams): (image: number) => number {
  const { first, starts, ids, counts, matches, frequencies } = ngrams;
  const inverse = inverseFrequencies(ngrams.images);

  // By reference: how near its length is to the candidate's.
  const likeness: number[] = [];

  // Two loops by themselves, as in `bleuCounter`.
  const compareLengths = (candidate: number, end: number) => {
    const pairs = Math.max(0, wordsIn(ngrams, candidate) - 1);
    for (let reference = candidate + 1; reference < end; reference++) {
      likeness[reference - candidate] = likenessOf(pairs - Math.max(0, wordsIn(ngrams, reference) - 1));
    }
  };

  /** Adds to `total` the clipped products of the candidate's vector of an order with each reference's, over their lengths. */
  const addOrder = (total: number, order: number, candidate: number, end: number): number => {
    let sum = total;
    let norm = 0;
    for (let caption = candidate; caption < end; caption++) {
      const to = starts[caption * MAX_ORDER + order + 1]!;
      let product = 0;
      let squares = 0;
      for (let i = starts[caption * MAX_ORDER + order]!; i < to; i++) {
        const count = counts[i]!;
        if (count === 0) continue;
        const one = inverse[frequencies[ids[i]!]!]!;
        const weight = count * one;
        squares += weight * weight;
        const match = matches[i]!;
        if (match !== 0) product += Math.min(counts[match - 1]!, count) * one * weight;
      }
      const length = Math.sqrt(squares);
      if (caption === candidate) norm = length;
      else sum += (norm * length === 0 ? product : product / (norm * length)) * likeness[caption - candidate]!;
    }
    return sum;
  };

  return (image) => {
    const candidate = first[image]!;
    const end = first[image + 1]!;
    compareLengths(candidate, end);
    let total = 0;
    for (let order = 0; order < MAX_ORDER; order++) total = addOrder(total, order, candidate, end);
    return (SCALE * total) / MAX_ORDER / (end - candidate - 1);
  };
}

/** How near captions are whose lengths differ by so many pairs of words. */
export function likenessOf(difference: number): number {
  return Math.exp(-(difference * difference) / (2 * SIGMA * SIGMA));
}

/** ln(images / images whose references have an n-gram), by how many these are; one that only a candidate has counts as in one image. */
export function inverseFrequencies(images: number): Float64Array {
  const all = Math.log(images);
  return Float64Array.from({ length: images + 1 }, (_, frequency) => all - Math.log(Math.max(1, frequency)));
}
