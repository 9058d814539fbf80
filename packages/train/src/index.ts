export type { RsdixErrorCode } from "@rsdix/internal";
export { AdamW, type AdamWOptions } from "./adamw";
export { type CaptionBatchesOptions, captionBatches } from "./caption-batches";
export { type CaptionBatch, captionTask } from "./caption-task";
export type { CheckpointStore, RunState } from "./checkpoint-store";
export { type ClipBatchesOptions, clipBatches } from "./clip-batches";
export { clipByGlobalNorm } from "./clip-gradients";
export { type ClipBatch, type ClipTaskOptions, clipTask } from "./clip-task";
export { emaDecay, updateEma } from "./ema";
export { type FitOptions, fit } from "./fit";
export type { CheckpointRecord, FitRecord, StartRecord, StepRecord, ValidationRecord } from "./records";
export {
  cosineSchedule,
  linearSchedule,
  type RampScheduleOptions,
  rampSchedule,
  type Schedule,
  type WarmupScheduleOptions,
} from "./schedule";
export type { BatchSource, Task, TaskLoss } from "./task";
