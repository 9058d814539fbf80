import { checkRange, fail, show } from "@rsdix/internal";
import { logGammaHalfStep, studentTail } from "./distributions";

/** What is claimed of the first sample's mean against the second's. */
export type Alternative = "less" | "greater" | "two-sided";

/** What a t-test gives; null where the values do not vary by more than rounding makes them, or are too few, and nothing can be said. */
export interface TTest {
  /** Its sign is that of the first sample's mean less the second's. */
  readonly t: number | null;
  /** Degrees of freedom. */
  readonly df: number | null;
  /** How likely a t as far in the alternative's direction is if the means are equal, 0 to 1. */
  readonly p: number | null;
}

const NOTHING: TTest = { t: null, df: null, p: null };

/** What values may be off by before they are added up, in steps of float64 at their magnitude: they are differences and quotients of others. */
const STEPS = 4;

/**
 * Mean and unbiased variance. A spread that rounding alone can make is none: equal values of a magnitude, largest |value| unless told otherwise, come out a few
 * steps of float64 apart, and each of the n additions that their mean takes may be off by one more. 0.1, 0.1 and 0.1 would vary by 1e-17 otherwise, and any
 * difference be certain.
 */
export function momentsOf(values: ArrayLike<number>, magnitude = largest(values)): { mean: number; variance: number } {
  const n = values.length;
  let sum = 0;
  for (let i = 0; i < n; i++) sum += values[i]!;
  const mean = sum / n;
  let squares = 0;
  for (let i = 0; i < n; i++) squares += (values[i]! - mean) ** 2;
  const variance = squares / (n - 1);
  return { mean, variance: Math.sqrt(variance) <= (n + STEPS) * Number.EPSILON * magnitude ? 0 : variance };
}

/** The largest |value|. */
export function largest(values: ArrayLike<number>): number {
  let size = 0;
  for (let i = 0; i < values.length; i++) size = Math.max(size, Math.abs(values[i]!));
  return size;
}

/** Of the differences of pairs, which are off by what their two values are. */
function momentsOfDifferences(a: ArrayLike<number>, b: ArrayLike<number>): { mean: number; variance: number } {
  return momentsOf(differencesOf(a, b), Math.max(largest(a), largest(b)));
}

/**
 * Welch's t-test: two samples that are independent, of whatever variances.
 *
 * @param a One sample.
 * @param b The other; of any length.
 * @param alternative What is claimed of a's mean against b's; "less" and "greater" look at the sign of t.
 * @returns t, its degrees of freedom and p; null where a sample has fewer than two values, or neither varies by more than rounding makes it.
 * @throws RsdixError INVALID_ARGUMENT for what is no list of finite numbers, or another alternative.
 * @example
 * ```ts
 * import { welchTest } from "@rsdix/metrics/study";
 * const { t, p } = welchTest([0.9, 0.8, 0.95], [0.6, 0.5, 0.4], "greater");
 * console.log(t, p);
 * ```
 * @see Welch, "The generalization of Student's problem when several different population variances are involved", Biometrika 34, 1947
 */
export function welchTest(a: ArrayLike<number>, b: ArrayLike<number>, alternative: Alternative): TTest {
  check({ a, b }, alternative);
  if (a.length < 2 || b.length < 2) return NOTHING;
  const [first, second] = [momentsOf(a), momentsOf(b)];
  const [va, vb] = [first.variance / a.length, second.variance / b.length];
  const df = (va + vb) ** 2 / (va ** 2 / (a.length - 1) + vb ** 2 / (b.length - 1));
  return testOf(first.mean - second.mean, va + vb, df, alternative);
}

/**
 * Student's t-test: two samples that are independent and taken to have one variance. It is what the original study does; {@link welchTest} does without that.
 *
 * @param a One sample.
 * @param b The other; of any length.
 * @param alternative What is claimed of a's mean against b's.
 * @returns t, its degrees of freedom and p; null where a sample has fewer than two values, or neither varies by more than rounding makes it.
 * @throws RsdixError INVALID_ARGUMENT for what is no list of finite numbers, or another alternative.
 * @example
 * ```ts
 * import { studentTest } from "@rsdix/metrics/study";
 * console.log(studentTest([0.9, 0.85, 0.8, 0.95, 0.7], [0.6, 0.5, 0.75, 0.4, 0.55], "two-sided").t); // 3.8829
 * ```
 * @see Student, "The probable error of a mean", Biometrika 6, 1908
 */
export function studentTest(a: ArrayLike<number>, b: ArrayLike<number>, alternative: Alternative): TTest {
  check({ a, b }, alternative);
  if (a.length < 2 || b.length < 2) return NOTHING;
  const [first, second] = [momentsOf(a), momentsOf(b)];
  return testOf(first.mean - second.mean, pooledVariance(a, b) * (1 / a.length + 1 / b.length), a.length + b.length - 2, alternative);
}

