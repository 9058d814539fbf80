export type { RsdixErrorCode } from "@rsdix/internal";
export type { Estimate, IntervalMethod } from "./study/bootstrap";
export type { PerturbedCaption, WordChange } from "./study/captions";
export { createRandom, type Random } from "./study/create-random";
export { deleteWords, repeatWords, shuffleWords } from "./study/disorder";
export { holm } from "./study/holm";
export { checkStudyOptions, type MetricStudyOptions, metricStudy, type StudyProgress } from "./study/metric-study";
export type { OriginalProcedure } from "./study/original-procedure";
export { type ReplaceSynonymsOptions, replaceSynonyms } from "./study/replace-synonyms";
export { loadStudyFigure } from "./study/study-figure";
export { type CaptionScores, type ScoreCaptions, STUDY_METRICS, type StudyMetric, type StudyMetricName } from "./study/study-metrics";
export { type Perturbation, type PerturbationName, STUDY_PERTURBATIONS } from "./study/study-perturbations";
export type {
  MetricStudy,
  MetricSummary,
  PerturbationSummary,
  PerturbedScores,
  StudyDetails,
  StudySettings,
  StudyTest,
} from "./study/study-result";
export { studyCaptionsTsv, studyJson, studyTsv } from "./study/study-text";
export { swapColour } from "./study/swap-colour";
export { swapNumber } from "./study/swap-number";
export { objectsOf, type SwapObjectOptions, swapObject } from "./study/swap-object";
export { swapRelation } from "./study/swap-relation";
export { type Alternative, type EffectSizes, effectSizes, pairedTest, studentTest, type TTest, welchTest } from "./study/t-tests";
export { type TagWords, tagByWordNet } from "./study/tag-words";
export { type WilcoxonTest, wilcoxonTest } from "./study/wilcoxon";
export type { WordNet, WordNetPartOfSpeech } from "./wordnet/wordnet";
