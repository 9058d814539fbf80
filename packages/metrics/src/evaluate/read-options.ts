import { checkOptions, checkRange, fail, show } from "@rsdix/internal";
import { checkAverage } from "../bleu";
import { checkImages } from "../clip-score";
import { readBatchOptions } from "../distinct-batches";
import { checkEncoder } from "../embed-texts";
import { checkFluencyErrors } from "../fluency";
import { tableOf } from "../meteor/paraphrases/paraphrases";
import { checkWordNet } from "../wordnet/check-wordnet";
import { METRICS, type MetricName } from "./metric-table";
import type { EvaluateOptions, EvaluateProfile } from "./options";
import { isLocation } from "./part-scorer";

const ENCODERS = ["embed", "embedImages", "embedTexts"] as const;
const OPTIONS = [
  "metrics",
  "profile",
  "average",
  ...ENCODERS,
  "fluencyErrors",
  "images",
  "paraphrases",
  "wordnet",
  "batchSize",
  "workers",
  "onProgress",
  "signal",
];

const PROFILES: Readonly<Record<EvaluateProfile, { average: "image" | "corpus"; tokens: boolean; metrics: readonly MetricName[] }>> = {
  rsdix: { average: "image", tokens: false, metrics: ["meteor", "sbertSim", "rougeL", "bleu", "spice"] },
  coco: { average: "corpus", tokens: true, metrics: ["bleu", "meteor", "rougeL", "ciderD", "spice"] },
};

/** More workers than this only cost memory. */
const MAX_WORKERS = 64;

/** The options of `evaluate`, checked whether or not a metric that was asked for needs them, with what is left out filled in. */
export function readOptions(options: EvaluateOptions, candidates: number) {
  const given = checkOptions(options, OPTIONS, "evaluate");
  const { profile: name = "rsdix", workers = 0, wordnet, paraphrases, images, batchSize, signal } = given;
  if (typeof name !== "string" || !Object.hasOwn(PROFILES, name))
    fail("INVALID_ARGUMENT", `profile must be "rsdix" or "coco", got ${show(name)}.`);
  const profile = PROFILES[name];
  const { metrics = profile.metrics, average = profile.average } = given;
  if (!Array.isArray(metrics) || metrics.length === 0) {
    fail("INVALID_ARGUMENT", `metrics must be a list of names, got ${Array.isArray(metrics) ? "none" : show(metrics)}.`);
  }
  for (const metric of metrics) {
    if (typeof metric !== "string" || !Object.hasOwn(METRICS, metric)) {
      fail("INVALID_ARGUMENT", `There is no metric ${show(metric)}. There are: ${Object.keys(METRICS).join(", ")}.`);
    }
  }
  checkRange(workers, "workers", { min: 0, max: MAX_WORKERS, integer: true });
  if (wordnet !== undefined && !isLocation(wordnet)) {
    checkWordNet(wordnet);
    if (workers > 0) fail("INVALID_ARGUMENT", "With workers, wordnet must be an address, a path or bytes, as each of them loads its own.");
  }
  if (paraphrases !== undefined) tableOf(paraphrases);
  for (const encoder of ENCODERS) if (given[encoder] !== undefined) checkEncoder(given[encoder], encoder);
  if (given.fluencyErrors !== undefined) checkFluencyErrors(given.fluencyErrors);
  if (images !== undefined) checkImages(images, candidates);
  readBatchOptions({ batchSize, signal, onProgress: given.onProgress as undefined }, [], "evaluate");
  return {
    ...given,
    ...(images && { images: [...images] }),
    profile,
    average: checkAverage(average),
    metrics: [...new Set<MetricName>(metrics)],
    workers,
  };
}
