import { checkOptions, fail, show } from "@rsdix/internal";
import { bleuCounts } from "#count-ngrams";
import { type BleuAverage, type BleuCounts, brevityPenalty, clippedPrecision, MAX_ORDER } from "./bleu-formula";
import { checkPairs } from "./check-captions";
import { type CaptionNgrams, captionNgrams } from "./ngrams/caption-ngrams";

/** BLEU of the four orders, each from 0 to (nearly) 1. */
export interface BleuScores {
  /** BLEU-1: words. */
  bleu1: number;
  /** BLEU-2: words and pairs of words. */
  bleu2: number;
  /** BLEU-3: up to three words in a row. */
  bleu3: number;
  /** BLEU-4: up to four words in a row. */
  bleu4: number;
}

/** Options of {@link bleu}. */
export interface BleuOptions {
  /** Which average the result itself shows: "image" (the default, as the original RSDiX reports) or "corpus" (as COCO reports). */
  average?: BleuAverage;
}

/** Result of {@link bleu}: the asked-for average, and beside it everything that one pass gives. */
export interface BleuResult extends BleuScores {
  /** Both averages: the mean of the images' scores, and the corpus score from summed counts. */
  averages: Record<BleuAverage, BleuScores>;
  /** The scores of each image by itself, in the order given. */
  perImage: BleuScores[];
}

/**
 * BLEU-1 to BLEU-4 of one caption an image against several references, digit for digit as coco-caption and aac-metrics
 * compute it: words split at white space only (case and punctuation kept), n-gram counts clipped to the most that one
 * reference has, brevity penalty against the reference closest in length (the shorter of two equally close).
 *
 * The two averages differ visibly: "image" is the mean of each image's own BLEU, "corpus" one BLEU of all counts summed.
 * A perfect match is 0.9999999..., not 1, because of the tools' guards against dividing by zero.
 *
 * @param candidates The caption to judge, one an image; an empty one scores 0.
 * @param references For each image its reference captions, at least one.
 * @param options Which average to show on top.
 * @returns The four scores, both averages, and the scores an image.
 * @throws RsdixError `SHAPE_MISMATCH` when the two lists differ in length, `EMPTY_DATA` without images or with an image
 * without references, `INVALID_ARGUMENT` for anything that is not a string or an unknown average, `UNKNOWN_OPTION`.
 * @example
 * ```ts
 * import { bleu } from "@rsdix/metrics";
 * const { bleu4, perImage, averages } = bleu(
 *   ["many planes are parked near a terminal .", "a pond is near a road ."],
 *   [["several aircraft are parked near the terminal ."], ["a pond is near a road with trees .", "there is a pond ."]],
 * );
 * console.log(bleu4, perImage[0].bleu1, averages.corpus.bleu4);
 * ```
 * @see Papineni et al., "BLEU: a method for automatic evaluation of machine translation", ACL 2002, https://aclanthology.org/P02-1040
 */
export function bleu(candidates: readonly string[], references: readonly (readonly string[])[], options: BleuOptions = {}): BleuResult {
  checkOptions(options, ["average"], "bleu");
  const average = checkAverage(options.average);
  checkPairs(candidates, references);

  const images = bleuOfImages(captionNgrams(candidates, references));
  for (let image = 0; image < candidates.length; image++) images.score(image);
  return images.result(average);
}

/** BLEU of captions that have been read: `score` takes the images in their order. */
export function bleuOfImages(ngrams: CaptionNgrams): { score(image: number): void; result(average: BleuAverage): BleuResult } {
  const total: number[] = Array(2 * MAX_ORDER + 1).fill(0);
  const countsOf = bleuCounts(ngrams);
  const perImage: BleuScores[] = [];
  return {
    score(image) {
      const sums = countsOf(image);
      for (let i = 0; i < total.length; i++) total[i]! += sums[i]!;
      perImage.push(allOrders(sums));
    },
    result(average) {
      const averages = { image: meanOf(perImage), corpus: allOrders(total) };
      return { ...averages[average], averages, perImage };
    },
  };
}

/** The average asked for, "image" when none is. */
export function checkAverage(average: BleuAverage = "image"): BleuAverage {
  if (average !== "image" && average !== "corpus") {
    fail("INVALID_ARGUMENT", `average must be "image" or "corpus", got ${show(average)}.`);
  }
  return average;
}

function allOrders(sums: BleuCounts): BleuScores {
  const penalty = brevityPenalty(sums[MAX_ORDER]!, sums[2 * MAX_ORDER]!);
  const precision = (k: number) => clippedPrecision(sums[k]!, sums[k + MAX_ORDER]!);
  const one = precision(0);
  const two = one * precision(1);
  const three = two * precision(2);
  const four = three * precision(3);
  return { bleu1: one * penalty, bleu2: two ** (1 / 2) * penalty, bleu3: three ** (1 / 3) * penalty, bleu4: four ** (1 / 4) * penalty };
}

function meanOf(scores: readonly BleuScores[]): BleuScores {
  const of = (key: keyof BleuScores) => scores.reduce((sum, score) => sum + score[key], 0) / scores.length;
  return { bleu1: of("bleu1"), bleu2: of("bleu2"), bleu3: of("bleu3"), bleu4: of("bleu4") };
}
