// What the benchmarks of @rsdix/scale run: embedding with a ViT-B/32 of random weights, images that are computed and not read, so that nothing but the
// model and what shards add is measured.
import { createHash } from "node:crypto";
import { l2Normalize, startBackend } from "@rsdix/backend";
import { Clip } from "@rsdix/models";
import * as tf from "@tensorflow/tfjs-core";

export const BATCH = 16;
const SIZE = 224;
const text = { width: 64, layers: 1, heads: 1, vocabSize: 16, contextLength: 8 }; // no text is embedded
const image = { width: 768, layers: 12, heads: 12, size: SIZE, patch: 32 };

/** A plan of so many images in so many shards. */
export const planOf = (items, parts) => ({
  task: "embed",
  source: { kind: "list", name: "computed", sha256: createHash("sha256").update(String(items)).digest("hex"), items, parts },
  key: { model: "random ViT-B/32" },
  columns: { embedding: "float32[]" },
});

/** The model on the backend: gives the embeddings of images, named by their places, in batches. */
export async function embedder(backend) {
  await startBackend(backend);
  const model = Clip.fromConfig({ embedDim: 512, image, text }, 1);
  const pixels = Float32Array.from({ length: BATCH * SIZE * SIZE * 3 }, (_, i) => ((i * 31) % 255) / 255);
  return async (count) => {
    const rows = tf.tidy(() =>
      l2Normalize(model.encodeImage(tf.tensor4d(pixels.subarray(0, count * SIZE * SIZE * 3), [count, 3, SIZE, SIZE]))),
    );
    const values = await rows.data().finally(() => rows.dispose());
    return Array.from({ length: count }, (_, i) => values.slice(i * 512, (i + 1) * 512));
  };
}

/** A shard's work, with the model. */
export const workOf = (embed) =>
  async function* ({ first, end }) {
    for (let at = first; at < end; at += BATCH) {
      const embeddings = await embed(Math.min(BATCH, end - at));
      for (const [i, embedding] of embeddings.entries()) yield { id: String(at + i), file: `${at + i}.png`, values: { embedding } };
    }
  };
