import { MAX_ORDER } from "./bleu-formula";
import { checkPairs } from "./check-captions";
import { type CaptionNgrams, captionNgrams } from "./ngrams/caption-ngrams";
import { wordsIn } from "./ngrams/number-ngrams";

/** Result of {@link vocab}. */
export interface VocabResult {
  /** Number of different words of all candidates. */
  candidates: number;
  /** Number of different words of all references. */
  references: number;
  /** Words of the candidates for one of the references. */
  ratio: number;
  /** The share of the candidates' words that a reference has. */
  precision: number;
  /** The share of the references' words that a candidate has. */
  recall: number;
  /** Harmonic mean of precision and recall. */
  f1: number;
  /** Words of both for one of either. */
  jaccard: number;
  /** Number of different words of each candidate, in the order given. */
  perImage: number[];
}

/**
 * What words the candidates use, each counted once over the whole set, and how many of them the references use too, as aac-metrics
 * 0.6.0 counts them: a captioner that says the same of every image has a small vocabulary whatever its other scores. Words are split
 * at white space only. (Of aac-metrics' scores the vocabulary of references drawn at random is left out.)
 *
 * @param candidates The caption to judge, one an image.
 * @param references For each image its reference captions, at least one.
 * @returns The counts and shares; a share of nothing is 0.
 * @throws RsdixError `SHAPE_MISMATCH` when the two lists differ in length, `EMPTY_DATA` without images or with an image
 * without references, `INVALID_ARGUMENT` for anything that is not a string.
 * @example
 * ```ts
 * import { vocab } from "@rsdix/metrics";
 * const { candidates, f1 } = vocab(["a pond", "a road"], [["a pond near trees"], ["the road", "a street"]]);
 * console.log(candidates, f1); // 3 0.6
 * ```
 * @see https://github.com/Labbeti/aac-metrics
 */
export function vocab(candidates: readonly string[], references: readonly (readonly string[])[]): VocabResult {
  checkPairs(candidates, references);
  return vocabOf(captionNgrams(candidates, references));
}

/** The vocabulary of captions that have been read. */
export function vocabOf(ngrams: CaptionNgrams): VocabResult {
  const { images, first, starts, ids, size } = ngrams;
  const CANDIDATE = 1;
  const REFERENCE = 2;
  const usedBy = new Uint8Array(size);
  const lastIn = new Int32Array(size).fill(-1);
  const perImage: number[] = [];
  for (let image = 0; image < images; image++) {
    let words = 0;
    for (let caption = first[image]!; caption < first[image + 1]!; caption++) {
      const from = starts[caption * MAX_ORDER]!;
      for (let i = from; i < from + wordsIn(ngrams, caption); i++) {
        const id = ids[i]!;
        usedBy[id]! |= caption === first[image] ? CANDIDATE : REFERENCE;
        if (caption !== first[image] || lastIn[id] === image) continue;
        lastIn[id] = image;
        words++;
      }
    }
    perImage.push(words);
  }
  const counts = [0, 0, 0, 0];
  for (const uses of usedBy) counts[uses]!++;
  const [, onlyCandidates = 0, onlyReferences = 0, both = 0] = counts;
  const share = (part: number, whole: number) => (whole === 0 ? 0 : part / whole);
  const precision = share(both, onlyCandidates + both);
  const recall = share(both, onlyReferences + both);
  return {
    candidates: onlyCandidates + both,
    references: onlyReferences + both,
    ratio: share(onlyCandidates + both, onlyReferences + both),
    precision,
    recall,
    f1: share(2 * precision * recall, precision + recall),
    jaccard: share(both, onlyCandidates + onlyReferences + both),
    perImage,
  };
}
