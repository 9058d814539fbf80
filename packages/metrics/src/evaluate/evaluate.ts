import { checkOptions, checkRange, fail, show } from "@rsdix/internal";
import { checkAverage } from "../bleu";
import { checkPairs } from "../check-captions";
import { type CaptionNgrams, captionNgrams } from "../ngrams/caption-ngrams";
import { checkAborted, checkProgressOptions, pacer } from "../progress";
import type { Captions, Metric, MetricScores, Run } from "./metric";
import { METRICS, type MetricName } from "./metric-table";
import type { EvaluateOptions, EvaluateProfile } from "./options";
import { type PartsRunner, partsRunner } from "./parts-runner";
import { tokenise } from "./tokenise";

/** A metric that was asked for and not computed. */
export interface SkippedMetric {
  /** Its name. */
  readonly metric: MetricName;
  /** What it lacks. */
  readonly reason: string;
}

/** Result of {@link evaluate}. */
export interface EvaluateResult {
  /** The scores over all images by name: bleu1 to bleu4 of `bleu`, vocab, vocabF1 and others of `vocab`, one of each other metric. */
  scores: Record<string, number>;
  /** The scores of each image in the order given, by name. */
  perImage: Record<string, number[]>;
  /** Milliseconds that each metric took, and "tokens" where captions were tokenised; a metric made of others counts what they hadn't computed yet. */
  timings: Record<string, number>;
  /** Metrics that were asked for and couldn't be computed. */
  skipped: SkippedMetric[];
}

const OPTIONS = [
  ...["metrics", "profile", "average", "embed", "fluencyErrors", "images", "embedImages", "embedTexts", "paraphrases", "wordnet"],
  ...["batchSize", "workers", "onProgress", "signal"],
];

const PROFILES: Readonly<Record<EvaluateProfile, { average: "image" | "corpus"; tokens: boolean; metrics: readonly MetricName[] }>> = {
  rsdix: { average: "image", tokens: false, metrics: ["meteor", "sbertSim", "rougeL", "bleu", "spice"] },
  coco: { average: "corpus", tokens: true, metrics: ["bleu", "meteor", "rougeL", "ciderD", "spice"] },
};

/** More workers than this only cost memory. */
const MAX_WORKERS = 64;

/**
 * Scores captions by several metrics at once: captions are tokenised and read once, what one metric needs of another is computed
 * once, and METEOR and SPICE can be spread over workers, with the same results to the last bit.
 *
 * The same captions score visibly differently in the two profiles, so say which one a number is of. "rsdix" is how the original
 * RSDiX evaluates: captions as written, case and full stops included, and the mean of the images' scores. "coco" is how
 * coco-caption does: all captions through {@link ptbTokenize}, BLEU and METEOR from sums over the corpus. Models (`sbertSim`,
 * `fense`, `clipScore`) always read captions as written.
 *
 * A metric is skipped, and `skipped` says why, where an option that it needs isn't given; what goes wrong while it computes is thrown.
 *
 * @param candidates The caption to judge, one an image.
 * @param references For each image its reference captions, at least one.
 * @param options What to compute and how.
 * @returns Scores over all images and of each image, timings, and what was skipped.
 * @throws RsdixError `SHAPE_MISMATCH` when the two lists differ in length, `EMPTY_DATA` without images or with an image without
 * references, `INVALID_ARGUMENT` for anything that is not a string, an unknown metric, profile or average, `UNKNOWN_OPTION`,
 * `ABORTED`, and what the metrics throw.
 * @example
 * ```ts
 * import { evaluate } from "@rsdix/metrics";
 * const { scores, skipped } = await evaluate(
 *   ["many planes are parked near a terminal .", "a pond is near a road ."],
 *   [["several aircraft are parked near the terminal ."], ["a pond is near a road with trees .", "there is a pond ."]],
 *   { metrics: ["bleu", "rougeL", "ciderD", "sbertSim"], profile: "coco" },
 * );
 * console.log(scores.bleu4, scores.ciderD, skipped); // sbertSim is skipped: it needs embed
 * ```
 */
