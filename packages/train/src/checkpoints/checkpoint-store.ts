import type { Checkpoint } from "@rsdix/models";

/** A state of a run, as a store keeps it. */
export interface RunState {
  /** Steps done. */
  step: number;
  /** Identifies task and settings: a run only resumes from its own. */
  fingerprint: string;
  /** Weights, teacher, optimiser. */
  tensors: Checkpoint;
}

/** Where checkpoints go: a folder in Node (`checkpointFolder` of @rsdix/train/node), or a program's own. */
export interface CheckpointStore {
  /** Keeps a state, whole or not at all; returns where it is, for messages. */
  save(state: RunState): Promise<string>;
  /** The newest whole state, or undefined when there is none. */
  latest(): Promise<RunState | undefined>;
  /** Removes every state. */
  clear(): Promise<void>;
}
