import type { Estimate, IntervalMethod } from "./bootstrap";
import type { PerturbedCaption } from "./captions";
import type { OriginalProcedure } from "./original-procedure";
import type { EffectSizes, TTest } from "./t-tests";
import type { WilcoxonTest } from "./wilcoxon";

/** How a study was done: everything that its numbers depend on, but for captions and metrics. */
export interface StudySettings {
  /** Where all draws come from. */
  readonly seed: number;
  /** What a changed caption is scored against: the caption that it was, or the other captions of its image. */
  readonly against: "original" | "others";
  /** The metric that the others are compared with. */
  readonly compareTo: string;
  /** What a test takes for one observation: an image (the mean over its captions), or a caption. */
  readonly unit: "image" | "caption";
  /** How likely an interval is to hold the value. */
  readonly level: number;
  /** How intervals are taken. */
  readonly interval: IntervalMethod;
  /** How often images were drawn anew. */
  readonly resamples: number;
  /** Below this a corrected p-value counts. */
  readonly alpha: number;
}

/** What one perturbation did. */
export interface PerturbationSummary {
  /** Its name. */
  readonly name: string;
  /** Whether a caption still says the same. */
  readonly keepsMeaning: boolean;
  /** Captions in which it found something to change; only those count. */
  readonly captions: number;
  /** Of their words, the share that was changed: perturbations that change more make scores fall more. */
  readonly wordsChanged: number | null;
  /** One of them, before and after. */
  readonly example: { readonly before: string; readonly after: string } | null;
}

/** What one perturbation did to one metric. */
export interface PerturbedScores {
  /** Mean score of the changed captions; null where no caption was changed. */
  readonly mean: number | null;
  /** The scores' standard deviation; null with fewer than two. */
  readonly sd: number | null;
  /** How far the score fell, in shares of the metric's maximum. */
  readonly drop: Estimate;
}

/** How one metric did. */
export interface MetricSummary {
  /** Its name. */
  readonly metric: string;
  /** Its largest score. */
  readonly maximum: number;
  /** Mean score of the captions as they were. */
  readonly unchanged: number;
  /** 1 less the mean drop under what keeps the meaning: 1 for a metric that does not mind other words for the same. */
  readonly robustness: Estimate;
  /** Mean drop under what changes the meaning, each such perturbation counting the same: 0 for a metric that does not notice. */
  readonly sensitivity: Estimate;
  /** By perturbation. */
  readonly perturbations: Readonly<Record<string, PerturbedScores>>;
}

/** One claim, tested in three ways. */
export interface StudyTest {
  /** The metric that the claim is of. */
  readonly metric: string;
  /** The perturbation that it is made under. */
  readonly perturbation: string;
  /** The claim: "less robust than sbertSim", "less sensitive than sbertSim", "drops more than under synonyms". */
  readonly claim: string;
  /** What that says of the first drops against the second. */
  readonly alternative: "less" | "greater";
  /** Observations. */
  readonly n: number;
  /** Mean of the first drops less mean of the second. */
  readonly difference: number | null;
  /** The paired t-test, one-sided. */
  readonly paired: TTest;
  /** Welch's, as if the two had been measured on different captions. */
  readonly welch: TTest;
  /** The signed-rank test, as a check that asks for no normal distribution. */
  readonly wilcoxon: WilcoxonTest;
  /** p-values after Holm's correction over all tests of the same table. */
  readonly holm: { readonly paired: number | null; readonly welch: number | null; readonly wilcoxon: number | null };
  /** How large the difference is. */
  readonly effect: EffectSizes;
  /** Whether the paired test's corrected p is below alpha. */
  readonly holds: boolean;
}

/** What was measured, caption by caption: lists in the order of `captions`. */
export interface StudyDetails {
  /** The captions that were studied. */
  readonly captions: readonly string[];
  /** Which image each belongs to. */
  readonly image: Int32Array;
  /** By perturbation, the changed captions; with nothing in `changes` where there was nothing to change. */
  readonly perturbed: Readonly<Record<string, readonly PerturbedCaption[]>>;
  /** By metric, the scores of the captions as they were. */
  readonly unchanged: Readonly<Record<string, Float64Array>>;
  /** By metric and perturbation, the scores of the changed captions. */
  readonly scores: Readonly<Record<string, Readonly<Record<string, Float64Array>>>>;
}

/** What {@link metricStudy} finds. */
export interface MetricStudy {
  /** How it was done. */
  readonly settings: StudySettings;
  /** Images whose captions were studied. */
  readonly images: number;
  /** Captions that were studied. */
  readonly captions: number;
  /** What each perturbation did. */
  readonly perturbations: readonly PerturbationSummary[];
  /** How each metric did. */
  readonly metrics: readonly MetricSummary[];
  /** Is a metric worse than the one that it is compared with? */
  readonly comparisons: readonly StudyTest[];
  /** Does a metric fall more where the meaning changes than where it stays? On the same captions. */
  readonly separations: readonly StudyTest[];
  /** The original study's numbers, with `reference`. */
  readonly original?: OriginalProcedure;
  /** What was measured, caption by caption; not part of the JSON. */
  readonly details: StudyDetails;
}