/**
 * The paired t-test: two values of each unit, such as two metrics' scores of the same caption.
 *
 * @param a The units' first values.
 * @param b Their second values, in the same order.
 * @param alternative What is claimed of a's mean against b's; "less" and "greater" look at the sign of t.
 * @returns t, its degrees of freedom and p; null with fewer than two units, or where all differences are equal but for rounding.
 * @throws RsdixError INVALID_ARGUMENT for what is no list of finite numbers, or another alternative; SHAPE_MISMATCH for lists of two lengths.
 * @example
 * ```ts
 * import { pairedTest } from "@rsdix/metrics/study";
 * console.log(pairedTest([0.9, 0.8, 0.95], [0.6, 0.7, 0.5], "greater").df); // 2
 * ```
 * @see Student, "The probable error of a mean", Biometrika 6, 1908
 */
export function pairedTest(a: ArrayLike<number>, b: ArrayLike<number>, alternative: Alternative): TTest {
  check({ a, b }, alternative);
  const { mean, variance } = momentsOfDifferences(a, b);
  return a.length < 2 ? NOTHING : testOf(mean, variance / a.length, a.length - 1, alternative);
}

function testOf(difference: number, variance: number, df: number, alternative: Alternative): TTest {
  if (!(variance > 0)) return NOTHING;
  const t = difference / Math.sqrt(variance);
  const p = alternative === "two-sided" ? 2 * studentTail(Math.abs(t), df) : studentTail(alternative === "greater" ? t : -t, df);
  return { t, df, p };
}

/** How large a difference is, in standard deviations. */
export interface EffectSizes {
  /** Cohen's d: the difference of the means over the pooled standard deviation. */
  readonly d: number | null;
  /** Hedges' g: d without its bias in small samples. */
  readonly g: number | null;
  /** Cohen's d_z: the mean difference over the standard deviation of the differences. */
  readonly dz: number | null;
}

/**
 * Effect sizes of two paired samples.
 *
 * @param a The units' first values.
 * @param b Their second values, in the same order.
 * @returns Cohen's d, Hedges' g (with the exact correction) and d_z; positive where a's mean is larger, null where nothing varies by more than rounding makes
 * it.
 * @throws RsdixError INVALID_ARGUMENT for what is no list of finite numbers; SHAPE_MISMATCH for lists of two lengths.
 * @example
 * ```ts
 * import { effectSizes } from "@rsdix/metrics/study";
 * const { g, dz } = effectSizes([0.9, 0.8, 0.95], [0.6, 0.7, 0.5]);
 * console.log(g, dz);
 * ```
 * @see Hedges, "Distribution theory for Glass's estimator of effect size and related estimators", 1981
 */
export function effectSizes(a: ArrayLike<number>, b: ArrayLike<number>): EffectSizes {
  check({ a, b }, "two-sided");
  const differences = momentsOfDifferences(a, b);
  const half = a.length - 1; // half the degrees of freedom of both samples
  const d = ratio(differences.mean, Math.sqrt(pooledVariance(a, b)));
  const correction = Math.exp(-logGammaHalfStep(half - 0.5) - Math.log(half) / 2);
  return { d, g: d === null ? null : d * correction, dz: ratio(differences.mean, Math.sqrt(differences.variance)) };
}

function ratio(value: number, by: number): number | null {
  return by > 0 ? value / by : null;
}

function pooledVariance(a: ArrayLike<number>, b: ArrayLike<number>): number {
  return (momentsOf(a).variance * (a.length - 1) + momentsOf(b).variance * (b.length - 1)) / (a.length + b.length - 2);
}

/** a less b, place by place. */
export function differencesOf(a: ArrayLike<number>, b: ArrayLike<number>): Float64Array {
  if (a.length !== b.length) fail("SHAPE_MISMATCH", `a and b must have a value for each unit, got ${a.length} and ${b.length}.`);
  return Float64Array.from(a, (value, i) => value - b[i]!);
}

/** Throws unless the samples are lists of finite numbers and the alternative is one. */
export function check(samples: Readonly<Record<string, ArrayLike<number>>>, alternative: Alternative): void {
  for (const [name, values] of Object.entries(samples)) {
    if (typeof values?.length !== "number" || typeof values === "string") {
      fail("INVALID_ARGUMENT", `${name} must be a list of numbers, got ${show(values)}.`);
    }
    for (let i = 0; i < values.length; i++) {
      if (!Number.isFinite(values[i])) checkRange(values[i], `${name}[${i}]`, {});
    }
  }
  if (alternative !== "less" && alternative !== "greater" && alternative !== "two-sided") {
    fail("INVALID_ARGUMENT", `alternative must be "less", "greater" or "two-sided", got ${show(alternative)}.`);
  }
}
