export type { RsdixErrorCode } from "@rsdix/internal";
export type { CheckpointStore, RunDetails, RunState } from "./checkpoints/checkpoint-store";
export { type CaptionDatasetOptions, type CaptionedImages, captionDataset } from "./evaluate/caption-dataset";
export { type CaptionsFile, parseCaptions, type StringifyCaptionsOptions, stringifyCaptions } from "./evaluate/captions-file";
export { classSpellings } from "./evaluate/class-spellings";
export { type EvaluateZeroShotOptions, evaluateZeroShot, type ZeroShotResult } from "./evaluate/zero-shot";
export { type ZeroShotPredictionsOptions, zeroShotPredictionsTsv } from "./evaluate/zero-shot-tables";
export { fit } from "./fit/fit";
export type { FitGroup, FitOptions, ScheduleChoice, Validation } from "./fit/options";
export type { BestMetric, CheckpointRecord, EndRecord, FitRecord, StartRecord, StepRecord, ValidationRecord } from "./fit/records";
export type { BatchSource, MovingAverage, StepContext, Task, TaskGradients, TaskLoss } from "./fit/task";
export type { EarlyStopping, KeepBest, WatchedMetric } from "./fit/watch";
export { type Logger, logTo } from "./loggers/logger";
export { AdamW, type AdamWOptions, type LearningRates } from "./optim/adamw";
export { clipByGlobalNorm } from "./optim/clip-gradients";
export { emaDecay, updateEma } from "./optim/ema";
export {
  type FindLearningRateOptions,
  type FoundLearningRate,
  findLearningRate,
  type LearningRatePoint,
  type RateGroup,
} from "./optim/find-learning-rate";
export type { ParameterGroup } from "./optim/groups";
export {
  type ConstantScheduleOptions,
  constantSchedule,
  cosineSchedule,
  linearSchedule,
  type RampScheduleOptions,
  rampSchedule,
  type Schedule,
  type WarmupScheduleOptions,
} from "./optim/schedule";
export { type Evaluation, type PredictionsEvaluation, parseEvaluation, type ScoresEvaluation } from "./report/evaluation";
export { type LearningRateCurve, renderLearningRateFigure } from "./report/learning-rate-figure";
export { parseRunLog } from "./report/parse-run-log";
export {
  type PublishedCaptions,
  type PublishedResults,
  type PublishedZeroShot,
  publishedAverages,
  publishedResults,
} from "./report/published";
export { type RunReportOptions, renderRunReport } from "./report/render-run-report";
export { type BayesSearchOptions, bayesSearch } from "./search/bayes-search";
export { type GridFile, parseGridFile } from "./search/grid-file";
export { type GridSearchOptions, gridSearch } from "./search/grid-search";
export type {
  CategoricalDimension,
  ContinuousDimension,
  Dimension,
  IntegerDimension,
  ParameterValue,
  PointOf,
  SearchPoint,
  SearchSpace,
} from "./search/space";
export {
  type BegunTrial,
  type DoneTrial,
  type FailedTrial,
  type Objective,
  parseTrials,
  type TrialContext,
  type TrialRecord,
} from "./search/trials";
export { type CaptionBatchesOptions, captionBatches } from "./tasks/caption-batches";
export type { CaptionPart, CaptionTaskOptions } from "./tasks/caption-options";
export { type CaptionBatch, captionTask, type EmbeddedCaptionBatch } from "./tasks/caption-task";
export { type ClipBatchesOptions, clipBatches } from "./tasks/clip-batches";
export type { ClipTaskOptions, SentenceTeacher } from "./tasks/clip-options";
export { clipTask } from "./tasks/clip-task";
export {
  type ContrastiveHeadTaskOptions,
  contrastiveHeadTask,
  type FeaturePairBatch,
  type HeadPair,
} from "./tasks/contrastive-head-task";
export {
  type FeatureBatchesOptions,
  type FeaturePairBatchesOptions,
  type Features,
  featureBatches,
  featurePairBatches,
} from "./tasks/feature-batches";
export { Head, type HeadConfig } from "./tasks/head";
export { type FeatureBatch, type HeadTaskOptions, headTask } from "./tasks/head-task";
export type { BatchImages, BatchTexts, ClipBatch, PreparedClipBatch } from "./tasks/pairs";
