import { checkPairs } from "./check-captions";
import { BATCH_OPTIONS, type BatchOptions, readBatchOptions, Tally } from "./distinct-batches";
import {
  checkFluencyErrors,
  collect,
  errorProbabilities,
  type FluencyErrors,
  type FluencyOptions,
  type FluencyScores,
  penalise,
  readFluencyOptions,
} from "./fluency";
import { mean } from "./mean";
import { readSpiderOptions, type SpiderOptions, spiderOfPairs } from "./spider";

/** Options of {@link spiderFl}. */
export interface SpiderFlOptions extends SpiderOptions, FluencyOptions, BatchOptions {
  /** Finds captions that are not fluent. */
  readonly fluencyErrors: FluencyErrors;
}

/** Result of {@link spiderFl}. */
export interface SpiderFlResult extends FluencyScores {
  /** Mean over the images. */
  spiderFl: number;
  /** The score of each image, from 0 to 5.5, in the order given. */
  perImage: number[];
  /** The SPIDEr of each image, before the penalty. */
  spiders: number[];
}

/**
 * SPIDEr-FL: SPIDEr, of which a caption that is not fluent keeps only a tenth. An image's score is
 * SPIDEr · (1 − penalty · [probability of an error > threshold]).
 *
 * @param candidates The caption to judge, one an image.
 * @param references For each image its reference captions, at least one.
 * @param options Those of `spider`; `fluencyErrors`, `threshold` (0.9), `penalty` (0.9), and how that model is called: `batchSize`
 * (64), `onProgress` and `signal`.
 * @returns The mean and the score of each image, and what it is made of.
 * @throws RsdixError as `spider` does; `SHAPE_MISMATCH` and `INVALID_ARGUMENT` for probabilities that are too few or not from 0 to 1;
 * `ABORTED`.
 * @example
 * ```ts
 * import { spiderFl } from "@rsdix/metrics";
 * const fluencyErrors = (texts: readonly string[]) => texts.map((text) => (text.endsWith("a .") ? 0.99 : 0.01)); // in place of a model
 * const references = [["a lake near a road ."], ["many planes are parked near a terminal ."]];
 * const { spiderFl: score } = await spiderFl(["a lake near a .", "many planes are parked ."], references, { fluencyErrors });
 * console.log(score);
 * ```
 * @see https://github.com/felixgontier/dcase-2023-baseline, where it is defined
 */
export async function spiderFl(
  candidates: readonly string[],
  references: readonly (readonly string[])[],
  options: SpiderFlOptions,
): Promise<SpiderFlResult> {
  const metrics = readSpiderOptions(options, ["fluencyErrors", "threshold", "penalty", ...BATCH_OPTIONS], "spiderFl");
  const settings = readBatchOptions(options, ["ciderD", "spice", "fluencyErrors", "threshold", "penalty"], "spiderFl");
  const cost = readFluencyOptions(settings);
  checkFluencyErrors(settings.fluencyErrors);
  checkPairs(candidates, references);
  const errors = await collect(errorProbabilities(candidates, settings.fluencyErrors, settings, new Tally(settings, "spiderFl")));
  const { perImage: spiders } = await spiderOfPairs(candidates, references, metrics);
  const penalised = penalise(spiders, errors, cost);
  return { spiderFl: mean(penalised.perImage), ...penalised, spiders };
}
