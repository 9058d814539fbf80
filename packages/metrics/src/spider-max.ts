import { fail } from "@rsdix/internal";
import { checkReferences } from "./check-captions";
import { mean } from "./mean";
import { type PairMetric, readSpiderOptions, type SpiderOptions, scoresOf } from "./spider";
import { spiderOf } from "./spider-of";

/** Result of {@link spiderMax}. */
export interface SpiderMaxResult {
  /** Mean over the images. */
  spiderMax: number;
  /** The SPIDEr of each image's best candidate, in the order given. */
  perImage: number[];
  /** Which candidate of each image that is; the first of equally good ones. */
  best: number[];
  /** The CIDEr-D of each image's best candidate. */
  ciderD: number[];
  /** The SPICE of each image's best candidate. */
  spice: number[];
}

/**
 * SPIDEr-max: the SPIDEr of the best of several candidates an image, for captioners that offer several, and for beam search. It is an
 * oracle, chosen by the references.
 *
 * As in aac-metrics all first candidates are scored together, then all second ones and so on, so CIDEr-D's word weights come from the
 * references of all images, however many candidates there are; images may have different numbers of them.
 *
 * @param candidates For each image the captions to judge, at least one.
 * @param references For each image its reference captions, at least one.
 * @param options `ciderD` and `spice`, as in `spider`.
 * @returns The mean, the score of each image, and which candidate it is.
 * @throws RsdixError as `spider` does, and `EMPTY_DATA` for an image without candidates.
 * @example
 * ```ts
 * import { spiderMax } from "@rsdix/metrics";
 * const candidates = [["a lake is here .", "a pond is near a road ."], ["many planes are parked .", "a road ."]];
 * const references = [["a pond is near a road ."], ["many planes are parked near a terminal ."]];
 * const { spiderMax: score, best } = await spiderMax(candidates, references);
 * console.log(score, best); // the second of the first image, the first of the second
 * ```
 * @see Labbé et al., "Is my automatic audio captioning system so bad? SPIDEr-max: a metric to consider several caption candidates", 2022,
 * https://hal.science/hal-03810396
 */
export async function spiderMax(
  candidates: readonly (readonly string[])[],
  references: readonly (readonly string[])[],
  options: SpiderOptions = {},
): Promise<SpiderMaxResult> {
  const metrics = readSpiderOptions(options, [], "spiderMax");
  checkReferences(candidates, "candidates");
  checkReferences(references, "references");
  if (candidates.length !== references.length) {
    fail(
      "SHAPE_MISMATCH",
      `There must be candidates for each image, got those of ${candidates.length} images and the references of ${references.length}.`,
    );
  }

  const ciderD = await columns(candidates, references, metrics.ciderD);
  const images = candidates.flatMap((ofImage, image) => ofImage.map(() => image));
  // SPICE knows no other images: all candidates at once.
  const flat = await metrics.spice(
    candidates.flat(),
    images.map((image) => references[image]!),
  );
  const spice = scoresOf(flat, images.length, "spice");
  const all = spiderOf({ ciderD, spice });

  const best = candidates.map(() => 0);
  const at = candidates.map(() => -1); // where the best one is in the flat lists
  let first = 0;
  candidates.forEach((ofImage, image) => {
    at[image] = first;
    for (let c = 1; c < ofImage.length; c++) {
      if (all.perImage[first + c]! > all.perImage[at[image]!]!) {
        at[image] = first + c;
        best[image] = c;
      }
    }
    first += ofImage.length;
  });
  const perImage = at.map((index) => all.perImage[index]!);
  return { spiderMax: mean(perImage), perImage, best, ciderD: at.map((i) => all.ciderD[i]!), spice: at.map((i) => all.spice[i]!) };
}

/**
 * CIDEr-D of every candidate, one image's after the other. A column of candidates at a time, one of each image: the weights of words
 * count images. Images with fewer candidates stand in with their first one, whose score is not used again.
 */
async function columns(
  candidates: readonly (readonly string[])[],
  references: readonly (readonly string[])[],
  ciderD: PairMetric,
): Promise<number[]> {
  const scores = candidates.map((ofImage) => new Array<number>(ofImage.length));
  const most = candidates.reduce((max, { length }) => Math.max(max, length), 0);
  for (let c = 0; c < most; c++) {
    const result = await ciderD(
      candidates.map((ofImage) => ofImage[c] ?? ofImage[0]!),
      references,
    );
    const column = scoresOf(result, candidates.length, "ciderD");
    scores.forEach((ofImage, image) => {
      if (c < ofImage.length) ofImage[c] = column[image]!;
    });
  }
  return scores.flat();
}
