import type { ClipCap, TokenBatch } from "@rsdix/models";
import * as tf from "@tensorflow/tfjs-core";
import type { Task } from "../fit/task";

/** A batch of image embeddings and captions. */
export interface CaptionBatch {
  /** Embeddings by the frozen image tower, row-major `[n, prefixSize]`. */
  embeddings: Float32Array;
  /** The n captions, by GPT-2's tokenizer. */
  tokens: TokenBatch;
}

/**
 * Trains a captioner on the embeddings of a frozen image tower: mapper and decoder, or the mapper alone when the decoder's weights are not trainable
 * (`clipcap.parameters.setTrainable(/^gpt\./, false)`).
 *
 * @param clipcap The captioner; trained in place.
 * @returns The task for `fit`.
 * @example
 * ```ts
 * import "@tensorflow/tfjs";
 * import { ClipCap } from "@rsdix/models";
 * import { captionTask, fit } from "@rsdix/train";
 * const clipcap = ClipCap.fromConfig({ prefixSize: 4, prefixLength: 2, gpt2: { vocabSize: 10, contextLength: 8, width: 8, layers: 1, heads: 2 } }, 1);
 * const tokens = { ids: Int32Array.of(1, 2, 3, 4), lengths: Int32Array.of(2, 2), shape: [2, 2] as [number, number] };
 * const data = { stepsPerEpoch: 1, batchSize: 2, batch: () => ({ embeddings: Float32Array.of(1, 0, 0, 0, 0, 1, 0, 0), tokens }) };
 * for await (const record of fit(captionTask(clipcap), data, { steps: 3, schedule: () => 1e-2 })) console.log(record);
 * clipcap.dispose();
 * ```
 * @see ClipCap, arXiv 2111.09734
 */
export function captionTask(clipcap: ClipCap): Task<CaptionBatch> {
  const { prefixSize } = clipcap.config;
  return {
    name: "captioner",
    learningRate: 1e-3, // the original's clipcap_lr
    trainable: () => clipcap.parameters.trainable(),
    prepare({ embeddings, tokens }) {
      const input = tf.tensor2d(embeddings, [tokens.shape[0], prefixSize]);
      return () => ({ loss: clipcap.loss(input, tokens) });
    },
    state: () => clipcap.parameters.toCheckpoint(),
    restore: (checkpoint) => clipcap.parameters.assign(checkpoint),
  };
}
