import type { Random } from "@rsdix/internal";
import { type ClusteredValues, type Estimate, estimatesOf, type Resampling } from "./bootstrap";
import { wordsOf } from "./captions";
import { holm } from "./holm";
import type { Perturbation } from "./study-perturbations";
import type { MetricSummary, PerturbationSummary, StudyDetails, StudySettings, StudyTest } from "./study-result";
import { effectSizes, momentsOf, pairedTest, welchTest } from "./t-tests";
import { wilcoxonTest } from "./wilcoxon";

/** A metric of the study. */
interface Measured {
  readonly name: string;
  readonly maximum: number;
}

/** What the numbers are made of. */
export interface StudyData {
  readonly details: StudyDetails;
  readonly metrics: readonly Measured[];
  readonly perturbations: readonly Perturbation[];
  readonly images: number;
}

/** How far a metric fell on each caption, in shares of its maximum; NaN where a perturbation changed nothing. */
function dropsOf({ details }: StudyData, { name, maximum }: Measured, perturbation: string): Float64Array {
  const [before, after] = [details.unchanged[name]!, details.scores[name]![perturbation]!];
  const perturbed = details.perturbed[perturbation]!;
  return before.map((score, i) => (perturbed[i]!.changes.length === 0 ? Number.NaN : (score - after[i]!) / maximum));
}

/** Sums and counts an image of the values that are numbers. */
function perImage(values: Float64Array, { details, images }: StudyData): ClusteredValues {
  const [sums, counts] = [new Float64Array(images), new Float64Array(images)];
  values.forEach((value, i) => {
    if (Number.isNaN(value)) return;
    sums[details.image[i]!]! += value;
    counts[details.image[i]!]! += 1;
  });
  return { sums, counts };
}

/** What each perturbation did. */
export function perturbationSummaries({ details, perturbations }: StudyData): PerturbationSummary[] {
  return perturbations.map(({ name, keepsMeaning }) => {
    const perturbed = details.perturbed[name]!;
    const changed = perturbed.flatMap(({ changes }, i) => (changes.length === 0 ? [] : [i]));
    const shares = changed.map((i) => {
      const words = perturbed[i]!.changes.reduce((sum, { from }) => sum + wordsOf(from).length, 0);
      return words / wordsOf(details.captions[i]!).length;
    });
    return {
      ...{ name, keepsMeaning, captions: changed.length },
      wordsChanged: changed.length === 0 ? null : momentsOf(shares).mean,
      example: changed.length === 0 ? null : { before: details.captions[changed[0]!]!, after: perturbed[changed[0]!]!.caption },
    };
  });
}

/** How each metric did, with intervals. */
export function metricSummaries(data: StudyData, random: Random, resampling: Resampling): MetricSummary[] {
  const { details, metrics, perturbations, images } = data;
  const kinds = perturbations.length;
  // The same for every metric, and one list, so that it is added up once.
  const counts = perturbations.map(({ name }) => perImage(dropsOf(data, metrics[0]!, name), data).counts);
  const all = metrics.flatMap((metric) => {
    const drops = perturbations.map(({ name }, k) => ({ ...perImage(dropsOf(data, metric, name), data), counts: counts[k]! }));
    const of = (keeps: boolean) => drops.filter((_, k) => perturbations[k]!.keepsMeaning === keeps);
    return [...drops.map((values) => [values]), of(true), of(false)];
  });
  const estimates = estimatesOf(all, images, random, resampling);
  return metrics.map(({ name: metric, maximum }, m) => {
    const own = estimates.slice(m * (kinds + 2), (m + 1) * (kinds + 2));
    return {
      ...{ metric, maximum, unchanged: momentsOf(details.unchanged[metric]!).mean },
      robustness: complement(own[kinds]!),
      sensitivity: own[kinds + 1]!,
      perturbations: Object.fromEntries(perturbations.map(({ name }, k) => [name, { ...scoresOf(details, metric, name), drop: own[k]! }])),
    };
  });
}

/** Mean and standard deviation of the changed captions' scores. */
function scoresOf({ scores, perturbed }: StudyDetails, metric: string, perturbation: string): { mean: number | null; sd: number | null } {
  const changed = scores[metric]![perturbation]!.filter((_, i) => perturbed[perturbation]![i]!.changes.length > 0);
  const { mean, variance } = momentsOf(changed);
  return { mean: changed.length > 0 ? mean : null, sd: changed.length > 1 ? Math.sqrt(variance) : null };
}

