import { checkOptions, checkRange, createRandom, fail, show } from "@rsdix/internal";
import { checkReferences } from "../check-captions";
import { checkProgressOptions } from "../progress";
import { checkWordNet } from "../wordnet/check-wordnet";
import { loadWordNet } from "../wordnet/load-wordnet";
import type { WordNet } from "../wordnet/wordnet";
import type { IntervalMethod } from "./bootstrap";
import { originalProcedure } from "./original-procedure";
import { perturbCaptions } from "./perturb-captions";
import { type ReplaceSynonymsOptions, synonymChoices } from "./replace-synonyms";
import { scoreCaptions } from "./score-captions";
import { metricGroups, type StudyMetric, type StudyMetricName } from "./study-metrics";
import { type Perturbation, type PerturbationName, perturbationNames, perturbationsOf, STUDY_PERTURBATIONS } from "./study-perturbations";
import type { MetricStudy, StudyDetails, StudySettings } from "./study-result";
import { comparisonsOf, metricSummaries, perturbationSummaries, separationsOf } from "./study-summary";
import { checkTag, type TagWords } from "./tag-words";

/** How far a study has come. */
export interface StudyProgress {
  /** Passes over all captions that are done. */
  readonly done: number;
  /** Passes in all: each metric scores the captions as they were, and after each perturbation. */
  readonly total: number;
  /** What is scored next, or was scored last. */
  readonly metric: string;
  /** Which captions: "unchanged", or a perturbation's name. */
  readonly perturbation: string;
}

/** Options of {@link metricStudy}. */
export interface MetricStudyOptions {
  /** Metrics of this package by name, and any others as `{ name, score }`. */
  readonly metrics: readonly (StudyMetricName | StudyMetric)[];
  /** Perturbations of this package by name, and any others; all of this package's unless told otherwise. */
  readonly perturbations?: readonly (PerturbationName | Perturbation)[];
  /** The metric that the others are compared with: "sbertSim" where it is among them, else the last, unless told otherwise. */
  readonly compareTo?: string;
  /**
   * What a changed caption is scored against: "original" (the caption that it was; as the original does, and the default) or "others" (its image's other
   * captions).
   */
  readonly against?: "original" | "others";
  /** Where all draws come from, a whole number from 0 on; 42 unless told otherwise. */
  readonly seed?: number;
  /** What the tests take for one observation: "image" (the default: captions of one image depend on one another) or "caption". */
  readonly unit?: "image" | "caption";
  /** How likely an interval is to hold the value, in (0, 1); 0.95 unless told otherwise. */
  readonly level?: number;
  /** How the bootstrap's intervals are taken: "bca" (corrected for bias and skewness; the default) or "percentile". */
  readonly interval?: IntervalMethod;
  /** How often images are drawn anew, 100 to 100,000; 2000 unless told otherwise. */
  readonly resamples?: number;
  /** Below this a corrected p-value counts, in (0, 1); 0.05 unless told otherwise. */
  readonly alpha?: number;
  /** Options of {@link replaceSynonyms}: `protectedWords`, `fraction`, `augMin`, `augMax`, `senses`. */
  readonly synonyms?: Omit<ReplaceSynonymsOptions, "wordnet" | "tag">;
  /** WordNet; that of this package, loaded where a perturbation needs it, unless told otherwise. */
  readonly wordnet?: WordNet;
  /** The parts of speech of words; `tagByWordNet` unless told otherwise. */
  readonly tag?: TagWords;
  /** Whether the original's procedure is run too, with its faults, on what "synonyms" gives; false unless told otherwise. */
  readonly reference?: boolean;
  /** Told before each pass over the captions, and after the last. */
  readonly onProgress?: (progress: StudyProgress) => void;
  /** Stops the study, also in the middle of a pass. */
  readonly signal?: AbortSignal;
}

const OPTIONS = [
  ...["metrics", "perturbations", "compareTo", "against", "seed", "unit", "level", "interval", "resamples", "alpha"],
  ...["synonyms", "wordnet", "tag", "reference", "onProgress", "signal"],
];

/**
 * Which metric notices when a caption becomes wrong, and does not mind when it only becomes different? Each caption is changed in ways that keep its meaning
 * (synonyms) and in ways that do not (another object, colour, number or relation, words shuffled, left out or repeated), and scored before and after. A good
 * metric falls little for the first (robustness) and much for the second (sensitivity).
 *
 * @param captions For each image its captions, at least one.
 * @param options `metrics`, and `perturbations`, `compareTo`, `against`, `seed`, `unit`, `level`, `interval`, `resamples`, `alpha`, `synonyms`, `wordnet`,
 * `tag`, `reference`, `onProgress`, `signal`.
 * @returns Robustness and sensitivity of each metric with confidence intervals, tests, effect sizes, and every score.
 * @throws RsdixError EMPTY_DATA without captions, metrics or perturbations; INVALID_ARGUMENT for what is no caption or not known; SHAPE_MISMATCH or
 * NOT_A_NUMBER for a metric that does not give a number a caption; FILE_NOT_FOUND and its like from `loadWordNet`; ABORTED; UNKNOWN_OPTION.
 * @example
 * ```ts
 * import { metricStudy } from "@rsdix/metrics/study";
 * const captions = [["a green lake near a road ."], ["two white planes ."], ["a red roof above a blue car ."]];
 * const study = await metricStudy(captions, { metrics: ["bleu4", "rougeL"], perturbations: ["synonyms", "colour"] });
 * for (const { metric, robustness, sensitivity } of study.metrics) console.log(metric, robustness.value, sensitivity.value);
 * ```
 * @see "RSDiX", IJCNN 2025, whose study of metrics this one goes on from, https://ieeexplore.ieee.org/document/11228553
 */
