import { checkPairs } from "./check-captions";
import { readBatchOptions, Tally } from "./distinct-batches";
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
import { embedPairs, type SbertSimOptions, similarities } from "./sbert-sim";

/** Options of {@link fense}. */
export interface FenseOptions extends SbertSimOptions, FluencyOptions {
  /** Finds captions that are not fluent. */
  readonly fluencyErrors: FluencyErrors;
}

/** Result of {@link fense}. */
export interface FenseResult extends FluencyScores {
  /** Mean over the images. */
  fense: number;
  /** The score of each image, from -1 to 1, in the order given. */
  perImage: number[];
  /** The SBERT-sim of each image, before the penalty. */
  sbertSims: number[];
}

/**
 * FENSE: SBERT-sim, of which a caption that is not fluent keeps only a tenth. An image's score is
 * SBERT-sim · (1 − penalty · [probability of an error > threshold]).
 *
 * Both models are injected: `embed` as in `sbertSim`, and `fluencyErrors`. Each distinct caption is given to each of them once.
 *
 * @param candidates The caption to judge, one an image.
 * @param references For each image its reference captions, at least one.
 * @param options `embed`, `fluencyErrors`, `threshold` (0.9), `penalty` (0.9), `batchSize` (64), `onProgress` (counts the distinct
 * captions of either model) and `signal`.
 * @returns The mean and the score of each image, and what it is made of.
 * @throws RsdixError as `sbertSim` does; `SHAPE_MISMATCH` and `INVALID_ARGUMENT` for probabilities that are too few or not from 0
 * to 1.
 * @example
 * ```ts
 * import { fense } from "@rsdix/metrics";
 * const embed = (texts: readonly string[]) => texts.map((text) => [text.includes("lake") ? 1 : 0, 1]); // in place of two models
 * const fluencyErrors = (texts: readonly string[]) => texts.map((text) => (text.endsWith("a .") ? 0.99 : 0.01));
 * const { fense: score, errorRate } = await fense(["a lake near a ."], [["a lake near a road ."]], { embed, fluencyErrors });
 * console.log(score, errorRate);
 * ```
 * @see Zhou et al., "Can audio captions be evaluated with image caption metrics?", 2022, https://arxiv.org/abs/2110.04684
 */
export async function fense(
  candidates: readonly string[],
  references: readonly (readonly string[])[],
  options: FenseOptions,
): Promise<FenseResult> {
  const settings = readBatchOptions(options, ["embed", "fluencyErrors", "threshold", "penalty"], "fense");
  const cost = readFluencyOptions(settings);
  checkFluencyErrors(settings.fluencyErrors);
  checkPairs(candidates, references);
  const tally = new Tally(settings, "fense");
  const pairs = embedPairs(candidates, references, settings, tally);
  const errors = errorProbabilities(candidates, settings.fluencyErrors, settings, tally); // before any is embedded: the tally knows how many there are
  const sbertSims = await similarities(pairs);
  const penalised = penalise(sbertSims, await collect(errors), cost);
  return { fense: mean(penalised.perImage), ...penalised, sbertSims };
}
