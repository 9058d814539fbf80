import { checkOptions, fail } from "@rsdix/internal";
import { checkScores } from "./check-scores";
import { mean } from "./mean";

/** The two scores that SPIDEr is the mean of, an image each. */
export interface SpiderParts {
  /** CIDEr-D of each image. */
  readonly ciderD: ArrayLike<number>;
  /** SPICE of each image. */
  readonly spice: ArrayLike<number>;
}

/** Result of `spider`. */
export interface SpiderResult {
  /** Mean over the images. */
  spider: number;
  /** The score of each image, from 0 to 5.5, in the order given. */
  perImage: number[];
  /** The CIDEr-D of each image. */
  ciderD: number[];
  /** The SPICE of each image. */
  spice: number[];
}

/**
 * SPIDEr from scores that are there already, for example of `ciderD` and `spice`, or of SPICE's Java tool: (CIDEr-D + SPICE) / 2,
 * for each image and on average.
 *
 * @param parts `ciderD` and `spice`, a score an image each.
 * @returns The mean and the score of each image, and what it is made of.
 * @throws RsdixError `SHAPE_MISMATCH` when the two differ in length, `EMPTY_DATA` without scores, `INVALID_ARGUMENT` for what is no
 * array, `NOT_A_NUMBER` for a score that is not finite, `UNKNOWN_OPTION`.
 * @example
 * ```ts
 * import { spiderOf } from "@rsdix/metrics";
 * console.log(spiderOf({ ciderD: [1.5, 0.5], spice: [0.5, 0.1] }).perImage); // [1, 0.3]
 * ```
 * @see Liu et al., "Improved image captioning via policy gradient optimization of SPIDEr", 2017, https://arxiv.org/abs/1612.00370
 */
export function spiderOf(parts: SpiderParts): SpiderResult {
  const { ciderD, spice } = checkOptions(parts, ["ciderD", "spice"], "spiderOf's parts");
  checkScores(ciderD, "ciderD");
  checkScores(spice, "spice");
  if (ciderD.length !== spice.length) {
    fail("SHAPE_MISMATCH", `There must be one score of each kind an image, got ${ciderD.length} of CIDEr-D and ${spice.length} of SPICE.`);
  }
  const perImage = Array.from(ciderD, (score, i) => (score + spice[i]!) / 2);
  return { spider: mean(perImage), perImage, ciderD: Array.from(ciderD), spice: Array.from(spice) };
}
