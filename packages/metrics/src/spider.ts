import { checkOptions, fail, show } from "@rsdix/internal";
import { checkPairs } from "./check-captions";
import { type SpiderResult, spiderOf } from "./spider-of";

/** A metric over pairs, such as `ciderD` and `spice`: what it gives has a score an image. */
export type PairMetric = (
  candidates: readonly string[],
  references: readonly (readonly string[])[],
) => { readonly perImage: ArrayLike<number> } | Promise<{ readonly perImage: ArrayLike<number> }>;

/** Options of {@link spider}. */
export interface SpiderOptions {
  /** What computes CIDEr-D. */
  readonly ciderD: PairMetric;
  /** What computes SPICE. */
  readonly spice: PairMetric;
}

/**
 * SPIDEr: the mean of CIDEr-D and SPICE, of each image and on average.
 *
 * @param candidates The caption to judge, one an image.
 * @param references For each image its reference captions, at least one.
 * @param options `ciderD` and `spice`: what computes them.
 * @returns The mean and the score of each image, and what it is made of.
 * @throws RsdixError `SHAPE_MISMATCH` when the two lists differ in length or a metric gives another number of scores, `EMPTY_DATA`
 * without images or with an image without references, `INVALID_ARGUMENT` for anything that is not a string or no metric,
 * `NOT_A_NUMBER` for a score that is not finite, `UNKNOWN_OPTION`; and what the two metrics throw.
 * @example
 * ```ts
 * import { spider } from "@rsdix/metrics";
 * const metric = (candidates: readonly string[]) => ({ perImage: candidates.map(({ length }) => 1 / length) });
 * const { spider: score } = await spider(["a lake ."], [["a lake ."]], { ciderD: metric, spice: metric });
 * console.log(score);
 * ```
 * @see Liu et al., "Improved image captioning via policy gradient optimization of SPIDEr", 2017, https://arxiv.org/abs/1612.00370
 */
export async function spider(
  candidates: readonly string[],
  references: readonly (readonly string[])[],
  options: SpiderOptions,
): Promise<SpiderResult> {
  const metrics = readSpiderOptions(options, [], "spider");
  checkPairs(candidates, references);
  return spiderOfPairs(candidates, references, metrics);
}

/** The two metrics, checked. */
export function readSpiderOptions<T extends SpiderOptions>(options: T, known: readonly string[], where: string): T {
  const given = checkOptions(options, ["ciderD", "spice", ...known], where);
  for (const name of ["ciderD", "spice"] as const) {
    if (typeof given[name] !== "function")
      fail("INVALID_ARGUMENT", `${name} must be a function of candidates and references, got ${show(given[name])}.`);
  }
  return given;
}

/** The scores of images that are checked already. */
export async function spiderOfPairs(
  candidates: readonly string[],
  references: readonly (readonly string[])[],
  { ciderD, spice }: SpiderOptions,
): Promise<SpiderResult> {
  const score = async (metric: PairMetric, name: string) => scoresOf(await metric(candidates, references), candidates.length, name);
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
