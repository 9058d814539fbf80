import { checkOptions, checkRange, checkSignal } from "@rsdix/internal";
import { freeNumber, MAX_PARALLEL, runTrials } from "./run-trials";
import { checkSpace, codeOf, type Dimension, type ParameterValue, type PointOf, type SearchSpace } from "./space";
import { SpaceCode } from "./space-code";
import { type BegunTrial, checkEarlier, checkObjective, type Objective, type TrialRecord } from "./trials";

/** How `gridSearch` searches. */
export interface GridSearchOptions {
  /** Values of each range, both ends included and evenly apart on its scale; of whole numbers there may be fewer. 5. */
  levels?: number;
  /** Trials at a time: the objective is called again before it has ended; 1. */
  parallel?: number;
  /** The trials of an earlier run of this search, in order, which goes on after them. */
  earlier?: readonly TrialRecord[];
  /** Trials that the earlier run had begun when it was stopped: they are run first, as they are. */
  begun?: readonly BegunTrial[];
  /** Stops the search; it is handed to the objective, too. */
  signal?: AbortSignal;
}

/**
 * Grid search: tries every combination of the parameters' values, the last parameter's changing fastest.
 *
 * @param space The parameters and their ranges or choices.
 * @param objective What is measured at each. Where it throws, or its number is not finite, the trial is recorded as failed.
 * @param options Values of each range, trials at a time, trials of an earlier run, signal.
 * @returns The trials as they end. Each written as a line of JSON, `parseTrials` reads them.
 * @throws ABORTED when the signal fires, the trials before being yielded; INVALID_ARGUMENT for a wrong space, number, or earlier trial; UNKNOWN_OPTION.
 * @example
 * ```ts
 * import { gridSearch } from "@rsdix/train";
 * const space = { lr: { type: "continuous", min: 1e-5, max: 1e-3, scale: "log" }, layers: { type: "integer", min: 1, max: 2 } } as const;
 * for await (const { parameters } of gridSearch(space, ({ lr, layers }) => lr * layers, { levels: 3 })) console.log(parameters); // 6 points
 * ```
 * @see Bergstra and Bengio, "Random search for hyper-parameter optimization", JMLR 13, 2012, section 1 (what grid search is, and when it is not the best)
 */
export async function* gridSearch<const Space extends SearchSpace>(
  space: Space,
  objective: Objective<PointOf<Space>>,
  options: GridSearchOptions = {},
): AsyncGenerator<TrialRecord<PointOf<Space>>, void, undefined> {
  checkSpace(space, "gridSearch");
  checkObjective(objective, "gridSearch");
  checkOptions(options, ["levels", "parallel", "earlier", "begun", "signal"], "gridSearch");
  const { levels = 5, parallel = 1, earlier = [], begun = [], signal } = options;
  checkRange(parallel, "parallel", { min: 1, max: MAX_PARALLEL, integer: true });
  checkSignal(signal, "gridSearch: signal");
  const code = new SpaceCode(space);
  checkEarlier(earlier, begun, code, "gridSearch");
  const points = gridCode(space, levels).all();
  const tried = new Set([...earlier, ...begun].map(({ parameters }) => code.key(parameters)));

  function propose(ended: readonly TrialRecord[], running: readonly BegunTrial[]): BegunTrial | undefined {
    for (let next = points.next(); !next.done; next = points.next())
      if (!tried.has(code.key(next.value))) return { trial: freeNumber(ended, running), parameters: next.value, origin: "grid" };
    return undefined;
  }
  const given = { objective: objective as unknown as Objective, propose, parallel, earlier, begun, signal };
  yield* runTrials(given) as AsyncGenerator<TrialRecord<PointOf<Space>>>;
}

/** Finer than this no range needs to be tried. */
const MAX_LEVELS = 1000;

/** The points of a space that a grid has. */
export function gridCode(space: SearchSpace, levels: number): SpaceCode {
  checkRange(levels, "levels", { min: 2, max: MAX_LEVELS, integer: true });
  const entries = Object.entries(space).map(
    ([name, dimension]) => [name, { type: "categorical", choices: valuesOf(dimension, levels) }] as const,
  );
  return new SpaceCode(Object.fromEntries(entries));
}

function valuesOf(dimension: Dimension, levels: number): readonly ParameterValue[] {
  if (dimension.type === "categorical") return dimension.choices;
  // The ends themselves: a whole number's range is taken half a number wider only where it is drawn from.
  const { at } = codeOf({ ...dimension, type: "continuous" });
  const values = Array.from({ length: levels }, (_, i) => at(i / (levels - 1)) as number);
  return dimension.type === "integer" ? [...new Set(values.map((value) => Math.round(value) + 0))] : values;
}
