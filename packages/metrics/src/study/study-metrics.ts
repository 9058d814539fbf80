import { checkRange, fail, show } from "@rsdix/internal";
import { bleu } from "../bleu";
import { ciderD } from "../cider-d";
import { meteor } from "../meteor/meteor";
import { rougeL } from "../rouge-l";
import { spice } from "../spice/spice";

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

/** Several metrics that one pass gives. */
export interface MetricGroup {
  readonly metrics: readonly { readonly name: string; readonly maximum: number }[];
  /** A list of scores for each of the metrics. */
  score(candidates: readonly string[], references: readonly (readonly string[])[]): Promise<readonly CaptionScores[]>;
}

const bleuOrders = (...orders: readonly (1 | 2 | 3 | 4)[]): MetricGroup => ({
  metrics: orders.map((order) => ({ name: `bleu${order}`, maximum: 1 })),
  async score(candidates, references) {
    const { perImage } = bleu(candidates, references);
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
  rougeL: single("rougeL", 1, rougeL),
  ciderD: single("ciderD", 10, ciderD),
  meteor: single("meteor", 1, meteor),
  spice: single("spice", 1, spice),
} satisfies Record<string, MetricGroup>;

/** A metric of this package by its name; "bleu" is the four orders. */
export type StudyMetricName = keyof typeof OWN;

/** The names that a study's `metrics` knows. */
export const STUDY_METRICS = Object.keys(OWN) as readonly StudyMetricName[];

function single(name: string, maximum: number, score: ScoreCaptions): MetricGroup {
  return { metrics: [{ name, maximum }], score: async (candidates, references) => [await score(candidates, references)] };
}

/** The metrics that a study was asked for; throws for a name that is unknown or given twice. */
export function metricGroups(metrics: readonly (StudyMetricName | StudyMetric)[]): MetricGroup[] {
  if (!Array.isArray(metrics)) fail("INVALID_ARGUMENT", `metrics must be a list of names or { name, score }, got ${show(metrics)}.`);
  if (metrics.length === 0) fail("EMPTY_DATA", "metrics is empty: name at least one.");
  const groups = metrics.map((metric: StudyMetricName | StudyMetric, i): MetricGroup => {
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
    checkRange(maximum, `metrics[${i}].maximum`, { min: Number.MIN_VALUE });
    return single(name, maximum, score);
  });
  const names = groups.flatMap((group) => group.metrics.map(({ name }) => name));
  const twice = names.find((name, i) => names.indexOf(name) !== i);
  if (twice !== undefined) fail("INVALID_ARGUMENT", `metrics names ${twice} twice.`);
  return groups;
}

/** A group's scores, one finite number a caption for each of its metrics. */
export async function scoresOf(
  group: MetricGroup,
  candidates: readonly string[],
  references: readonly (readonly string[])[],
): Promise<Float64Array[]> {
  const lists = await group.score(candidates, references);
  return group.metrics.map(({ name }, k) => {
    const given = lists[k];
    const list = given !== null && typeof given === "object" && "perImage" in given ? given.perImage : given;
    if (typeof list?.length !== "number" || list.length !== candidates.length) {
      fail("SHAPE_MISMATCH", `${name} must give a score for each of ${candidates.length} captions, got ${list?.length ?? show(list)}.`);
    }
    const scores = Float64Array.from(list);
    const wrong = scores.findIndex((score) => !Number.isFinite(score));
    if (wrong !== -1) fail("NOT_A_NUMBER", `${name} gave ${scores[wrong]} for the caption ${JSON.stringify(candidates[wrong])}.`);
    return scores;
  });
}