/** 1 less the value: the interval's ends change places. */
function complement({ value, low, high }: Estimate): Estimate {
  const less = (one: number | null) => (one === null ? null : 1 - one);
  return { value: less(value), low: less(high), high: less(low) };
}

/** Under each perturbation: is a metric worse than the one that it is compared with? */
export function comparisonsOf(data: StudyData, settings: StudySettings): StudyTest[] {
  const { metrics, perturbations } = data;
  const baseline = metrics.find(({ name }) => name === settings.compareTo)!;
  return corrected(
    metrics
      .filter((metric) => metric !== baseline)
      .flatMap((metric) =>
        perturbations.map(({ name, keepsMeaning }) => ({
          ...{ metric: metric.name, perturbation: name, alternative: keepsMeaning ? ("greater" as const) : ("less" as const) },
          claim: `${keepsMeaning ? "less robust" : "less sensitive"} than ${baseline.name}`,
          ...observations(dropsOf(data, metric, name), dropsOf(data, baseline, name), data, settings),
        })),
      ),
    settings,
  );
}

/**
 * Does a metric fall more where the meaning changes than where it stays? Each perturbation is held against the one of those that keep the meaning that changes
 * as many words as it does, or nearly: a score falls with the number of words alone.
 */
export function separationsOf(data: StudyData, summaries: readonly PerturbationSummary[], settings: StudySettings): StudyTest[] {
  const kept = summaries.filter(({ keepsMeaning, captions }) => keepsMeaning && captions > 0);
  const changing = summaries.filter(({ keepsMeaning, captions }) => !keepsMeaning && captions > 0);
  if (kept.length === 0) return [];
  return corrected(
    data.metrics.flatMap((metric) =>
      changing.map(({ name, wordsChanged }) => {
        const distance = (other: PerturbationSummary) => Math.abs(other.wordsChanged! - wordsChanged!);
        const like = kept.reduce((best, other) => (distance(other) < distance(best) ? other : best));
        return {
          ...{ metric: metric.name, perturbation: name, alternative: "greater" as const },
          claim: `drops more than under ${like.name}`,
          ...observations(dropsOf(data, metric, name), dropsOf(data, metric, like.name), data, settings),
        };
      }),
    ),
    settings,
  );
}

/**
 * Differences below this are none. BLEU's guards against dividing by zero make a perfect match 1 - 2e-10, and a paired test would find that to be lower than 1, with all
 * certainty.
 */
const RESOLUTION = 1e-6;

/** The pairs that a test takes: of captions that have both values, or of images that have such captions. */
function observations(a: Float64Array, b: Float64Array, data: StudyData, { unit }: StudySettings): { a: Float64Array; b: Float64Array } {
  const missing = (i: number) => Number.isNaN(a[i]!) || Number.isNaN(b[i]!);
  const first = a.map((value, i) => (missing(i) ? Number.NaN : value));
  const second = b.map((value, i) => (missing(i) ? Number.NaN : Math.abs(value - a[i]!) < RESOLUTION ? a[i]! : value));
  const units = (values: Float64Array) => {
    if (unit === "caption") return values;
    const { sums, counts } = perImage(values, data);
    return sums.map((sum, i) => sum / counts[i]!);
  };
  return { a: units(first).filter((value) => !Number.isNaN(value)), b: units(second).filter((value) => !Number.isNaN(value)) };
}

type Untested = Pick<StudyTest, "metric" | "perturbation" | "alternative" | "claim"> & {
  readonly a: Float64Array;
  readonly b: Float64Array;
};

function corrected(claims: readonly Untested[], { alpha }: StudySettings): StudyTest[] {
  const tests = claims.map(({ a, b, ...claim }) => ({
    ...{ ...claim, n: a.length, difference: a.length === 0 ? null : momentsOf(a).mean - momentsOf(b).mean },
    paired: pairedTest(a, b, claim.alternative),
    welch: welchTest(a, b, claim.alternative),
    wilcoxon: wilcoxonTest(a, b, claim.alternative),
    effect: effectSizes(a, b),
  }));
  const kinds = ["paired", "welch", "wilcoxon"] as const;
  const [paired, welch, wilcoxon] = kinds.map((kind) => holm(tests.map((test) => test[kind].p)));
  return tests.map((test, i) => ({
    ...test,
    holm: { paired: paired![i]!, welch: welch![i]!, wilcoxon: wilcoxon![i]! },
    holds: (paired![i] ?? 1) < alpha,
  }));
}
