/** Where a run starts: step 0, or the step of the checkpoint that it resumes from. */
export interface StartRecord {
  /** Which kind of record. */
  type: "start";
  /** The task's name. */
  task: string;
  /** Steps already done. */
  step: number;
  /** Steps of the whole run. */
  steps: number;
}

/** One training step. */
export interface StepRecord {
  /** Which kind of record. */
  type: "step";
  /** The task's name. */
  task: string;
  /** Number of this step, from 1. */
  step: number;
  /** Steps of the whole run. */
  steps: number;
  /** Passes over the data so far, fractional. */
  epoch: number;
  /** What was minimised (`total`), and the task's parts of it by name. */
  loss: { total: number; [part: string]: number };
  /** The task's other scalars: scale, accuracy, similarity to Sentence-BERT. */
  logs: Record<string, number>;
  /** Learning rate of this step, of the first group where there are several. */
  learningRate: number;
  /** The rates by group, where there are several groups. */
  learningRates?: Record<string, number>;
  /** Norm of all gradients together, before clipping. */
  gradientNorm: number;
  /** Seconds that the step took, batch included. */
  seconds: number;
  /** Items a second in this step. */
  itemsPerSecond: number;
  /** Tensors alive after the step: constant, or something leaks. */
  tensors: number;
  /** Bytes of those tensors. */
  memory: number;
}

/** A validation metric's value and its name. */
export interface BestMetric {
  /** Name of the metric, a key of the validation's `metrics`. */
  metric: string;
  /** Its value. */
  value: number;
}

/** A checkpoint was written, whole. */
export interface CheckpointRecord {
  /** Which kind of record. */
  type: "checkpoint";
  /** The task's name. */
  task: string;
  /** Steps done in it. */
  step: number;
  /** Where it is. */
  location: string;
  /** What it is kept for, where `keepBest` keeps it. */
  best?: BestMetric;
}

/** A validation was run. */
export interface ValidationRecord {
  /** Which kind of record. */
  type: "validation";
  /** The task's name. */
  task: string;
  /** Steps done before it. */
  step: number;
  /** Passes over the data so far, fractional. */
  epoch: number;
  /** What was measured. */
  metrics: Record<string, number>;
}

/** The run is over, and nothing went wrong. */
export interface EndRecord {
  /** Which kind of record. */
  type: "end";
  /** The task's name. */
  task: string;
  /** Steps done. */
  step: number;
  /** Why: all steps were done, or the validation's metric no longer improved. */
  reason: "finished" | "early-stopping";
  /** The best value of the metric that `earlyStopping` or `keepBest` watches, and the step of it. */
  best?: BestMetric & { step: number };
}

/** What `fit` yields. */
export type FitRecord = StartRecord | StepRecord | CheckpointRecord | ValidationRecord | EndRecord;