export async function evaluate(
  candidates: readonly string[],
  references: readonly (readonly string[])[],
  options: EvaluateOptions = {},
): Promise<EvaluateResult> {
  const { profile, average, metrics, workers } = readOptions(options);
  checkPairs(candidates, references);
  const { signal, onProgress } = options;
  const result: EvaluateResult = { scores: {}, perImage: {}, timings: {}, skipped: [] };
  const timed = async <T>(name: string, run: () => Promise<T>) => {
    const start = performance.now();
    const value = await run();
    result.timings[name] = performance.now() - start;
    return value;
  };
  const report = (metric: MetricName | "tokens") => (done: number, total: number) => onProgress?.({ metric, done, total });

  checkAborted(signal, "evaluate", { done: 0, total: metrics.length });
  const written = { candidates, references };
  const captions = profile.tokens ? await timed("tokens", () => tokenise(written, { signal, report: report("tokens") })) : written;
  let runner: PartsRunner | undefined;
  const shared = sharedRun({ captions, written, average, options });
  const computed = new Map<string, Promise<MetricScores>>();

  const compute = (name: MetricName): Promise<MetricScores> => {
    const known = computed.get(name);
    if (known) return known;
    const progress = report(name);
    const step = pacer({ onProgress: ({ done, total }) => progress(done, total), signal }, `evaluate (${name})`, candidates.length);
    const run: Run = {
      ...shared,
      step,
      progress,
      of: (other) => compute(other as MetricName),
      parts: async (metric) => {
        runner ??= partsRunner(captions, options, workers);
        return runner.score(metric, step);
      },
    };
    const scores = METRICS[name].score(run);
    computed.set(name, scores);
    return scores;
  };

  try {
    for (const name of metrics) {
      const reason = whySkipped(METRICS[name], name, captions, options);
      if (reason !== undefined) {
        result.skipped.push({ metric: name, reason });
        continue;
      }
      checkAborted(signal, "evaluate", { done: metrics.indexOf(name), total: metrics.length });
      const { scores, perImage } = await timed(name, () => compute(name));
      Object.assign(result.scores, scores);
      Object.assign(result.perImage, perImage);
    }
  } finally {
    await runner?.close();
  }
  return result;
}

function sharedRun(given: Pick<Run, "captions" | "written" | "average" | "options">) {
  let read: CaptionNgrams | undefined;
  const ngrams = () => {
    read ??= captionNgrams(given.captions.candidates, given.captions.references);
    return read;
  };
  return { ...given, ngrams };
}

function whySkipped(metric: Metric, name: string, captions: Captions, options: EvaluateOptions): string | undefined {
  const missing = metric.needs.filter((need) => options[need] === undefined);
  return missing.length > 0
    ? `${name} needs the option${missing.length > 1 ? "s" : ""} ${missing.join(" and ")}.`
    : metric.unfit?.(captions);
}

function readOptions(options: EvaluateOptions) {
  const given = checkOptions(options, OPTIONS, "evaluate");
  const { profile: name = "rsdix", workers = 0, wordnet } = given;
  if (!Object.hasOwn(PROFILES, name)) fail("INVALID_ARGUMENT", `profile must be "rsdix" or "coco", got ${show(name)}.`);
  const profile = PROFILES[name];
  const metrics: readonly MetricName[] = given.metrics ?? profile.metrics;
  if (!Array.isArray(metrics) || metrics.length === 0) {
    fail("INVALID_ARGUMENT", `metrics must be a list of names, got ${Array.isArray(metrics) ? "none" : show(metrics)}.`);
  }
  for (const metric of metrics) {
    if (!Object.hasOwn(METRICS, metric)) {
      fail("INVALID_ARGUMENT", `There is no metric ${show(metric)}. There are: ${Object.keys(METRICS).join(", ")}.`);
    }
  }
  checkRange(workers, "workers", { min: 0, max: MAX_WORKERS, integer: true });
  if (workers > 0 && wordnet !== undefined && typeof wordnet !== "string" && !(wordnet instanceof URL || wordnet instanceof Uint8Array)) {
    fail("INVALID_ARGUMENT", "With workers, wordnet must be an address, a path or bytes, as each of them loads its own.");
  }
  checkProgressOptions({ signal: given.signal, onProgress: given.onProgress as undefined });
  return { profile, average: checkAverage(given.average ?? profile.average), metrics: [...new Set<MetricName>(metrics)], workers };
}
