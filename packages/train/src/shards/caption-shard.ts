import type { ClipCap } from "@rsdix/models";
import { type CaptionDatasetOptions, captionDataset } from "../evaluate/caption-dataset";
import { hashOf, weightsHash } from "../recipes/clipcap-recipe";
import type { ImageWork } from "./shard-images";
import type { ShardTask } from "./shard-task";

/** How a shard's images are captioned. */
type CaptionShardOptions = Required<Pick<CaptionDatasetOptions, "batchSize" | "workers" | "decoding">>;

/** Captions a shard's images into the column "caption". */
function captionShard(captioner: ClipCap, options: CaptionShardOptions): ImageWork {
  return async function* (dataset, { signal, bad }) {
    const records = new Map(dataset.images.map((record) => [record.filename, record]));
    const onSkip = ({ record, error }: { record: { filename: string }; error: Error }) =>
      bad({ file: record.filename, reason: error.message });
    try {
      for await (const { files, captions } of captionDataset(captioner, dataset, { ...options, onError: "skip", onSkip, signal })) {
        for (const [i, file] of files.entries()) yield { record: records.get(file)!, values: { caption: captions[i]! } };
      }
    } catch (error) {
      if ((error as { code?: string }).code !== "EMPTY_DATA") throw error; // none could be used, which is written down
    }
  };
}

/** Captioning as what a run of shards does; the run's end calls `close`. */
export function captionTask(captioner: ClipCap, close: () => void, options: CaptionShardOptions): ShardTask {
  const encoder = captioner.encoder!;
  return {
    task: "caption",
    key: {
      model: weightsHash(captioner.parameters),
      encoder: hashOf(encoder),
      preprocessing: JSON.stringify(encoder.processor.config),
      decoding: JSON.stringify(options.decoding),
    },
    columns: { caption: "string" },
    work: captionShard(captioner, options),
    close,
  };
}
