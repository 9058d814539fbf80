import { checkRange, fail, show } from "@rsdix/internal";
import { ciderDScorer, rougeLScorer } from "#count-ngrams";
import { bleuOfImages } from "../bleu";
import { copyPairs } from "../check-captions";
import { ONE_IMAGE } from "../cider-d";
import { createMeteor } from "../meteor/create-meteor";
import { type CaptionNgrams, captionNgrams } from "../ngrams/caption-ngrams";
import { createSpice } from "../spice/spice";
import { loadSpiceParser } from "../spice/spice-parser";
import { loadWordNet } from "../wordnet/load-wordnet";
import { checkName } from "./check-inputs";

/** A number for each image, or a result that has them as `perImage`, as those of this package's metrics do. */
export type CaptionScores =
  | ArrayLike<number>
  | {
      /** The images' scores, in order. */
      readonly perImage: ArrayLike<number>;
    };

/** Scores one candidate an image against the image's references, in order. */
export type ScoreCaptions = (
  candidates: readonly string[],
  references: readonly (readonly string[])[],
) => CaptionScores | Promise<CaptionScores>;

/** A metric for the study: of another package, with a model of yours, or one that you think up. */
export interface StudyMetric {
  /** What it is called in the result: "sbertSim". */
  readonly name: string;
  /** The scores, the higher the better. */
  readonly score: ScoreCaptions;
  /** The largest score that it gives; 1 unless told otherwise. Drops are divided by it, so that metrics can be compared. */
  readonly maximum?: number;
}

/** How a pass over all captions is stopped on the way. */
export interface Pace {
  /** To be awaited after each caption: lets others run from time to time, and throws when the signal says so. */
  readonly step: () => Promise<void>;
  /** Throws when the signal says so. */
  readonly check: () => void;
  readonly signal: AbortSignal | undefined;
}

/** Several metrics that one pass gives. */
export interface MetricGroup {
  readonly metrics: readonly { readonly name: string; readonly maximum: number }[];
  /** A list of scores for each of the metrics. */
  score(candidates: readonly string[], references: readonly (readonly string[])[], pace: Pace): Promise<readonly CaptionScores[]>;
}

/** Scores an image after the other. */
type ImageScorer = (candidates: readonly string[], references: readonly (readonly string[])[]) => (image: number) => number;

const bleuOrders = (...orders: readonly (1 | 2 | 3 | 4)[]): MetricGroup => ({
  metrics: orders.map((order) => ({ name: `bleu${order}`, maximum: 1 })),
  async score(candidates, references, { step }) {
    const images = bleuOfImages(captionNgrams(candidates, references));
    for (let image = 0; image < candidates.length; image++) {
      images.score(image);
      await step();
    }
    const { perImage } = images.result("image");
    return orders.map((order) => perImage.map((scores) => scores[`bleu${order}`]));
  },
});

/** The metrics of this package. */
const OWN = {
  bleu: bleuOrders(1, 2, 3, 4),
  bleu1: bleuOrders(1),
  bleu2: bleuOrders(2),
  bleu3: bleuOrders(3),
  bleu4: bleuOrders(4),
  rougeL: byImage("rougeL", 1, async () => ofNgrams(rougeLScorer)),
  ciderD: byImage("ciderD", 10, async () => (candidates, references) => {
    if (candidates.length === 1) fail("INVALID_ARGUMENT", `${ONE_IMAGE} Study more, or other metrics.`);
    return ofNgrams(ciderDScorer)(candidates, references);
  }),
  meteor: byImage("meteor", 1, async () => {
    const { score } = createMeteor({ wordnet: await loadWordNet() });
    return (candidates, references) => (image) => score(candidates[image]!, references[image]!);
  }),
  spice: byImage("spice", 1, async () => {
    const score = createSpice({ wordnet: await loadWordNet(), parser: await loadSpiceParser() });
    return (candidates, references) => (image) => score([candidates[image]!], [references[image]!]).spice;
  }),
} satisfies Record<string, MetricGroup>;

/** A metric of this package by its name; "bleu" is the four orders. */
export type StudyMetricName = keyof typeof OWN;

/** The names that a study's `metrics` knows. */
export const STUDY_METRICS = Object.keys(OWN) as readonly StudyMetricName[];

