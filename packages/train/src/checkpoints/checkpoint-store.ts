import type { Checkpoint } from "@rsdix/models";
import type { BestMetric } from "../fit/records";

/** What a checkpoint holds besides tensors: plain JSON. */
export type RunDetails = Readonly<Record<string, unknown>>;

/** A state of a run, as a store keeps it. */
export interface RunState {
  /** Steps done. */
  step: number;
  /** Identifies task and settings: a run only resumes from its own. */
  fingerprint: string;
  /** Weights, teacher, optimiser. */
  tensors: Checkpoint;
  /** What else resuming needs, in plain JSON: position in the data with its seed, what validations have shown. */
  details: RunDetails;
  /** The validation's value that it is kept for. */
  best?: BestMetric;
}

/** Where checkpoints go: a folder in Node (`checkpointFolder` of @rsdix/train/node), or a program's own. */
export interface CheckpointStore {
  /**
   * Keeps a state, whole or not at all; returns where it is, for messages.
   *
   * @param keep Steps of earlier states that must stay, as the best; which others stay is the store's affair. None unless told.
   */
  save(state: RunState, keep?: readonly number[]): Promise<string>;
  /** The newest whole state and where it is, or undefined when there is none. */
  latest(): Promise<(RunState & { location: string }) | undefined>;
  /** Removes every state. */
  clear(): Promise<void>;
}
