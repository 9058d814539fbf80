import { checkRange, fail, show } from "@rsdix/internal";
import { isArrayLike } from "./check-classes";
import { type CallOptions, distinctBatches, type Tally } from "./distinct-batches";
import { mean } from "./mean";

/**
 * Says of each caption how likely it is not fluent (unfinished, repeating itself, ungrammatical): a probability from 0 to 1 each, in
 * the order given. A model of the caller's; FENSE's own is a BERT classifier whose last output, "error", is this probability.
 */
export type FluencyErrors = (captions: readonly string[], options: CallOptions) => ArrayLike<number> | Promise<ArrayLike<number>>;

/** What a caption that is not fluent costs. */
export interface FluencyOptions {
  /** How likely an error must be to count, from 0 to 1, itself excluded; 0.9 when left out. */
  readonly threshold?: number | undefined;
  /** The share of its score that such a caption loses, from 0 to 1; 0.9 when left out. */
  readonly penalty?: number | undefined;
}

/** What is known of each caption's fluency. */
export interface FluencyScores {
  /** The probability of an error in each caption, from 0 to 1, in the order given. */
  errorProbabilities: number[];
  /** The share of captions whose probability is above the threshold. */
  errorRate: number;
}

/** {@link FluencyOptions} checked, with what is left out filled in. */
export function readFluencyOptions({ threshold = 0.9, penalty = 0.9 }: FluencyOptions): { threshold: number; penalty: number } {
  checkRange(threshold, "threshold", { min: 0, max: 1 });
  checkRange(penalty, "penalty", { min: 0, max: 1 });
  return { threshold, penalty };
}

/** Scores less the penalty of those that are not fluent. */
export function penalise(
  scores: readonly number[],
  errorProbabilities: readonly number[],
  { threshold, penalty }: { threshold: number; penalty: number },
): { perImage: number[] } & FluencyScores {
  const wrong = errorProbabilities.map((probability) => (probability > threshold ? 1 : 0));
  const perImage = scores.map((score, i) => score * (1 - penalty * wrong[i]!));
  return { perImage, errorProbabilities: [...errorProbabilities], errorRate: mean(wrong) };
}

/** Throws unless `fluencyErrors` can be called. */
export function checkFluencyErrors(fluencyErrors: unknown): void {
  if (typeof fluencyErrors === "function") return;
  fail(
    "INVALID_ARGUMENT",
    `fluencyErrors must be a function that gives each caption's probability of an error, got ${show(fluencyErrors)}.`,
  );
}

/** Throws unless `probabilities` holds a probability for each of `count` captions. */
function checkProbabilities(probabilities: ArrayLike<number>, count: number, name: string): void {
  if (!isArrayLike(probabilities) || probabilities.length !== count) {
    const got = isArrayLike(probabilities) ? probabilities.length : show(probabilities);
    fail("SHAPE_MISMATCH", `${name} must be a probability for each of ${count} captions, got ${got}.`);
  }
  for (let i = 0; i < count; i++) {
    const value: unknown = probabilities[i];
    if (typeof value !== "number" || !(value >= 0 && value <= 1)) {
      fail("INVALID_ARGUMENT", `${name} must be from 0 to 1, got ${show(value)} for caption ${i}.`);
    }
  }
}

/** The probability of each caption in turn, every distinct one asked for once. */
export function errorProbabilities(
  captions: readonly string[],
  fluencyErrors: FluencyErrors,
  { batchSize, signal }: { batchSize: number; signal?: AbortSignal | undefined },
  tally: Tally,
): AsyncGenerator<number[], void> {
  const call = async (batch: string[]) => {
    const probabilities = await fluencyErrors(batch, signal ? { signal } : {});
    checkProbabilities(probabilities, batch.length, "What fluencyErrors gives");
    return Array.from(probabilities);
  };
  return distinctBatches(
    captions.map((caption) => [caption]),
    call,
    batchSize,
    tally,
  );
}

/** All that a generator yields, in one list. */
export async function collect<T>(groups: AsyncIterable<T[]>): Promise<T[]> {
  const all: T[] = [];
  for await (const group of groups) all.push(...group);
  return all;
}