function byImage(name: string, maximum: number, load: () => Promise<ImageScorer>): MetricGroup {
  return {
    metrics: [{ name, maximum }],
    async score(candidates, references, { step }) {
      const scoreOf = (await load())(candidates, references);
      const scores = new Float64Array(candidates.length);
      for (let image = 0; image < scores.length; image++) {
        scores[image] = scoreOf(image);
        await step();
      }
      return [scores];
    },
  };
}

function ofNgrams(scorer: (ngrams: CaptionNgrams) => (image: number) => number): ImageScorer {
  return (candidates, references) => scorer(captionNgrams(candidates, references));
}

/** The metrics that a study was asked for; throws for a name that is unknown or given twice. */
export function metricGroups(metrics: readonly (StudyMetricName | StudyMetric)[]): MetricGroup[] {
  if (!Array.isArray(metrics)) fail("INVALID_ARGUMENT", `metrics must be a list of names or { name, score }, got ${show(metrics)}.`);
  if (metrics.length === 0) fail("EMPTY_DATA", "metrics is empty: name at least one.");
  const groups = Array.from(metrics, (metric: StudyMetricName | StudyMetric, i): MetricGroup => {
    if (typeof metric === "string") {
      if (!Object.hasOwn(OWN, metric)) {
        fail(
          "INVALID_ARGUMENT",
          `metrics[${i}]: there is no metric ${JSON.stringify(metric)}. Known are ${STUDY_METRICS.join(", ")}; any other goes in as { name, score }.`,
        );
      }
      return OWN[metric];
    }
    const { name, score, maximum = 1 } = metric ?? {};
    if (typeof name !== "string" || name === "" || typeof score !== "function") {
      fail("INVALID_ARGUMENT", `metrics[${i}] must be a name or { name, score }, got ${show(metric)}.`);
    }
    checkName(name, `metrics[${i}]`);
    checkRange(maximum, `metrics[${i}].maximum`, { min: Number.MIN_VALUE });
    return {
      metrics: [{ name, maximum }],
      score: async (candidates, references, pace) => [await unlessStopped(score(candidates, references), pace)],
    };
  });
  const names = groups.flatMap((group) => group.metrics.map(({ name }) => name));
  const twice = names.find((name, i) => names.indexOf(name) !== i);
  if (twice !== undefined) fail("INVALID_ARGUMENT", `metrics names ${twice} twice.`);
  return groups;
}

/** What somebody else's metric gives, or an error as soon as the signal says so: the metric knows nothing of it, and may take long. */
async function unlessStopped<T>(work: T | Promise<T>, { signal, check }: Pace): Promise<T> {
  let stop = () => {};
  const stopped = new Promise<void>((resolve) => {
    stop = resolve;
  });
  signal?.addEventListener?.("abort", stop);
  try {
    await Promise.race([work, stopped]);
  } finally {
    signal?.removeEventListener?.("abort", stop);
  }
  check();
  return work;
}

/** A group's scores, one finite number a caption for each of its metrics. */
export async function scoresOf(
  group: MetricGroup,
  candidates: readonly string[],
  references: readonly (readonly string[])[],
  pace: Pace,
): Promise<Float64Array[]> {
  const own = copyPairs(candidates, references); // a metric may sort what it is given
  const lists = await group.score(own.candidates, own.references, pace);
  return group.metrics.map(({ name }, k) => {
    const given = lists[k];
    const list = given !== null && typeof given === "object" && "perImage" in given ? given.perImage : given;
    if (typeof list === "string") fail("INVALID_ARGUMENT", `${name} must give a list of numbers, got the text ${JSON.stringify(list)}.`);
    if (typeof list?.length !== "number" || list.length !== candidates.length) {
      fail("SHAPE_MISMATCH", `${name} must give a score for each of ${candidates.length} captions, got ${list?.length ?? show(list)}.`);
    }
    return Float64Array.from(candidates, (caption, i) => {
      const score: unknown = list[i];
      if (typeof score === "number" && Number.isFinite(score)) return score;
      const got = typeof score === "string" ? `the text ${JSON.stringify(score)}` : show(score);
      return fail("NOT_A_NUMBER", `${name} gave ${got} for the caption ${JSON.stringify(caption)}.`);
    });
  });
}
