import { checkOptions, checkRange, checkSignal, createRandom, fail, show } from "@rsdix/internal";
import type { Mode } from "../fit/better";
import { freeNumber, MAX_PARALLEL, runTrials } from "./run-trials";
import { checkSpace, type PointOf, type SearchPoint, type SearchSpace } from "./space";
import { SpaceCode } from "./space-code";
import { suggest, type Tried, untried } from "./suggest";
import { type BegunTrial, checkEarlier, checkObjective, type Objective, type TrialRecord } from "./trials";

/** How `bayesSearch` searches. */
export interface BayesSearchOptions {
  /** Trials at points spread over the space, before the Gaussian process is asked; 5. */
  nInitPoints?: number;
  /** Trials at points that the Gaussian process proposes; 10. */
  nIter?: number;
  /** Where all draws come from, a whole number from 0 on; 42. */
  randomState?: number;
  /** Whether the lowest value is looked for, or the highest; "min". */
  mode?: "min" | "max";
  /** Trials at a time: the objective is called again before it has ended; 1. */
  parallel?: number;
  /** The trials of an earlier run of this search, in order, which goes on after them; they count as trials of this one. */
  earlier?: readonly TrialRecord[];
  /** Trials that the earlier run had begun when it was stopped: they are run first, as they are. */
  begun?: readonly BegunTrial[];
  /** Stops the search; it is handed to the objective, too. */
  signal?: AbortSignal;
}

/** Each proposal looks through all trials before it; where so many are cheap, other searches need none of this. */
const MAX_TRIALS = 10_000;

/**
 * Bayesian optimisation: looks for the point with the lowest value, or the highest, in few trials. A Gaussian process (Matérn 5/2, a length scale for each
 * parameter, all hyperparameters by maximum likelihood) is fitted to the trials so far, and the point with the highest expected improvement is tried next.
 * Whole numbers and choices enter the kernel as the valid value that they are nearest to. Of more than 500 trials the process learns from the best and from
 * some of the others, so that a proposal takes about as long after a thousand trials as after five hundred. A point is not tried twice; where all points of a
 * finite space were tried, it ends.
 *
 * With `parallel`, a trial is proposed while others run: the process takes what it expects of these for their values, so that it looks elsewhere. Which point
 * is proposed depends on the trials that have ended, in their order, and on those that run, and on nothing else.
 *
 * @param space The parameters and their ranges or choices.
 * @param objective What is minimised, or with `mode: "max"` maximised. Where it throws, or its number is not finite, the trial is recorded as failed and counts
 * as the worst seen.
 * @param options Numbers of trials, seed, mode, trials at a time, trials of an earlier run, signal.
 * @returns The trials as they end. Each written as a line of JSON, `parseTrials` reads them; given as `earlier`, with those that had begun as `begun`, the
 *   search goes on as if it had never stopped.
 * @throws ABORTED when the signal fires, the trials before being yielded; INVALID_ARGUMENT for a wrong space, number, or earlier trial; UNKNOWN_OPTION.
 * @example
 * ```ts
 * import { bayesSearch } from "@rsdix/train";
 * const space = {
 *   lr: { type: "continuous", min: 1e-6, max: 1e-2, scale: "log" },
 *   layers: { type: "integer", min: 1, max: 8 },
 *   schedule: { type: "categorical", choices: ["cosine", "linear"] },
 * } as const;
 * const loss = ({ lr, layers, schedule }: { lr: number; layers: number; schedule: string }) =>
 *   (Math.log10(lr) + 4) ** 2 + Math.abs(layers - 6) + (schedule === "cosine" ? 0 : 1);
 * for await (const { trial, parameters, ...rest } of bayesSearch(space, loss)) console.log(trial, parameters, rest.state);
 * ```
 * @see https://arxiv.org/abs/1206.2944 (Bayesian optimisation with this kernel), https://arxiv.org/abs/1805.03463 (whole numbers and choices);
 *   Ginsbourger, Le Riche and Carraro, "Kriging Is Well-Suited to Parallelize Optimization", 2010 (trials that run)
 */
export async function* bayesSearch<const Space extends SearchSpace>(
  space: Space,
  objective: Objective<PointOf<Space>>,
  options: BayesSearchOptions = {},
): AsyncGenerator<TrialRecord<PointOf<Space>>, void, undefined> {
  checkSpace(space, "bayesSearch");
  checkObjective(objective, "bayesSearch");
  checkOptions(options, ["nInitPoints", "nIter", "randomState", "mode", "parallel", "earlier", "begun", "signal"], "bayesSearch");
  const { nInitPoints = 5, nIter = 10, randomState = 42, mode = "min", parallel = 1, earlier = [], begun = [], signal } = options;
  checkRange(nInitPoints, "nInitPoints", { min: 1, max: MAX_TRIALS, integer: true });
  checkRange(nIter, "nIter", { min: 0, max: MAX_TRIALS, integer: true });
  checkRange(randomState, "randomState", { min: 0, max: Number.MAX_SAFE_INTEGER, integer: true });
  if (mode !== "min" && mode !== "max") fail("INVALID_ARGUMENT", `mode must be "min" or "max", got ${show(mode)}.`);
  checkRange(parallel, "parallel", { min: 1, max: MAX_PARALLEL, integer: true });
  checkSignal(signal, "bayesSearch: signal");
  const code = new SpaceCode(space);
  checkEarlier(earlier, begun, code, "bayesSearch");
  const random = createRandom(randomState);
  const spread = code.spread(nInitPoints, random.fork("initial"));

  function propose(ended: readonly TrialRecord[], running: readonly BegunTrial[]): BegunTrial | undefined {
    if (ended.length + running.length >= nInitPoints + nIter) return undefined;
    const trial = freeNumber(ended, running);
    // Named by its number: the trial draws the same in a run that was resumed.
    const draws = random.fork("trial").fork(trial - 1);
    const parameters = nextPoint(code, { ended: ended.map((each) => learned(each, mode)), running, spread: spread[trial - 1] }, draws);
    return parameters && { trial, parameters, origin: trial <= nInitPoints || ended.length === 0 ? "initial" : "model" };
  }
  const given = { objective: objective as unknown as Objective, propose, parallel, earlier, begun, signal };
  yield* runTrials(given) as AsyncGenerator<TrialRecord<PointOf<Space>>>;
}

/** A trial as the process learns from it, which looks for the lowest value. */
function learned(record: TrialRecord, mode: Mode): Tried {
  const { parameters } = record;
  return record.state === "done" ? { parameters, value: mode === "max" ? -record.value : record.value } : { parameters };
}

interface Known {
  readonly ended: readonly Tried[];
  readonly running: readonly BegunTrial[];
  readonly spread: SearchPoint | undefined;
}

function nextPoint(code: SpaceCode, { ended, running, spread }: Known, random: ReturnType<typeof createRandom>): SearchPoint | undefined {
  const begun = running.map(({ parameters }) => parameters);
  if (!spread && ended.length > 0) return suggest(code, ended, random, begun);
  const keys = new Set([...ended.map(({ parameters }) => parameters), ...begun].map((point) => code.key(point)));
  return !spread || keys.has(code.key(spread)) ? untried(code, keys, random) : spread;
}
