import type { BleuAverage } from "../bleu-formula";
import type { CaptionNgrams } from "../ngrams/caption-ngrams";
import type { EvaluateOptions } from "./options";
import type { PartScores, PartsMetric } from "./part-scorer";

/** A candidate for each image, and its references. */
export interface Captions {
  readonly candidates: readonly string[];
  readonly references: readonly (readonly string[])[];
}

/** What a metric gave: scores by name, over all images and of each. */
export interface MetricScores {
  readonly scores: Readonly<Record<string, number>>;
  readonly perImage: Readonly<Record<string, number[]>>;
}

/** What a metric can ask for while it scores. */
export interface Run {
  /** The captions as the profile has them: tokenised, or as written. */
  readonly captions: Captions;
  /** The captions as written, for models, which have tokenisers of their own. */
  readonly written: Captions;
  readonly average: BleuAverage;
  readonly options: EvaluateOptions;
  /** The words and n-grams of `captions`, read once for all metrics. */
  ngrams(): CaptionNgrams;
  /** What another metric gave, which is computed once. */
  of(metric: string): Promise<MetricScores>;
  /** To be called after each image: says how far the metric is, stops when told to, lets others run. */
  step(done: number): Promise<void>;
  /** Called in place of `step` where a model says how far it is. */
  progress(done: number, total: number): void;
  /** The scores of all images by a metric that takes them one by one, in workers where they are asked for. */
  parts(metric: PartsMetric): Promise<PartScores>;
}

/** A metric that `evaluate` knows. */
export interface Metric {
  /** Options that it can't do without: it is skipped where one is missing. */
  readonly needs: readonly (keyof EvaluateOptions)[];
  /** Why these images have no such score; undefined where they have. */
  readonly unfit?: (captions: Captions) => string | undefined;
  readonly score: (run: Run) => Promise<MetricScores>;
}

/** Scores under one name. */
export function oneScore(name: string, score: number, perImage: number[]): MetricScores {
  return { scores: { [name]: score }, perImage: { [name]: perImage } };
}
