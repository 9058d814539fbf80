import { checkPairs, copyPairs } from "../check-captions";
import { type CaptionNgrams, captionNgrams } from "../ngrams/caption-ngrams";
import { checkAborted, pacer } from "../progress";
import type { Captions, Metric, MetricScores, Run } from "./metric";
import { METRICS, type MetricName } from "./metric-table";
import type { EvaluateOptions } from "./options";
import { type PartsRunner, partsRunner } from "./parts-runner";
import { readOptions } from "./read-options";
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
  /** Whether METEOR had its paraphrase table; absent where it wasn't asked for. Without, its scores are a little lower. */
  paraphrases?: boolean;
}

/**
 * Scores captions by several metrics at once: captions are tokenised and read once, what one metric needs of another is computed
 * once, and METEOR and SPICE can be spread over workers, with the same results to the last bit.
 *
 * The same captions score visibly differently in the two profiles, so say which one a number is of. "rsdix" is how the original
 * RSDiX evaluates: captions as written, case and full stops included, and the mean of the images' scores. "coco" is how
 * coco-caption does: all captions through {@link ptbTokenize}, BLEU and METEOR from sums over the corpus. Models (`sbertSim`,
 * `fense`, `clipScore`) always read captions as written.
 *
 * Captions, images and options are taken as they are when it is called. A metric is skipped, and `skipped` says why, where an option that it needs isn't given;
 * what goes wrong while it computes is thrown.
 *
 * @param candidates The caption to judge, one an image.
 * @param references For each image its reference captions, at least one.
 * @param options What to compute and how.
 * @returns Scores over all images and of each image, timings, and what was skipped.
 * @throws RsdixError `SHAPE_MISMATCH` when the two lists differ in length, `EMPTY_DATA` without images or with an image without
 * references, `INVALID_ARGUMENT` for anything that is not a string, an unknown metric, profile or average, an option of another kind, `UNKNOWN_OPTION`,
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
 * @see https://github.com/Labbeti/aac-metrics (what "rsdix" computes), https://github.com/tylin/coco-caption (what "coco" does)
 */
export async function evaluate(
  candidates: readonly string[],
  references: readonly (readonly string[])[],
  options: EvaluateOptions = {},
): Promise<EvaluateResult> {
  checkPairs(candidates, references);
  const { profile, average, metrics, workers, ...given } = readOptions(options, candidates.length);
  const { signal, onProgress } = given;
  const result: EvaluateResult = { scores: {}, perImage: {}, timings: {}, skipped: [] };
  const timed = async <T>(name: string, run: () => Promise<T>) => {
    const start = performance.now();
    const value = await run();
    result.timings[name] = performance.now() - start;
    return value;
  };
  const report = (metric: MetricName | "tokens") => (done: number, total: number) => onProgress?.({ metric, done, total });

  checkAborted(signal, "evaluate", { done: 0, total: metrics.length });
  const written = copyPairs(candidates, references);
  const captions = profile.tokens ? await timed("tokens", () => tokenise(written, { signal, report: report("tokens") })) : written;
  let runner: PartsRunner | undefined;
  const shared = sharedRun({ captions, written, average, options: given });
  const computed = new Map<string, Promise<MetricScores>>();

  const compute = (name: MetricName): Promise<MetricScores> => {
    const known = computed.get(name);
    if (known) return known;
    const progress = report(name);
    const step = pacer({ onProgress: ({ done, total }) => progress(done, total), signal }, `evaluate (${name})`, written.candidates.length);
    const run: Run = {
      ...shared,
      step,
      progress,
      of: (other) => compute(other as MetricName),
      parts: async (metric) => {
        runner ??= partsRunner(captions, given, workers);
        return runner.score(metric, step);
      },
    };
    const scores = METRICS[name].score(run);
    computed.set(name, scores);
    return scores;
  };

  try {
    for (const name of metrics) {
      const reason = whySkipped(METRICS[name], name, captions, given);
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
  if (computed.has("meteor")) result.paraphrases = given.paraphrases !== undefined;
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
