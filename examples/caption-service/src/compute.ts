import type { RgbImage } from "@rsdix/image";
import * as tf from "@tensorflow/tfjs-core";
import { Batcher } from "./batcher";
import type { Decoding } from "./decoding-options";
import type { Models } from "./load-models";
import { notNumbers } from "./service-error";
import type { Settings } from "./settings";

/** What is wanted of an image that is resized and cut already. */
export interface Task {
  readonly image: RgbImage;
  /** How to caption it; undefined where its embedding is wanted. */
  readonly decoding?: Decoding;
}

/** A caption, or its beginning; or an embedding of length 1. */
export type Answer = string | Float32Array;

/** The queue before the model. */
export type Compute = Batcher<Task, Answer>;

/** A queue before the models, which captions and embeds what comes at about the same time together. */
export function computeWith(models: Models, settings: Settings, onBatch: (kind: string, size: number, seconds: number) => void): Compute {
  const { maxBatch, maxWait, maxQueue } = settings;
  let kind = "";
  return new Batcher<Task, Answer>({
    ...{ maxBatch, maxWait, maxQueue },
    onBatch: (size, seconds) => onBatch(kind, size, seconds),
    async run(tasks, signal, say) {
      const [{ decoding }] = tasks as [Task];
      kind = decoding ? "caption" : "embed";
      const embeddings = embed(models, tasks);
      try {
        if (decoding) await caption(models, embeddings, decoding, signal, say);
        else await split(embeddings, say);
      } finally {
        embeddings.dispose();
      }
    },
  });
}

/** Embeddings of images that the processor has cut, shape `[n, width]`, float32. */
function embed({ encoder }: Models, tasks: readonly Task[]): tf.Tensor2D {
  const { size } = encoder.config.image;
  const pixels = new Float32Array(tasks.length * 3 * size * size);
  for (const [i, { image }] of tasks.entries())
    encoder.processor.normalize(image, pixels.subarray(i * 3 * size * size, (i + 1) * 3 * size * size));
  return tf.tidy(() => encoder.encodeImage(tf.tensor4d(pixels, [tasks.length, 3, size, size])));
}

async function split(embeddings: tf.Tensor2D, say: (at: number, answer: Answer, last: boolean) => void): Promise<void> {
  const [n, width] = embeddings.shape;
  const values = await embeddings.data<"float32">();
  if (!values.every(Number.isFinite)) throw notNumbers(); // JSON would have null for them
  for (let i = 0; i < n; i++) say(i, values.slice(i * width, (i + 1) * width), true);
}

/** A caption that ends is said at once, whatever the others of its batch still need. */
async function caption(
  { captioner, tokenizer }: Models,
  embeddings: tf.Tensor2D,
  decoding: Decoding,
  signal: AbortSignal,
  say: (at: number, answer: Answer, last: boolean) => void,
): Promise<void> {
  const batchSize = embeddings.shape[0];
  for await (const { image, text, done } of captioner.captionStream(embeddings, tokenizer, { ...decoding, batchSize, signal }))
    say(image, text, done);
}
