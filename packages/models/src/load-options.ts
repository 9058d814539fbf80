import type { Vocabulary } from "./vocabulary";

/** How `Parameters` are made from a checkpoint. */
export interface FromCheckpointOptions {
  /** Names that the checkpoint may have and the model doesn't need, for example buffers. */
  readonly ignore?: readonly RegExp[];
  /** Hold only these rows of the token table. */
  readonly vocabulary?: Vocabulary;
}

/** How `Parameters` are loaded from a checkpoint's file. */
export interface LoadOptions extends FromCheckpointOptions {
  /** `true`, the default, refuses a checkpoint that doesn't have exactly the model's arrays; `false` loads what fits and reports the rest. */
  readonly strict?: boolean;
  /** With `strict: false`, and only then: weights that the checkpoint lacks start as `initialize` would from this whole number. */
  readonly seed?: number;
}
