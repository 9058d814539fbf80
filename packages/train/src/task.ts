import type { Checkpoint, CheckpointTensor, TrainableParameter } from "@rsdix/models";
import type * as tf from "@tensorflow/tfjs-core";

/** What a step computes: the loss to minimise, and scalars to log beside it. */
export interface TaskLoss {
  /** What is minimised, shape `[]`. */
  loss: tf.Scalar;
  /** Parts of the loss and other scalars by name; read after the step. */
  logs?: Record<string, tf.Scalar>;
}

/** Something that can be trained: a model with its loss. `fit` owns steps, optimiser, checkpoints and records. */
export interface Task<Batch> {
  /** For records and messages, for example "clip". */
  readonly name: string;
  /** Called by `fit` before anything else, for tensors that only a run needs, such as a teacher. */
  begin?(): void;
  /** Called by `fit` when the run ends, however it ends: frees what `begin` made. */
  end?(): void;
  /** What is trained; asked once, after `begin`. */
  trainable(): TrainableParameter[];
  /** Called before each step with its number from 0, for example to move an EMA teacher. */
  beforeStep?(step: number): void;
  /**
   * Puts a batch on the device and does what needs no gradient (a teacher's forward pass); returns the computation of the loss, which runs under the
   * gradient tape. All tensors made in either are freed by `fit`.
   */
  prepare(batch: Batch): () => TaskLoss;
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
  /** The batch of a step, counted from 0. */
  batch(step: number): Batch | Promise<Batch>;
}
