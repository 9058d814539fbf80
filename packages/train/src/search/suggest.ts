import type { Random } from "@rsdix/internal";
import { logExpectedImprovement } from "./expected-improvement";
import { fitHyperparameters } from "./fit-hyperparameters";
import { GaussianProcess, type Observations } from "./gaussian-process";
import type { SearchPoint } from "./space";
import type { SpaceCode } from "./space-code";

/** A trial as the process learns from it. */
export interface Tried {
  readonly parameters: SearchPoint;
  /** What is minimised; undefined for a trial that failed. */
  readonly value?: number;
}

/** A finite space up to this many points is looked at whole. */
const WHOLE = 2000;
/** Points drawn, the best of them that are improved, tries to improve each in a round, and how far these go in each round. */
const SEARCH = { draws: 1000, kept: 5, tries: 16, reach: [0.2, 0.1, 0.05, 0.02, 0.01, 0.005, 0.002, 0.001] } as const;

/**
 * Trials that the process learns from, and of these those that its hyperparameters are fitted to: the work grows with the cube of their number, done some
 * hundred times for the latter. Eighty points tell a dozen hyperparameters; and beyond some hundred, more points far from the best don't change what is next.
 */
const LEARNED = { trials: 500, fitted: 80 } as const;

interface Candidate {
  readonly columns: readonly number[];
  readonly score: number;
}

/** The untried point with the highest expected improvement, given points that are being tried; undefined where all points were tried. */
export function suggest(
  code: SpaceCode,
  tried: readonly Tried[],
  random: Random,
  running: readonly SearchPoint[] = [],
): SearchPoint | undefined {
  const keys = new Set([...tried.map(({ parameters }) => parameters), ...running].map((point) => code.key(point)));
  const finite = code.count <= WHOLE ? [...code.all()].filter((point) => !keys.has(code.key(point))) : undefined;
  if (finite?.length === 0) return undefined;
  const { process, lowest } = learn(code, tried, running, random.fork("hyperparameters"));
  const score = (points: readonly (readonly number[])[]): Candidate[] => {
    // What enters the kernel is valid, so that the process is as constant between two valid values as the objective is (Garrido-Merchán and
    // Hernández-Lobato, arXiv 1805.03463).
    const valid = points.map((columns) => code.decode(columns));
    const { means, deviations } = process.predict(valid.map((point) => code.columnsOf(point)));
    return points.map((columns, i) => {
      const known = keys.has(code.key(valid[i]!));
      return { columns, score: known ? Number.NEGATIVE_INFINITY : logExpectedImprovement(means[i]!, deviations[i]!, lowest) };
    });
  };
  if (finite) return code.decode(highest(score(finite.map((point) => code.columnsOf(point))), 1)[0]!.columns);

  const stream = random.fork("candidates");
  const drawn = Array.from({ length: SEARCH.draws }, () => code.columnsOf(code.draw(stream)));
  const good = [...tried].sort((a, b) => (a.value ?? Number.POSITIVE_INFINITY) - (b.value ?? Number.POSITIVE_INFINITY));
  const seeds = good.slice(0, SEARCH.kept).map(({ parameters }) => code.columnsOf(parameters));
  const near = seeds.flatMap((columns) => SEARCH.reach.flatMap((reach) => [0, 1].map(() => step(code, columns, reach, stream))));
  let kept = highest(score([...drawn, ...near]), SEARCH.kept);
  for (const reach of SEARCH.reach) {
    kept = kept.map((candidate) => {
      const tries = Array.from({ length: SEARCH.tries }, () => step(code, candidate.columns, reach, stream));
      return highest([candidate, ...score(tries)], 1)[0]!;
    });
  }
  const [best] = highest(kept, 1);
  return best!.score > Number.NEGATIVE_INFINITY ? code.decode(best!.columns) : untried(code, keys, stream);
}

/** A point that was not tried, drawn evenly as far as that goes; undefined where there is none. */
export function untried(code: SpaceCode, keys: ReadonlySet<string>, random: Random): SearchPoint | undefined {
  for (let draw = 0; draw < SEARCH.draws; draw++) {
    const point = code.draw(random);
    if (!keys.has(code.key(point))) return point;
  }
  if (code.count === Number.POSITIVE_INFINITY) return undefined; // a range of a few numbers only, as near as numbers are
  for (const point of code.all()) if (!keys.has(code.key(point))) return point;
  return undefined;
}

