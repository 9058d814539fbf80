import { checkOptions, fail, show } from "@rsdix/internal";
import { checkPairs, copyPairs } from "./check-captions";
import { ciderD } from "./cider-d";
import { spice } from "./spice/spice";
import { type SpiderResult, spiderOf } from "./spider-of";

/** A metric over pairs, such as `ciderD` and `spice`: what it gives has a score an image. */
export type PairMetric = (
  candidates: readonly string[],
  references: readonly (readonly string[])[],
) => { readonly perImage: ArrayLike<number> } | Promise<{ readonly perImage: ArrayLike<number> }>;

/** Options of {@link spider}. */
export interface SpiderOptions {
  /** What computes CIDEr-D; `ciderD` when left out. */
  readonly ciderD?: PairMetric | undefined;
  /** What computes SPICE; `spice` when left out, loaded with its parser and WordNet at the first use. */
  readonly spice?: PairMetric | undefined;
}

/**
 * SPIDEr: the mean of CIDEr-D and SPICE, of each image and on average.
 *
 * SPICE is this package's own, close to the original and not equal; `spice: spiceJava` of `@rsdix/metrics/node` makes it the original's,
 * and a function that calls `spice` with options sets those. Where both scores are there already see `spiderOf`.
 *
 * @param candidates The caption to judge, one an image.
 * @param references For each image its reference captions, at least one.
 * @param options `ciderD` and `spice`: what computes them, where it is not this package.
 * @returns The mean and the score of each image, and what it is made of.
 * @throws RsdixError `SHAPE_MISMATCH` when the two lists differ in length or a metric gives another number of scores, `EMPTY_DATA`
 * without images or with an image without references, `INVALID_ARGUMENT` for anything that is not a string, no metric or a single image,
 * `NOT_A_NUMBER` for a score that is not finite, `UNKNOWN_OPTION`; and what the two metrics throw.
 * @example
 * ```ts
 * import { spider } from "@rsdix/metrics";
 * const references = [["a pond is near a road .", "there is a pond beside the road ."], ["many planes are parked near a terminal ."]];
 * const { spider: score, ciderD, spice } = await spider(["a pond is near a road .", "some planes are parked ."], references);
 * console.log(score, ciderD, spice);
 * ```
 * @see Liu et al., "Improved image captioning via policy gradient optimization of SPIDEr", 2017, https://arxiv.org/abs/1612.00370
 */
export async function spider(
  candidates: readonly string[],
  references: readonly (readonly string[])[],
  options: SpiderOptions = {},
): Promise<SpiderResult> {
  const metrics = readSpiderOptions(options, [], "spider");
  checkPairs(candidates, references);
  return spiderOfPairs(candidates, references, metrics);
}

/** Both metrics. */
export interface Metrics {
  readonly ciderD: PairMetric;
  readonly spice: PairMetric;
}

/** This package's own, without options. */
const OWN: Metrics = {
  ciderD: (candidates, references) => ciderD(candidates, references),
  spice: (candidates, references) => spice(candidates, references),
};

/** The two metrics, checked, this package's own where none are given. */
export function readSpiderOptions(options: SpiderOptions, known: readonly string[], where: string): Metrics {
  const { ciderD = OWN.ciderD, spice = OWN.spice } = checkOptions(options, ["ciderD", "spice", ...known], where);
  for (const [name, metric] of Object.entries({ ciderD, spice })) {
    if (typeof metric !== "function")
      fail("INVALID_ARGUMENT", `${name} must be a function of candidates and references, got ${show(metric)}.`);
  }
  return { ciderD, spice };
}

/** The scores of images that are checked already. */
export async function spiderOfPairs(
  candidates: readonly string[],
  references: readonly (readonly string[])[],
  { ciderD, spice }: Metrics,
): Promise<SpiderResult> {
  const pairs = copyPairs(candidates, references);
  const score = async (metric: PairMetric, name: string) => {
    const own = copyPairs(pairs.candidates, pairs.references); // a metric may sort what it is given
    return scoresOf(await metric(own.candidates, own.references), pairs.candidates.length, name);
  };
  return spiderOf({ ciderD: await score(ciderD, "ciderD"), spice: await score(spice, "spice") });
}

/** The scores that a metric gave for `count` images. */
export function scoresOf(result: { readonly perImage: ArrayLike<number> }, count: number, name: string): ArrayLike<number> {
  const perImage = result?.perImage;
  if (perImage?.length !== count) {
    fail("SHAPE_MISMATCH", `${name} must give { perImage } with a score for each of ${count} images, got ${show(perImage?.length)}.`);
  }
  return perImage;
}