export async function metricStudy(captions: readonly (readonly string[])[], options: MetricStudyOptions): Promise<MetricStudy> {
  const { groups, metrics, settings } = checkedOptions(options);
  checkReferences(captions, "captions");
  const { perturbations: wanted = STUDY_PERTURBATIONS, synonyms = {}, reference = false, wordnet, tag, onProgress, signal } = options;
  const images = captions.map((one) => [...one]); // as they are now: others run while the study does
  const perturbations = await perturbationsOf(wanted, {
    ...{ captions: images.flat(), synonyms, tag, signal },
    wordnet: async () => wordnet ?? loadWordNet(),
  });
  const perturbed = await perturbCaptions(images, settings, perturbations, signal);
  const details: StudyDetails = { ...perturbed.details, ...(await scoreCaptions(perturbed, groups, { onProgress, signal })) };
  const data = { ...{ details, metrics, perturbations, signal }, images: perturbed.images };
  const summaries = await perturbationSummaries(data);
  const random = createRandom(settings.seed).fork("bootstrap");
  return {
    ...{ settings, images: data.images, captions: details.captions.length, perturbations: summaries },
    metrics: await metricSummaries(data, random, { ...settings, method: settings.interval }),
    comparisons: await comparisonsOf(data, settings),
    separations: await separationsOf(data, summaries, settings),
    ...(reference && { original: originalProcedure(byImage(details, data.images), settings.compareTo, settings.alpha) }),
    details,
  };
}

/**
 * Throws on options that {@link metricStudy} would refuse, so that they are known to be right before captions are read.
 *
 * @param options As `metricStudy` takes them.
 * @throws RsdixError EMPTY_DATA without metrics or perturbations; INVALID_ARGUMENT for what is not known; UNKNOWN_OPTION.
 * @example
 * ```ts
 * import { checkStudyOptions } from "@rsdix/metrics/study";
 * checkStudyOptions({ metrics: ["bleu4", "rougeL"], compareTo: "rougeL" });
 * ```
 */
export function checkStudyOptions(options: MetricStudyOptions): void {
  checkedOptions(options);
}

/** What options say that are found to be right. */
function checkedOptions(options: MetricStudyOptions) {
  const given = checkOptions(options, OPTIONS, "metricStudy");
  checkProgressOptions(given as object); // its onProgress is told more than others are
  const groups = metricGroups(given.metrics);
  const metrics = groups.flatMap((group) => group.metrics);
  const settings = settingsOf(
    given,
    metrics.map(({ name }) => name),
  );
  const { perturbations = STUDY_PERTURBATIONS, synonyms = {}, reference = false, wordnet, tag } = given;
  synonymChoices(synonyms, "metricStudy's synonyms");
  if (wordnet !== undefined) checkWordNet(wordnet, "lemmas");
  if (tag !== undefined) checkTag(tag);
  if (typeof reference !== "boolean") fail("INVALID_ARGUMENT", `reference must be true or false, got ${show(reference)}.`);
  const names = perturbationNames(perturbations);
  if (reference && (settings.against !== "original" || !names.includes("synonyms")))
    fail("INVALID_ARGUMENT", 'reference is about captions changed by "synonyms" and scored against "original".');
  return { groups, metrics, settings };
}

function settingsOf(options: MetricStudyOptions, names: readonly string[]): StudySettings {
  const { against = "original", unit = "image", interval = "bca", seed = 42, level = 0.95, alpha = 0.05, resamples = 2000 } = options;
  const { compareTo = names.includes("sbertSim") ? "sbertSim" : names.at(-1)! } = options;
  if (!names.includes(compareTo))
    fail("INVALID_ARGUMENT", `compareTo must be one of the metrics (${names.join(", ")}), got ${show(compareTo)}.`);
  oneOf(against, ["original", "others"], "against");
  oneOf(unit, ["image", "caption"], "unit");
  oneOf(interval, ["bca", "percentile"], "interval");
  for (const [value, name] of [
    [level, "level"],
    [alpha, "alpha"],
  ] as const)
    checkRange(value, name, { min: 1e-6, max: 1 - 1e-6 });
  checkRange(resamples, "resamples", { min: 100, max: 100_000, integer: true });
  return { seed, against, compareTo, unit, level, interval, resamples, alpha };
}

function oneOf(value: string, known: readonly string[], name: string): void {
  if (!known.includes(value)) fail("INVALID_ARGUMENT", `${name} must be "${known.join('" or "')}", got ${show(value)}.`);
}

/** By metric, for each image its captions' scores under synonyms: also of those that stayed as they were, as the original has it. */
function byImage({ scores, image }: StudyDetails, images: number): Record<string, number[][]> {
  return Object.fromEntries(
    Object.entries(scores).map(([metric, { synonyms }]) => {
      const lists = Array.from({ length: images }, (): number[] => []);
      synonyms!.forEach((value, i) => {
        lists[image[i]!]!.push(value);
      });
      return [metric, lists];
    }),
  );
}
