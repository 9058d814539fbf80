import type { Random } from "@rsdix/internal";
import { pacer } from "../progress";
import { normalQuantile, normalTail } from "./distributions";

/** A value with its confidence interval. */
export interface Estimate {
  /** The value; null where there is nothing to take it from. */
  readonly value: number | null;
  /** The interval's lower end; null where there are too few images for one. */
  readonly low: number | null;
  /** Its upper end. */
  readonly high: number | null;
}

/** How an interval is taken from the bootstrap's values. */
export type IntervalMethod = "bca" | "percentile";

/** Values of one kind: of each image their sum, and how many they are. Kinds may share their counts. */
export interface ClusteredValues {
  readonly sums: Float64Array;
  readonly counts: Float64Array;
}

/** How intervals are taken. */
export interface Resampling {
  /** How often all images are drawn anew, with replacement. */
  readonly resamples: number;
  /** How likely an interval is to hold the value, such as 0.95. */
  readonly level: number;
  readonly method: IntervalMethod;
}

/**
 * Means with their intervals: of each list of kinds the mean over kinds of the mean over a kind's values. Whole images are drawn anew, as captions of one image
 * are no independent witnesses; the same draws serve all that is estimated. Others run from time to time, and a signal stops it.
 */
export async function estimatesOf(
  all: readonly (readonly ClusteredValues[])[],
  images: number,
  random: Random,
  resampling: Resampling,
  signal?: AbortSignal,
): Promise<Estimate[]> {
  const pace = pacer({ signal }, "metricStudy (bootstrap)", resampling.resamples + all.length);
  const drawn = all.map(() => new Float64Array(resampling.resamples));
  // Each list of numbers is added up once a round, however many estimates it is part of.
  const totals = new Map<Float64Array, number>(all.flat().flatMap(({ sums, counts }) => [[sums, 0] as const, [counts, 0] as const]));
  const total = (values: Float64Array) => totals.get(values)!;
  const weights = new Uint16Array(images);
  for (let round = 0; round < resampling.resamples; round++) {
    weights.fill(0);
    for (let i = 0; i < images; i++) weights[random.int(images)]!++;
    for (const values of totals.keys()) totals.set(values, weightedSum(values, weights));
    for (let k = 0; k < all.length; k++) drawn[k]![round] = meanOfMeans(all[k]!, total);
    await pace(round + 1);
  }
  const estimates: Estimate[] = [];
  for (const [k, kinds] of all.entries()) {
    estimates.push(estimateOf(kinds, drawn[k]!, resampling));
    await pace(resampling.resamples + k + 1);
  }
  return estimates;
}

/** The mean over kinds of the mean over values, given what their lists add up to; a kind without values does not count, NaN where none has any. */
export function meanOfMeans(kinds: readonly ClusteredValues[], total: (values: Float64Array) => number = sumOf): number {
  let sum = 0;
  let present = 0;
  for (const { sums, counts } of kinds) {
    const count = total(counts);
    if (count <= 0) continue;
    sum += total(sums) / count;
    present++;
  }
  return sum / present;
}

function sumOf(values: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i]!;
  return sum;
}

function weightedSum(values: Float64Array, weights: Uint16Array): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += weights[i]! * values[i]!;
  return sum;
}

function estimateOf(kinds: readonly ClusteredValues[], drawn: Float64Array, { level, method }: Resampling): Estimate {
  const value = meanOfMeans(kinds);
  if (Number.isNaN(value)) return { value: null, low: null, high: null };
  const values = drawn.filter((one) => !Number.isNaN(one)); // a draw may have missed the few images that have a value
  const witnesses = kinds[0]!.sums.filter((_, i) => kinds.some(({ counts }) => counts[i]! > 0)).length;
  if (witnesses < 2 || values.length < 2) return { value, low: null, high: null };
  const [low, high] = interval(values, value, level, method === "bca" ? leaveOneOut(kinds) : undefined);
  return { value, low, high };
}

/** The value without each image in turn; those without which there is no value are left out. */
function leaveOneOut(kinds: readonly ClusteredValues[]): Float64Array {
  const totals = new Map(kinds.flatMap(({ sums, counts }) => [[sums, sumOf(sums)] as const, [counts, sumOf(counts)] as const]));
  return kinds[0]!.sums
    .map((_, i) => meanOfMeans(kinds, (values) => totals.get(values)! - values[i]!))
    .filter((value) => !Number.isNaN(value));
}

/**
 * The interval that the bootstrap's values give: their percentiles or, with the values of the jackknife, those percentiles corrected for bias and skewness
 * (BCa).
 *
 * @see Efron, "Better bootstrap confidence intervals", Journal of the American Statistical Association 82, 1987
 */
export function interval(
  values: Float64Array,
  estimate: number,
  level: number,
  jackknife?: ArrayLike<number>,
): readonly [low: number, high: number] {
  const sorted = values.slice().sort();
  const tails = [(1 - level) / 2, (1 + level) / 2];
  const ends = jackknife ? corrected(tails, sorted, estimate, jackknife) : tails;
  return [quantile(sorted, ends[0]!), quantile(sorted, ends[1]!)];
}

function corrected(tails: readonly number[], sorted: Float64Array, estimate: number, jackknife: ArrayLike<number>): readonly number[] {
  let rank = 0; // values below the estimate count 1, equal ones 1/2
  for (const value of sorted) rank += value < estimate ? 1 : value === estimate ? 0.5 : 0;
  if (rank === 0 || rank === sorted.length) return tails; // the estimate lies outside: no correction is defined
  const bias = normalQuantile(rank / sorted.length);
  const mean = Array.from(jackknife).reduce((sum, value) => sum + value, 0) / jackknife.length;
  let [squares, cubes] = [0, 0];
  for (let i = 0; i < jackknife.length; i++) {
    const difference = mean - jackknife[i]!;
    squares += difference ** 2;
    cubes += difference ** 3;
  }
  const acceleration = squares > 0 ? cubes / (6 * squares ** 1.5) : 0;
  return tails.map((tail) => {
    const shifted = bias + normalQuantile(tail);
    return normalTail(-(bias + shifted / (1 - acceleration * shifted)));
  });
}

/** Linear between the two values beside the place. */
function quantile(sorted: Float64Array, share: number): number {
  const place = share * (sorted.length - 1);
  const below = Math.floor(place);
  const value = sorted[below]!;
  return value + (place - below) * ((sorted[below + 1] ?? value) - value);
}
