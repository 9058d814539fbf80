import type { Checkpoint, CheckpointTensor, TrainableParameter } from "@rsdix/models";
import type * as tf from "@tensorflow/tfjs-core";

/** What a step computes: the loss to minimise, and scalars to record beside it. */
export interface TaskLoss {
  /** What is minimised, shape `[]`, float32. */
  loss: tf.Scalar;
  /**
   * Parts of the loss by name, shape `[]` each: the record's `loss` has them beside `total`. Any name but "total"; where `validation.data` measures them, not
   * "loss" nor that of a log.
   */
  parts?: Record<string, tf.Scalar>;
  /** Other scalars by name, shape `[]` each: the record's `logs`. With `accumulate` each batch of a step gives the same. */
  logs?: Record<string, tf.Scalar>;
}

/** A loss with its gradients, where a task differentiates by itself. */
export interface TaskGradients extends TaskLoss {
  /** The gradient of each parameter that was asked for, in that order and of its shape `[...]`, float32. */
  gradients: readonly tf.Tensor[];
}

/** What a task may want to know of the batch that it is given. */
export interface StepContext {
  /** The step, from 0. */
  readonly step: number;
  /** Which of the step's `accumulate` micro-batches, from 0. */
  readonly micro: number;
  /** False in a validation: no dropout then. */
  readonly training: boolean;
}

/** An average of trained weights, which the optimiser moves in the pass that updates them. */
export interface MovingAverage {
  /** The average of a weight, of its shape `[...]`, float32; undefined for a weight that has none. */
  of(name: string): tf.Variable | undefined;
  /**
   * The share of the old average that stays, in [0, 1].
   *
   * @param update Number of this update, from 1.
   */
  decay(update: number): number;
}

/** Something that can be trained: a model with its loss. `fit` owns steps, optimiser, checkpoints and records. */
export interface Task<Batch> {
  /** For records and messages, for example "clip". */
  readonly name: string;
  /** The learning rate where `fit` is told none. */
  readonly learningRate?: number;
  /**
   * A moving average of trained weights; asked for once, after `begin`. `average = decay · average + (1 - decay) · weight` runs with each update, before
   * `afterStep`, so that each weight is read once. In a step the average is thus the one after the update before it.
   */
  readonly average?: MovingAverage;
  /** Called by `fit` before anything else, for tensors that only a run needs, such as a teacher. */
  begin?(): void;
  /** Called by `fit` when the run ends, however it ends: frees what `begin` made. */
  end?(): void;
  /** What is trained; asked once, after `begin`. */
  trainable(): TrainableParameter[];
  /** Called before each step with its number from 0. */
  beforeStep?(step: number): void;
  /**
   * Puts a batch on the device and does what needs no gradient (a teacher's forward pass); returns the computation of the loss, which runs under the
   * gradient tape. All tensors made in either are freed by `fit`.
   */
  prepare(batch: Batch, context: StepContext): () => TaskLoss;
  /**
   * In training instead of `prepare`, for a task that differentiates by itself, as `gradCache` of @rsdix/core-losses does. All tensors made in it are freed
   * by `fit`.
   */
  valueAndGradients?(batch: Batch, parameters: readonly TrainableParameter[], context: StepContext): TaskGradients;
  /** Items in a batch, for the record's items a second; what the source says of its batches unless a task says it. */
  itemsIn?(batch: Batch): number;
  /** Called after each update, for example to clamp a temperature. */
  afterStep?(): void;
  /** Everything but the optimiser's state that resuming needs. */
  state(): Promise<Checkpoint>;
  /** Takes up what `state` gave. */
  restore(checkpoint: ReadonlyMap<string, CheckpointTensor>): void;
}

/** Where batches come from. The batch of a step depends on the step alone, so that a resumed run sees what an uninterrupted one would. */
export interface BatchSource<Batch> {
  /** Steps in one pass over the data. */
  readonly stepsPerEpoch: number;
  /** Items in one batch. */
  readonly batchSize: number;
  /**
   * The batch of a step, counted from 0. One with a `position`, an object whose `step` and `epoch` are numbers, as batches of @rsdix/data have it, says by the
   * position's other fields which data these are and in which order: a run that resumes goes on only where they are what they were.
   */
  batch(step: number): Batch | Promise<Batch>;
}
