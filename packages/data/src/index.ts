export { type BatchPlan, type BatchPlanOptions, batchPlan } from "./batch-plan";
export type { CaptionDataset, CaptionRecord, CaptionSentence, ExtraFields, JsonValue, Split } from "./caption-dataset";
export { type CheckDatasetOptions, checkDataset, classNames } from "./check-dataset";
export { createRandom, type Random } from "./create-random";
export { drawCaption } from "./draw-caption";
export { type ParseKarpathyOptions, parseKarpathy } from "./parse-karpathy";
export { type RandomSplitOptions, randomSplit } from "./random-split";
export { selectSplit } from "./select-split";
export { stringifyKarpathy } from "./stringify-karpathy";