/**
 * The process given the trials, and the lowest mean at a tried point, which noise does not make look better than it is. A failed trial counts as the worst
 * value seen, so that the search keeps away from where trials fail.
 *
 * A trial that runs counts as what the process expects there (a "liar", as long as it runs: Ginsbourger et al. call this one the Kriging believer): no doubt is
 * left there, and there is more to be gained elsewhere. The same lie for all of them, their "constant liar", makes basins where there are none: on Branin's
 * function, 30 trials, 4 at a time, 12 seeds, the lowest value seen came within 0.1 of the minimum 6 times, the mean 7 times, this one 11 times.
 */
function learn(
  code: SpaceCode,
  tried: readonly Tried[],
  running: readonly SearchPoint[],
  random: Random,
): { process: GaussianProcess; lowest: number } {
  const size = Math.max(...tried.map(({ value = 0 }) => Math.abs(value))) || 1; // squares of what is left do not overflow
  const values = tried.flatMap(({ value }) => (value === undefined ? [] : value / size)).sort((a, b) => a - b);
  const worst = Math.min(values.at(-1) ?? 0, ceiling(values));
  const filled = tried.map(({ value }) => (value === undefined ? worst : Math.min(value / size, worst)));
  const mean = filled.reduce((sum, value) => sum + value / filled.length, 0);
  const scale = Math.sqrt(filled.reduce((sum, value) => sum + (value - mean) ** 2 / filled.length, 0)) || 1;
  const points = tried.map(({ parameters }) => code.columnsOf(parameters));
  const data = { points, values: filled.map((value) => (value - mean) / scale), groups: code.groups };
  const known = representative(data, LEARNED.trials);
  const hyperparameters = fitHyperparameters(representative(data, LEARNED.fitted), random); // of what is true
  const process = new GaussianProcess(known, hyperparameters);
  const lowest = Math.min(...process.predict(known.points).means);
  if (running.length === 0) return { process, lowest };
  const lies = running.map((point) => code.columnsOf(point));
  const told = {
    points: [...known.points, ...lies],
    values: [...known.values, ...process.predict(lies).means],
    groups: code.groups,
  };
  return { process: new GaussianProcess(told, hyperparameters), lowest };
}

/** At most so many of the observations, in their order: half of them the lowest, the others evenly from the rest, first to last. */
export function representative({ points, values, groups }: Observations, most: number): Observations {
  if (points.length <= most) return { points, values, groups };
  const byValue = values.map((_, i) => i).sort((a, b) => values[a]! - values[b]!);
  const lowest = byValue.slice(0, most >> 1);
  const rest = byValue.slice(most >> 1).sort((a, b) => a - b);
  const others = most - lowest.length;
  const even = Array.from({ length: others }, (_, i) => rest[Math.floor((i * rest.length) / others)]!);
  const chosen = [...lowest, ...even].sort((a, b) => a - b);
  return { points: chosen.map((i) => points[i]!), values: chosen.map((i) => values[i]!), groups };
}

/**
 * The most that a value counts for, of values from lowest to highest: a loss that exploded would else make all others the same. Beyond the median by more
 * than five times what the best is below it, how bad it is tells nothing.
 */
function ceiling(values: readonly number[]): number {
  const [lowest, median] = [values[0]!, values[values.length >> 1]!];
  return median > lowest ? median + 5 * (median - lowest) : Number.POSITIVE_INFINITY;
}

function highest(candidates: readonly Candidate[], count: number): Candidate[] {
  return [...candidates].sort((a, b) => b.score - a.score).slice(0, count);
}

/** Some columns moved a little, and now and then a parameter drawn anew, as a choice is not reached in small steps. */
function step(code: SpaceCode, columns: readonly number[], reach: number, random: Random): number[] {
  const groups = code.groups;
  const anew = random.next() < 0.2 ? groups[random.int(groups.length)] : undefined;
  const fresh = code.columnsOf(code.draw(random));
  return columns.map((value, i) => {
    if (groups[i] === anew) return fresh[i]!;
    const moved = value + reach * random.normal();
    return Math.min(Math.max(moved, 0), 1);
  });
}
