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
  /** What was minimised. */
  loss: number;
  /** The task's own scalars: parts of the loss, scale, accuracy. */
  logs: Record<string, number>;
  /** Learning rate of this step. */
  learningRate: number;
  /** Norm of all gradients together, before clipping. */
  gradientNorm: number;
  /** Seconds that the step took, batch included. */
  seconds: number;
  /** Items a second in this step. */
  itemsPerSecond: number;
  /** Tensors alive after the step: constant, or something leaks. */
  tensors: number;
}

/** A checkpoint was written. */
export interface CheckpointRecord {
  /** Which kind of record. */
  type: "checkpoint";
  /** The task's name. */
  task: string;
  /** Steps done in it. */
  step: number;
  /** Where it is. */
  location: string;
}

/** A validation was run. */
export interface ValidationRecord {
  /** Which kind of record. */
  type: "validation";
  /** The task's name. */
  task: string;
  /** Steps done before it. */
  step: number;
  /** What was measured. */
  metrics: Record<string, number>;
}

/** What `fit` yields. */
export type FitRecord = StartRecord | StepRecord | CheckpointRecord | ValidationRecord;
