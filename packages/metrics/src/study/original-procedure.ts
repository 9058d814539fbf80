import { studentTest } from "./t-tests";

/** What the original study reports of its metrics under synonyms, faults and all. */
export interface OriginalProcedure {
  /** Mean and standard deviation that it exports: of the last image's captions only. */
  readonly metrics: readonly { readonly metric: string; readonly mean: number; readonly sd: number }[];
  /** Its t-tests of each metric against the one that metrics are compared with. */
  readonly tests: readonly {
    readonly metric: string;
    readonly t: number | null;
    /** Two-sided. */
    readonly p: number | null;
    /** Whether half of p is below alpha, which it takes for "this metric's mean is lower", whatever the sign of t. */
    readonly accepted: boolean;
  }[];
}

/**
 * The original's statistics, reproduced so that its published kind of numbers can be compared, not because they are right: a running mean and variance are
 * kept after each caption, whose count starts anew at each image, so that those exported cover the last image only; the t-test (equal variances) takes all
 * running means for independent observations; and its p is halved without a look at the sign.
 *
 * @param scores By metric, for each image the scores of its captions.
 * @param compareTo The metric that the others are tested against.
 * @param alpha The level.
 */
export function originalProcedure(
  scores: Readonly<Record<string, readonly (readonly number[])[]>>,
  compareTo: string,
  alpha: number,
): OriginalProcedure {
  const kept = Object.entries(scores).map(([metric, images]) => ({ metric, ...runningMoments(images) }));
  const baseline = kept.find(({ metric }) => metric === compareTo)!;
  return {
    metrics: kept.map(({ metric, means, variances }) => ({ metric, mean: means.at(-1)!, sd: Math.sqrt(variances.at(-1)!) })),
    tests: kept
      .filter((one) => one !== baseline)
      .map(({ metric, means }) => {
        const { t, p } = studentTest(means, baseline.means, "two-sided");
        return { metric, t, p, accepted: p !== null && p / 2 < alpha };
      }),
  };
}

/** The mean and the unbiased variance after each caption; both start anew at each image. */
export function runningMoments(images: readonly (readonly number[])[]): { means: number[]; variances: number[] } {
  const means: number[] = [];
  const variances: number[] = [];
  for (const scores of images) {
    let mean = 0;
    let variance = 0;
    scores.forEach((score, i) => {
      const n = i + 1;
      if (n > 1) variance = ((n - 2) / (n - 1)) * variance + (score - mean) ** 2 / n;
      mean += (score - mean) / n;
      means.push(mean);
      variances.push(variance);
    });
  }
  return { means, variances };
}
