import type { Random } from "@rsdix/internal";
import { pacer } from "../progress";
import { type ClusteredValues, type Estimate, estimatesOf, type Resampling } from "./bootstrap";
import { wordsOf } from "./captions";
import { holm } from "./holm";
import type { Perturbation } from "./study-perturbations";
import type { MetricSummary, PerturbationSummary, StudyDetails, StudySettings, StudyTest } from "./study-result";
import { differencesOf, effectSizes, momentsOf, pairedTest, welchTest } from "./t-tests";
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
  readonly signal: AbortSignal | undefined;
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
export async function perturbationSummaries({ details, perturbations, signal }: StudyData): Promise<PerturbationSummary[]> {
  const pace = pacer({ signal }, "metricStudy (words)", perturbations.length * details.captions.length);
  const summaries: PerturbationSummary[] = [];
  for (const [k, { name, keepsMeaning }] of perturbations.entries()) {
    const perturbed = details.perturbed[name]!;
    const shares: number[] = [];
    for (const [i, { changes }] of perturbed.entries()) {
      const words = changes.reduce((sum, { from }) => sum + wordsOf(from).length, 0);
      if (changes.length > 0) shares.push(words / wordsOf(details.captions[i]!).length);
      await pace(k * perturbed.length + i + 1);
    }
    const first = perturbed.findIndex(({ changes }) => changes.length > 0);
    summaries.push({
      ...{ name, keepsMeaning, captions: shares.length },
      wordsChanged: first === -1 ? null : momentsOf(shares).mean,
      example: first === -1 ? null : { before: details.captions[first]!, after: perturbed[first]!.caption },
    });
  }
  return summaries;
}

/** How each metric did, with intervals. */
export async function metricSummaries(data: StudyData, random: Random, resampling: Resampling): Promise<MetricSummary[]> {
  const { details, metrics, perturbations, images } = data;
  const kinds = perturbations.length;
  // The same for every metric, and one list, so that it is added up once.
  const counts = perturbations.map(({ name }) => perImage(dropsOf(data, metrics[0]!, name), data).counts);
  const all = metrics.flatMap((metric) => {
    const drops = perturbations.map(({ name }, k) => ({ ...perImage(dropsOf(data, metric, name), data), counts: counts[k]! }));
    const of = (keeps: boolean) => drops.filter((_, k) => perturbations[k]!.keepsMeaning === keeps);
    return [...drops.map((values) => [values]), of(true), of(false)];
  });
  const estimates = await estimatesOf(all, images, random, resampling, data.signal);
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
export function comparisonsOf(data: StudyData, settings: StudySettings): Promise<StudyTest[]> {
  const { metrics, perturbations } = data;
  const baseline = metrics.find(({ name }) => name === settings.compareTo)!;
  return corrected(
    metrics
      .filter((metric) => metric !== baseline)
      .flatMap((metric) =>
        perturbations.map(({ name, keepsMeaning }) => ({
          ...{ metric: metric.name, perturbation: name, alternative: keepsMeaning ? ("greater" as const) : ("less" as const) },
          claim: `${keepsMeaning ? "less robust" : "less sensitive"} than ${baseline.name}`,
          pairs: () => observations(dropsOf(data, metric, name), dropsOf(data, baseline, name), data, settings),
        })),
      ),
    settings,
    data.signal,
  );
}

/**
 * Does a metric fall more where the meaning changes than where it stays? Each perturbation is held against the one of those that keep the meaning that changes
 * as many words as it does, or nearly: a score falls with the number of words alone.
 */
export async function separationsOf(
  data: StudyData,
  summaries: readonly PerturbationSummary[],
  settings: StudySettings,
): Promise<StudyTest[]> {
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
          pairs: () => observations(dropsOf(data, metric, name), dropsOf(data, metric, like.name), data, settings),
        };
      }),
    ),
    settings,
    data.signal,
  );
}

/**
 * Differences below this are none. BLEU's guards against dividing by zero make a perfect match 1 - 2e-10, and a paired test would find that to be lower than 1,
 * with all certainty; and drops that are the same for every caption but for such guards and rounding would make any difference of theirs certain.
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
  const [x, y] = [first, second].map((values) => levelled(units(values).filter((value) => !Number.isNaN(value))));
  const differences = differencesOf(x!, y!);
  // Differences that are one and the same are made so in y; t-tests take what is left of them for rounding.
  return { a: x!, b: isLevel(differences) ? x!.map((value) => value - differences[0]!) : y! };
}

/** One value for all of them, where they are one but for what is no difference. */
function levelled(values: Float64Array): Float64Array {
  return isLevel(values) ? new Float64Array(values.length).fill(values[0]!) : values;
}

function isLevel(values: Float64Array): boolean {
  return values.every((value) => Math.abs(value - values[0]!) < RESOLUTION / 2);
}

type Untested = Pick<StudyTest, "metric" | "perturbation" | "alternative" | "claim"> & {
  readonly pairs: () => { readonly a: Float64Array; readonly b: Float64Array };
};

async function corrected(claims: readonly Untested[], { alpha }: StudySettings, signal: AbortSignal | undefined): Promise<StudyTest[]> {
  const pace = pacer({ signal }, "metricStudy (tests)", claims.length);
  const tests: Omit<StudyTest, "holm" | "holds">[] = [];
  for (const { pairs, ...claim } of claims) {
    const { a, b } = pairs();
    tests.push({
      ...{ ...claim, n: a.length, difference: a.length === 0 ? null : momentsOf(a).mean - momentsOf(b).mean },
      paired: pairedTest(a, b, claim.alternative),
      welch: welchTest(a, b, claim.alternative),
      wilcoxon: wilcoxonTest(a, b, claim.alternative),
      effect: effectSizes(a, b),
    });
    await pace(tests.length);
  }
  const kinds = ["paired", "welch", "wilcoxon"] as const;
  const [paired, welch, wilcoxon] = kinds.map((kind) => holm(tests.map((test) => test[kind].p)));
  return tests.map((test, i) => ({
    ...test,
    holm: { paired: paired![i]!, welch: welch![i]!, wilcoxon: wilcoxon![i]! },
    holds: (paired![i] ?? 1) < alpha,
  }));
}
