import { yieldToEventLoop } from "@rsdix/backend";
import { checkOptions, checkRange, checkSignal, fail, show } from "@rsdix/internal";
import * as tf from "@tensorflow/tfjs-core";
import { checkProgress } from "./check-progress";

/** How many are embedded together. */
export interface EmbedOptions {
  /** Images or texts in a batch; 64 by default. */
  readonly batchSize?: number;
  /** Called after each batch with the number embedded so far. */
  readonly onProgress?: (done: number) => void;
  /** Stops between two batches. */
  readonly signal?: AbortSignal;
}

/** Encodes in batches, giving way to others in between. */
export async function embedAll<T>(items: readonly T[], options: EmbedOptions, encode: (batch: T[]) => tf.Tensor2D): Promise<Float32Array> {
  checkOptions(options, ["batchSize", "onProgress", "signal"], "embedImages and embedTexts");
  if (!Array.isArray(items)) fail("INVALID_ARGUMENT", `What is embedded must be an array, got ${show(items)}.`);
  const { batchSize = 64, onProgress, signal } = options;
  checkRange(batchSize, "batchSize", { min: 1, integer: true });
  checkProgress(onProgress);
  checkSignal(signal);
  const parts: Float32Array[] = [];
  for (let start = 0; start < items.length; start += batchSize) {
    await yieldToEventLoop();
    if (signal?.aborted) fail("ABORTED", `Embedding was stopped after ${start} of ${items.length}.`, signal.reason);
    const batch = items.slice(start, start + batchSize);
    const encoded = tf.tidy(() => encode(batch));
    parts.push(await encoded.data<"float32">());
    encoded.dispose();
    onProgress?.(start + batch.length);
  }
  const embeddings = new Float32Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    embeddings.set(part, at);
    at += part.length;
  }
  return embeddings;
}
