import { yieldToEventLoop } from "@rsdix/backend";
import { type RgbImage, toBatch } from "@rsdix/image";
import { checkOptions, checkRange, fail, show } from "@rsdix/internal";
import * as tf from "@tensorflow/tfjs-core";
import type { Clip } from "./clip";
import type { ClipTokenizer } from "./tokenizers/clip-tokenizer";

/** How many are embedded together. */
export interface EmbedOptions {
  /** Images or texts in a batch; 64 by default. */
  readonly batchSize?: number;
  /** Called after each batch with the number embedded so far. */
  readonly onProgress?: (done: number) => void;
  /** Stops between two batches. */
  readonly signal?: AbortSignal;
}

/**
 * Embeddings of images as plain numbers, in batches.
 *
 * @param clip The model.
 * @param images Images of the model's size (see `clipPreprocess` of @rsdix/image for others), normalised here with CLIP's mean and deviation.
 * @param options Batch size and progress.
 * @returns Embeddings of length 1, row-major `[n, embedDim]`.
 * @throws SHAPE_MISMATCH naming the first image of another size; ABORTED; UNKNOWN_OPTION.
 * @example
 * ```ts
 * import "@tensorflow/tfjs";
 * import { Clip, embedImages } from "@rsdix/models";
 * const tower = { width: 16, layers: 1, heads: 2 };
 * const clip = Clip.fromConfig({ embedDim: 8, image: { ...tower, size: 8, patch: 4 }, text: { ...tower, vocabSize: 10, contextLength: 6 } }, 1);
 * const embeddings = await embedImages(clip, [{ width: 8, height: 8, data: new Uint8Array(192) }]);
 * console.log(embeddings.length); // 8
 * clip.dispose();
 * ```
 */
export async function embedImages(clip: Clip, images: readonly RgbImage[], options: EmbedOptions = {}): Promise<Float32Array> {
  const { size } = clip.config.image;
  for (const [i, { width, height }] of images.entries()) {
    if (width !== size || height !== size) {
      fail(
        "SHAPE_MISMATCH",
        `embedImages: this model takes ${size} x ${size} pixels, images[${i}] has ${width} x ${height}. Use clipPreprocess or resize.`,
      );
    }
  }
  return embedAll(images, options, (batch) => clip.encodeImage(tf.tensor4d(toBatch(batch), [batch.length, 3, size, size])));
}

/**
 * Embeddings of texts as plain numbers, in batches.
 *
 * @param clip The model.
 * @param tokenizer CLIP's tokenizer.
 * @param texts The texts; longer ones than the context are cut.
 * @param options Batch size and progress.
 * @returns Embeddings of length 1, row-major `[n, embedDim]`.
 * @throws INVALID_ARGUMENT for a token that the model doesn't hold; ABORTED; UNKNOWN_OPTION.
 * @example
 * ```ts
 * import "@tensorflow/tfjs";
 * import { Clip, ClipTokenizer, embedTexts } from "@rsdix/models";
 * const tokenizer = ClipTokenizer.fromBpe({ merges: [] }); // a toy of single bytes
 * const tower = { width: 16, layers: 1, heads: 2 };
 * const text = { ...tower, vocabSize: tokenizer.vocabSize, contextLength: 16 };
 * const clip = Clip.fromConfig({ embedDim: 8, image: { ...tower, size: 8, patch: 4 }, text }, 1);
 * console.log((await embedTexts(clip, tokenizer, ["a sea", "a lake"])).length); // 16
 * clip.dispose();
 * ```
 */
export async function embedTexts(
  clip: Clip,
  tokenizer: ClipTokenizer,
  texts: readonly string[],
  options: EmbedOptions = {},
): Promise<Float32Array> {
  const { contextLength } = clip.config.text;
  return embedAll(texts, options, (batch) => clip.encodeText(tokenizer.encodeBatch(batch, { contextLength, truncate: true })));
}

/** Encodes in batches, giving way to others in between. */
export async function embedAll<T>(items: readonly T[], options: EmbedOptions, encode: (batch: T[]) => tf.Tensor2D): Promise<Float32Array> {
  checkOptions(options, ["batchSize", "onProgress", "signal"], "embedImages and embedTexts");
  if (!Array.isArray(items)) fail("INVALID_ARGUMENT", `What is embedded must be an array, got ${show(items)}.`);
  const { batchSize = 64, onProgress, signal } = options;
  checkRange(batchSize, "batchSize", { min: 1, integer: true });
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
