import { checkOptions } from "@rsdix/internal";
import { checkAverage } from "./bleu";
import { type BleuAverage, bleuOfAll, MAX_ORDER, nearer, ngramsIn } from "./bleu-formula";
import { checkCaptions, checkReferences } from "./check-captions";
import { type NumberedNgrams, numberNgrams, wordsIn } from "./ngrams/number-ngrams";

/** Options of {@link bestFixedCaption}. */
export interface BestFixedCaptionOptions {
  /** Which BLEU-4 to maximise: "image" (the mean of the images' own, the default) or "corpus". */
  average?: BleuAverage;
}

/**
 * The one caption that scores the best BLEU-4 when it is given for every image: what a captioner can reach without looking
 * at the image. It is an oracle, chosen on the very references that it is scored with, so a captioner that beats it has
 * learned something. Equal to calling `bleu` once for each candidate, and much faster: an index from n-gram to the images
 * whose references have it takes 6,000 candidates over 500 images in well under a second.
 *
 * @param candidates The captions to choose from, for example all training captions; repeated ones are tried once.
 * @param references For each image its reference captions, at least one.
 * @param options Which average to maximise.
 * @returns The best caption (the first of equally good ones) and its BLEU-4.
 * @throws RsdixError `EMPTY_DATA` without candidates, without images or with an image without references,
 * `INVALID_ARGUMENT` for what is not a string or an unknown average, `UNKNOWN_OPTION`.
 * @example
 * ```ts
 * import { bestFixedCaption } from "@rsdix/metrics";
 * const references = [["a green forest near a lake ."], ["a green forest near a road ."], ["a wide desert ."]];
 * const { caption, bleu4 } = bestFixedCaption(references.flat(), references);
 * console.log(caption, bleu4);
 * ```
 */
export function bestFixedCaption(
  candidates: readonly string[],
  references: readonly (readonly string[])[],
  options: BestFixedCaptionOptions = {},
): { caption: string; bleu4: number } {
  checkOptions(options, ["average"], "bestFixedCaption");
  const average = checkAverage(options.average);
  checkCaptions(candidates, "candidates");
  checkReferences(references, "references");

  const captions = [...new Set(candidates)];
  const texts = [...captions, ...references.flat()];
  const index = indexReferences(references, numberNgrams(texts, Int32Array.of(0, texts.length)), captions.length);
  const scoreOf = average === "image" ? meanOfImages : ofCorpus;
  let best = { caption: "", bleu4: Number.NEGATIVE_INFINITY };
  for (const [at, caption] of captions.entries()) {
    const bleu4 = scoreOf(at, index);
    if (bleu4 > best.bleu4) best = { caption, bleu4 };
  }
  return best;
}

/** The images whose references have an n-gram, and how often at most. */
interface Postings {
  images: number[];
  counts: number[];
}

interface ReferenceIndex {
  /** All captions, the candidates first. */
  ngrams: NumberedNgrams;
  /** By number of n-gram. */
  postings: (Postings | undefined)[];
  images: number;
  /** Lengths of the references closest to a candidate of `length` words, one an image; kept a length. */
  closest(length: number): number[];
  /** Clipped counts of one candidate, [order][image]; reused from candidate to candidate. */
  correct: Uint32Array[];
}

function indexReferences(references: readonly (readonly string[])[], ngrams: NumberedNgrams, caption: number): ReferenceIndex {
  const postings: ReferenceIndex["postings"] = new Array(ngrams.size);
  const lengths = references.map((captions, image) =>
    captions.map(() => {
      for (let order = 0; order < MAX_ORDER; order++) {
        for (const [id, count] of countIn(ngrams, caption, order)) {
          postings[id] ??= { images: [], counts: [] };
          const entry = postings[id];
          const last = entry.images.length - 1;
          if (entry.images[last] === image) entry.counts[last] = Math.max(entry.counts[last]!, count);
          else {
            entry.images.push(image);
            entry.counts.push(count);
          }
        }
      }
      return wordsIn(ngrams, caption++);
    }),
  );

  const byLength = new Map<number, number[]>();
  return {
    ngrams,
    postings,
    images: references.length,
    closest(length) {
      const known = byLength.get(length) ?? lengths.map((ofImage) => ofImage.reduce((best, other) => nearer(length, best, other)));
      byLength.set(length, known);
      return known;
    },
    correct: Array.from({ length: MAX_ORDER }, () => new Uint32Array(references.length)),
  };
}

/** How often a caption has each of its n-grams of one order, by number. */
function countIn({ starts, ids }: NumberedNgrams, caption: number, order: number): Map<number, number> {
  const counts = new Map<number, number>();
  const at = caption * MAX_ORDER + order;
  for (const id of ids.subarray(starts[at], starts[at + 1])) counts.set(id, (counts.get(id) ?? 0) + 1);
  return counts;
}

/** Fills `index.correct` for one candidate; returns its number of words. */
function countCorrect(caption: number, { ngrams, postings, correct }: ReferenceIndex): number {
  correct.forEach((ofOrder, order) => {
    ofOrder.fill(0);
    for (const [id, count] of countIn(ngrams, caption, order)) {
      const found = postings[id];
      if (!found) continue;
      for (let i = 0; i < found.images.length; i++) ofOrder[found.images[i]!]! += Math.min(count, found.counts[i]!);
    }
  });
  return wordsIn(ngrams, caption);
}

function meanOfImages(caption: number, index: ReferenceIndex): number {
  const length = countCorrect(caption, index);
  const closest = index.closest(length);
  const guess = [1, 2, 3, 4].map((order) => ngramsIn(length, order));
  const correct = [0, 0, 0, 0];
  let sum = 0;
  for (let image = 0; image < index.images; image++) {
    for (let k = 0; k < MAX_ORDER; k++) correct[k] = index.correct[k]![image]!;
    sum += bleuOfAll(correct, guess, length, closest[image]!);
  }
  return sum / index.images;
}

function ofCorpus(caption: number, index: ReferenceIndex): number {
  const length = countCorrect(caption, index);
  const referenceLength = index.closest(length).reduce((sum, closest) => sum + closest, 0);
  const correct = index.correct.map((ofOrder) => ofOrder.reduce((sum, count) => sum + count, 0));
  const guess = [1, 2, 3, 4].map((order) => ngramsIn(length, order) * index.images);
  return bleuOfAll(correct, guess, length * index.images, referenceLength);
}
