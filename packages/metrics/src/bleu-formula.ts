/** The longest n-gram that BLEU counts. */
export const MAX_ORDER = 4;

/** How to average over a test set: the mean of the images' own scores, or one score from the counts of the whole corpus. */
export type BleuAverage = "image" | "corpus";

/**
 * The nine sums that BLEU is computed from, of one image or of a corpus: by order the n-grams of the candidate that a reference also has, clipped to
 * the reference's count; by order all its n-grams, of which those of one word are its words; and the words of the reference that is nearest in length.
 */
export type BleuCounts = ArrayLike<number>;

/** Which of two reference lengths is nearer to the candidate's; the shorter one when both are equally near. */
export function nearer(candidateLength: number, best: number, length: number): number {
  const gained = Math.abs(best - candidateLength) - Math.abs(length - candidateLength);
  return gained > 0 || (gained === 0 && length < best) ? length : best;
}

/** Number of n-grams of `order` (1 to 4) in a caption of `length` words. */
export function ngramsIn(length: number, order: number): number {
  return Math.max(0, length - order + 1);
}

// The reference tools add these so that nothing divides by zero; they are what makes a perfect match 0.9999999...
const TINY = 1e-15;
const SMALL = 1e-9;

/** The share of a candidate's n-grams of one order that a reference also has. */
export function clippedPrecision(correct: number, guess: number): number {
  return (correct + TINY) / (guess + SMALL);
}

/** What a score is multiplied with where the candidate is shorter than the reference. */
export function brevityPenalty(candidateLength: number, referenceLength: number): number {
  const ratio = (candidateLength + TINY) / (referenceLength + SMALL);
  return ratio < 1 ? Math.exp(1 - 1 / ratio) : 1;
}

/** BLEU of all four orders together: geometric mean of the clipped precisions, times the brevity penalty. */
export function bleuOfAll(correct: ArrayLike<number>, guess: ArrayLike<number>, candidateLength: number, referenceLength: number): number {
  let product = 1;
  for (let k = 0; k < MAX_ORDER; k++) product *= clippedPrecision(correct[k]!, guess[k]!);
  return product ** (1 / MAX_ORDER) * brevityPenalty(candidateLength, referenceLength);
}
