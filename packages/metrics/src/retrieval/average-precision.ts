import { checkOptions, checkRange, fail, show } from "@rsdix/internal";
import { isArrayLike } from "../check-classes";

/** Options of {@link averagePrecision}. */
export interface AveragePrecisionOptions {
  /** Scores that differ by no more than this are a tie; 0 when left out. */
  readonly tieTolerance?: number | undefined;
}

/**
 * Average precision of one ranking: the mean, over the relevant items, of the precision among the items down to each of them. Ties count
 * against the ranking: what is not relevant stands before a relevant item of the same score. Without ties it equals scikit-learn's
 * `average_precision_score`; with ties it is at most that, and what an unlucky sort would give.
 *
 * @param scores The score of each item, [n], larger is better; infinities are allowed.
 * @param relevant For each item whether it is relevant, [n]: true or 1, false or 0; at least one is.
 * @param options `tieTolerance` (0).
 * @returns The average precision, above 0 and at most 1.
 * @throws RsdixError `SHAPE_MISMATCH` when the two lists differ in length, `EMPTY_DATA` without items or without relevant ones,
 * `NOT_A_NUMBER` for a score that is NaN, `INVALID_ARGUMENT` for what is no list or neither true nor false, `UNKNOWN_OPTION`.
 * @example
 * ```ts
 * import { averagePrecision } from "@rsdix/metrics/retrieval";
 * console.log(averagePrecision([0.9, 0.8, 0.7, 0.6], [true, false, true, false])); // (1/1 + 2/3) / 2
 * ```
 * @see Manning, Raghavan and Schütze, "Introduction to information retrieval", 2008, section 8.4
 */
export function averagePrecision(
  scores: ArrayLike<number>,
  relevant: ArrayLike<number | boolean>,
  options: AveragePrecisionOptions = {},
): number {
  const { tieTolerance = 0 } = checkOptions(options, ["tieTolerance"], "averagePrecision");
  checkRange(tieTolerance, "tieTolerance", { min: 0 });
  if (!isArrayLike(scores)) fail("INVALID_ARGUMENT", `scores must be an array or typed array of numbers, got ${show(scores)}.`);
  if (!isArrayLike(relevant) || relevant.length !== scores.length) {
    const got = isArrayLike(relevant) ? relevant.length : show(relevant);
    fail("SHAPE_MISMATCH", `relevant must say of each of ${scores.length} items whether it is relevant, got ${got}.`);
  }
  if (scores.length === 0) fail("EMPTY_DATA", "scores is empty: give at least one item.");
  const own: number[] = [];
  const others: number[] = [];
  for (let i = 0; i < scores.length; i++) {
    const score: unknown = scores[i];
    if (typeof score !== "number" || Number.isNaN(score)) fail("NOT_A_NUMBER", `scores must be numbers, got ${show(score)} for item ${i}.`);
    const flag: unknown = relevant[i];
    if (flag !== true && flag !== false && flag !== 0 && flag !== 1) {
      fail("INVALID_ARGUMENT", `relevant must be true or false, 1 or 0, got ${show(flag)} for item ${i}.`);
    }
    (flag ? own : others).push(score);
  }
  if (own.length === 0) fail("EMPTY_DATA", "No item is relevant: there is no average precision.");
  const ranking = new Ranking(Float64Array.from(own), tieTolerance);
  for (const score of others) ranking.add(score);
  return ranking.averagePrecision();
}

/** The relevant items of one query by their scores; what is not relevant is counted between them, in any order. */
export class Ranking {
  /** Scores of the relevant items, best first. */
  private readonly sorted: Float64Array;
  /** How many others stand directly before each relevant item, and one more place for those behind all. */
  private readonly before: Uint32Array;

  constructor(
    relevant: Float64Array,
    private readonly tolerance: number,
  ) {
    this.sorted = relevant.sort().reverse();
    this.before = new Uint32Array(relevant.length + 1);
  }

  /** Takes in the score of an item that is not relevant. */
  add(score: number): void {
    const { sorted } = this;
    const most = score + this.tolerance;
    let high = sorted.length; // becomes the first relevant item that is not better
    let low = most < sorted[high - 1]! ? high : 0; // behind all, as nearly everything is
    while (low < high) {
      const middle = (low + high) >> 1;
      if (sorted[middle]! <= most) high = middle;
      else low = middle + 1;
    }
    this.before[high]!++;
  }

  averagePrecision(): number {
    let sum = 0;
    let others = 0;
    for (let j = 0; j < this.sorted.length; j++) {
      others += this.before[j]!;
      sum += (j + 1) / (j + 1 + others);
    }
    return sum / this.sorted.length;
  }
}
