import { normalTail } from "./distributions";
import { type Alternative, check, differencesOf, largest } from "./t-tests";

/** What the signed-rank test gives. */
export interface WilcoxonTest {
  /** The sum of the ranks of the positive differences. */
  readonly statistic: number;
  /** How likely one as far in the alternative's direction is if differences are symmetric about 0; null where all are 0. */
  readonly p: number | null;
  /** Whether p is exact, not the normal approximation. */
  readonly exact: boolean;
  /**
   * The matched-pairs rank-biserial correlation, -1 to 1: the share of the ranks that speak for a less those that speak for b; null where all differences are
   * 0.
   */
  readonly rankBiserial: number | null;
}

/**
 * What two differences may be apart and still be equal, in steps of float64 at the values' magnitude: scores are sums and quotients, whose last digit is an
 * engine's own.
 */
const STEPS = 16;

/** Up to here all sign patterns are counted: 2^50 is still a whole number in float64. */
const EXACT_UP_TO = 50;

/**
 * Wilcoxon's signed-rank test of paired values: what the paired t-test asks, of ranks, so that neither a normal distribution nor a few large differences
 * matter. Differences of 0 are left out, equal ones share their mean rank; both are told but for rounding, up to 16 steps of float64 at the largest value.
 * Exact for up to 50 differences without ties; else by the normal approximation, corrected for ties and continuity.
 *
 * @param a The units' first values.
 * @param b Their second values, in the same order.
 * @param alternative What is claimed of a against b.
 * @returns The statistic, p, and the rank-biserial correlation.
 * @throws RsdixError INVALID_ARGUMENT for what is no list of finite numbers, or another alternative; SHAPE_MISMATCH for lists of two lengths.
 * @example
 * ```ts
 * import { wilcoxonTest } from "@rsdix/metrics/study";
 * console.log(wilcoxonTest([3, 5, 9], [1, 4, 2], "greater")); // { statistic: 6, p: 0.125, exact: true, rankBiserial: 1 }
 * ```
 * @see Wilcoxon, "Individual comparisons by ranking methods", Biometrics Bulletin 1, 1945; Kerby, "The simple difference formula", 2014 (rank-biserial)
 */
export function wilcoxonTest(a: ArrayLike<number>, b: ArrayLike<number>, alternative: Alternative): WilcoxonTest {
  check({ a, b }, alternative);
  const rounding = STEPS * Number.EPSILON * Math.max(largest(a), largest(b));
  const differences = differencesOf(a, b).filter((difference) => Math.abs(difference) > rounding);
  const n = differences.length;
  if (n === 0) return { statistic: 0, p: null, exact: true, rankBiserial: null };
  const { positive, tieTerm } = rankSums(differences, rounding);
  const total = (n * (n + 1)) / 2;
  const exact = n <= EXACT_UP_TO && tieTerm === 0;
  const p = exact ? exactP(positive, n, alternative) : normalP(positive, n, tieTerm, alternative);
  return { statistic: positive, p, exact, rankBiserial: (2 * positive - total) / total };
}

/** The ranks' sum of the positive differences, ties sharing their mean rank; and the sum of t³ - t over the groups of t equal ones. */
function rankSums(differences: Float64Array, rounding: number): { positive: number; tieTerm: number } {
  const bySize = differences.sort((x, y) => Math.abs(x) - Math.abs(y));
  let positive = 0;
  let tieTerm = 0;
  for (let start = 0; start < bySize.length; ) {
    let end = start + 1;
    while (end < bySize.length && Math.abs(bySize[end]!) - Math.abs(bySize[start]!) <= rounding) end++;
    const rank = (start + 1 + end) / 2;
    for (let i = start; i < end; i++) if (bySize[i]! > 0) positive += rank;
    tieTerm += (end - start) ** 3 - (end - start);
    start = end;
  }
  return { positive, tieTerm };
}

function exactP(positive: number, n: number, alternative: Alternative): number {
  // ways[s]: how many of the 2^n sign patterns have ranks that sum to s.
  const ways = new Float64Array((n * (n + 1)) / 2 + 1);
  ways[0] = 1;
  for (let rank = 1; rank <= n; rank++) for (let sum = ways.length - 1; sum >= rank; sum--) ways[sum]! += ways[sum - rank]!;
  let [below, above] = [0, 0];
  for (let sum = 0; sum < ways.length; sum++) {
    if (sum <= positive) below += ways[sum]!;
    if (sum >= positive) above += ways[sum]!;
  }
  const count = alternative === "less" ? below : alternative === "greater" ? above : Math.min(2 * Math.min(below, above), 2 ** n);
  return count / 2 ** n;
}

function normalP(positive: number, n: number, tieTerm: number, alternative: Alternative): number {
  const deviation = positive - (n * (n + 1)) / 4;
  const spread = Math.sqrt((n * (n + 1) * (2 * n + 1)) / 24 - tieTerm / 48);
  if (alternative === "two-sided") return Math.min(1, 2 * normalTail((Math.abs(deviation) - Math.min(0.5, Math.abs(deviation))) / spread));
  return normalTail(alternative === "greater" ? (deviation - 0.5) / spread : -(deviation + 0.5) / spread);
}
