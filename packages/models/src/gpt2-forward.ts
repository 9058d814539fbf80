import type { KvCache } from "@rsdix/backend";
import { checkOptions, checkRank, fail, show, showShape } from "@rsdix/internal";
import type * as tf from "@tensorflow/tfjs-core";
import { checkDropout, type DropoutOptions } from "./blocks/dropout";
import { checkFloat32 } from "./check-tensors";
import type { ResolvedGpt2Config } from "./gpt2-config";

/** What a loss takes beside its batch. */
export interface Gpt2LossOptions {
  /** Dropout of input embeddings, attention weights and of what blocks add to the residual stream, while training; never with a cache. */
  readonly dropout?: DropoutOptions;
}

/** What a forward pass takes beside its input. */
export interface Gpt2ForwardOptions extends Gpt2LossOptions {
  /** [batch, positions], float32: 1 where a key may be attended to, 0 for padding. Padding on the right needs none: the order is causal. */
  readonly keyMask?: tf.Tensor2D;
  /** Earlier positions; the new ones are added to it. */
  readonly cache?: KvCache;
}

/** A GPT-2's states, layer by layer. The caller disposes all of them. */
export interface Gpt2States {
  /** Before the first block and after each, layers + 1 of them, shape `[batch, positions, width]`, float32; before the last norm. */
  readonly hidden: tf.Tensor3D[];
  /** The last of them after the last norm, shape `[batch, positions, width]`, float32. */
  readonly last: tf.Tensor3D;
}

/** Throws unless a GPT-2 of these sizes can read `x` with these options. */
export function checkForward(x: tf.Tensor3D, options: Gpt2ForwardOptions, { width, contextLength }: ResolvedGpt2Config): void {
  const { keyMask, cache, dropout } = checkOptions(options, ["keyMask", "cache", "dropout"], "Gpt2.forward");
  checkDropout(dropout, ["attention", "residual", "embedding"], "Gpt2.forward");
  if (cache !== undefined && typeof cache?.attend !== "function") {
    fail("INVALID_ARGUMENT", `Gpt2.forward: cache must be a KvCache of @rsdix/backend, got ${show(cache)}.`);
  }
  if (cache && dropout) fail("INVALID_ARGUMENT", "Gpt2.forward: dropout is for training, and a cache for decoding; leave one of them out.");
  checkRank(x, 3, "x", `[batch, positions, ${width}]`);
  if (x.shape[2] !== width) fail("SHAPE_MISMATCH", `Gpt2.forward: x must be [batch, positions, ${width}], got ${showShape(x)}.`);
  checkFloat32(x, "Gpt2.forward: x");
  if (keyMask !== undefined) checkRank(keyMask, 2, "Gpt2.forward: keyMask", "[batch, positions]");
  const positions = (cache?.length ?? 0) + x.shape[1];
  if (positions > contextLength) {
    fail("INVALID_ARGUMENT", `GPT-2 takes ${contextLength} positions, got ${positions}. Shorten the texts or the prefix.`);
  }
}
