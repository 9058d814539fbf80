import type { Random } from "@rsdix/internal";
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

/** What is averaged: of each image, the sum of its values and how many they are; of several kinds of values, the mean of their means. */
export interface ClusteredMeans {
  /** For each kind, a sum an image. */
  readonly sums: readonly Float64Array[];
  /** For each kind, how many values an image has. */
  readonly counts: readonly Float64Array[];
}

/** The mean over kinds of the mean over values, images being taken as often as `weights` says; NaN where there is no value. */
export function meanOfMeans({ sums, counts }: ClusteredMeans, weights?: ArrayLike<number>): number {
  let total = 0;
  let kinds = 0;
  for (let kind = 0; kind < sums.length; kind++) {
    const [ofSum, ofCount] = [sums[kind]!, counts[kind]!];
    let sum = 0;
    let count = 0;
    for (let i = 0; i < ofSum.length; i++) {
      const weight = weights ? weights[i]! : 1;
      sum += weight * ofSum[i]!;
      count += weight * ofCount[i]!;
    }
    if (count > 0) {
      total += sum / count;
      kinds++;
    }
  }
  return total / kinds;
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
 * The estimates and their intervals. Whole images are drawn anew, as captions of one image are no independent witnesses; the same draws serve all that is estimated.
 */
export function estimatesOf(all: readonly ClusteredMeans[], images: number, random: Random, resampling: Resampling): Estimate[] {
  const drawn = all.map(() => new Float64Array(resampling.resamples));
  const weights = new Uint16Array(images);
  for (let round = 0; round < resampling.resamples; round++) {
    weights.fill(0);
    for (let i = 0; i < images; i++) weights[random.int(images)]!++;
    for (let k = 0; k < all.length; k++) drawn[k]![round] = meanOfMeans(all[k]!, weights);
  }
  return all.map((means, k) => estimateOf(means, drawn[k]!, resampling));
}

function estimateOf(means: ClusteredMeans, drawn: Float64Array, { level, method }: Resampling): Estimate {
  const value = meanOfMeans(means);
  if (Number.isNaN(value)) return { value: null, low: null, high: null };
  const values = drawn.filter((one) => !Number.isNaN(one)); // a draw may have missed the few images that have a value
  const witnesses = means.sums[0]!.reduce((sum, _, i) => sum + (means.counts.some((count) => count[i]! > 0) ? 1 : 0), 0);
  if (witnesses < 2 || values.length < 2) return { value, low: null, high: null };
  const [low, high] = interval(values, value, level, method === "bca" ? leaveOneOut(means) : undefined);
  return { value, low, high };
}

/** The value without each image in turn; those without which there is no value are left out. */
function leaveOneOut({ sums, counts }: ClusteredMeans): Float64Array {
  const total = (values: Float64Array) => values.reduce((sum, value) => sum + value, 0);
  const [allSums, allCounts] = [sums.map(total), counts.map(total)];
  return Float64Array.from(sums[0]!, (_, i) => {
    const means = sums.flatMap((sum, kind) => {
      const count = allCounts[kind]! - counts[kind]![i]!;
      return count > 0 ? [(allSums[kind]! - sum[i]!) / count] : [];
    });
    return means.reduce((sum, mean) => sum + mean, 0) / means.length;
  }).filter((value) => !Number.isNaN(value));
}

/**
 * The interval that the bootstrap's values give: their percentiles or, with the values of the jackknife, those percentiles corrected for bias and skewness (BCa).
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
