import * as tf from "@tensorflow/tfjs-core";
import { drawInMemory } from "./draw-in-memory";
import { drawOnDevice } from "./draw-on-device";
import type { Choices } from "./likeliest";

/** What is drawn among. */
export interface Among {
  /** The likeliest tokens that together have this share of the probability. */
  readonly p: number;
  /** Of these the likeliest so many; all where absent. */
  readonly topK?: number;
  /** Divides the logits. */
  readonly temperature: number;
}

/** Backends whose tensors lie in the program's memory: looking at them costs less than the many kernels that a device needs. */
const IN_MEMORY: readonly string[] = ["cpu", "wasm", "native"];

/**
 * Draws a token for each row, by a number of one's own: of the tokens kept, in the vocabulary's order, the first whose cumulated share is
 * above the number. So rounding, by which backends differ, changes a text only where the number is that close to a share.
 *
 * @param logits Shape `[rows, tokens]`; stays the caller's.
 * @param uniforms A number in [0, 1) for each row.
 * @param among What to draw among. Equally likely tokens are kept or left together.
 * @returns A token for each row.
 * @throws NOT_A_NUMBER.
 */
export function draw(logits: tf.Tensor2D, uniforms: readonly number[], among: Among): Promise<Choices> {
  return (IN_MEMORY.includes(tf.getBackend()) ? drawInMemory : drawOnDevice)(logits, uniforms, among);
}
