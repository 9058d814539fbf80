import { batches } from "@rsdix/data";
import type { Clip, ImageTextModel, Siglip } from "@rsdix/models";
import { encodeBatch } from "../embeddings/encode-batch";
import { hashOf } from "../recipes/clipcap-recipe";
import { widthOf } from "../recipes/open-captioner";
import type { ImageWork } from "./shard-images";
import type { ShardTask } from "./shard-task";

/** How a shard's images are embedded. */
interface EmbedShardOptions {
  readonly batchSize: number;
  /** Threads that decode images. */
  readonly workers: number;
  /** Whether each embedding is scaled to length 1. */
  readonly normalize: boolean;
}

/** Embeds a shard's images into the column "embedding". */
function embedShard(model: ImageTextModel, { normalize, ...reading }: EmbedShardOptions): ImageWork {
  return async function* (dataset, { signal, bad }) {
    const onSkip = ({ record, error }: { record: { filename: string }; error: Error }) =>
      bad({ file: record.filename, reason: error.message });
    const source = batches(dataset, { ...reading, shuffle: false, preprocess: model.processor, onError: "skip", onSkip, signal });
    try {
      for await (const batch of source) {
        const values = await encodeBatch(model, batch, normalize);
        const dim = values.length / batch.records.length;
        for (const [i, record] of batch.records.entries()) {
          const embedding = values.slice(i * dim, (i + 1) * dim);
          if (embedding.every(Number.isFinite)) yield { record, values: { embedding } };
          else bad({ file: record.filename, reason: "The model's embedding is not finite: it has NaN or Infinity." });
        }
      }
    } catch (error) {
      if ((error as { code?: string }).code !== "EMPTY_DATA") throw error; // none could be used, which is written down
    }
  };
}

/** Embedding as what a run of shards does; the run's end frees the model. */
export function embedTask(model: Clip | Siglip, options: EmbedShardOptions): ShardTask {
  return {
    task: "embed",
    key: {
      model: hashOf(model),
      preprocessing: JSON.stringify(model.processor.config),
      normalized: String(options.normalize),
      dim: String(widthOf(model)),
    },
    columns: { embedding: "float32[]" },
    work: embedShard(model, options),
    close: () => model.dispose(),
  };
}
