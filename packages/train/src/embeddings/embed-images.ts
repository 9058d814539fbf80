import { type BatchesOptions, batches, type CaptionRecord, type ImageDataset } from "@rsdix/data";
import { fail } from "@rsdix/internal";
import type { ImageTextModel } from "@rsdix/models";
import { type EmbeddingStore, sha256 } from "./embedding-store";
import { encodeBatch } from "./encode-batch";

/** How images are embedded. */
export interface EmbedImagesOptions extends Pick<BatchesOptions, "workers" | "onError" | "onSkip"> {
  readonly batchSize: number;
  /** Whether each embedding is scaled to length 1. */
  readonly normalize: boolean;
  /** Told how many images are done, of how many. */
  readonly onProgress: (progress: { readonly done: number; readonly total: number }) => void;
  readonly signal: AbortSignal;
}

/** Files that are hashed at a time. */
const HASHED_AT_A_TIME = 8;

/** Embeds the images that a store has not; gives how many it had, how many are new, and how many were left out. */
export async function embedImages(
  model: ImageTextModel,
  dataset: ImageDataset,
  store: EmbeddingStore,
  options: EmbedImagesOptions,
): Promise<{ kept: number; embedded: number; skipped: number }> {
  const { normalize, onProgress, ...reading } = options;
  const { sums, missing } = await findMissing(dataset, store, options);
  const total = dataset.images.length;
  const kept = total - missing.length;
  let embedded = 0;
  onProgress({ done: kept, total });
  if (missing.length === 0) return { kept, embedded, skipped: 0 };
  const source = batches({ ...dataset, images: missing }, { ...reading, shuffle: false, preprocess: model.processor });
  try {
    for await (const batch of source) {
      const values = await encodeBatch(model, batch, normalize);
      const { records } = batch;
      await store.add(await Promise.all(records.map(named)), finite(values, records));
      embedded += records.length;
      onProgress({ done: kept + embedded, total });
    }
  } catch (error) {
    // None of the new ones can be used: those that were there are no less.
    if (!(reading.onError === "skip" && kept > 0 && embedded === 0 && (error as { code?: string }).code === "EMPTY_DATA")) throw error;
  }
  return { kept, embedded, skipped: missing.length - embedded };

  async function named({ filename }: CaptionRecord) {
    return { image: filename, sha256: sums.get(filename) ?? sha256(await dataset.files.read(filename)) };
  }
}

/** The images that the store has not, and the hashes of all that can be read: what cannot is left to the batches, which say why. */
async function findMissing(dataset: ImageDataset, store: EmbeddingStore, { signal }: { signal: AbortSignal }) {
  const sums = new Map<string, string>();
  const missing: CaptionRecord[] = [];
  const isMissing = async ({ filename: image }: CaptionRecord) => {
    const bytes = await dataset.files.read(image, { signal }).catch(() => undefined);
    if (!bytes) return true;
    const sum = sha256(bytes);
    sums.set(image, sum);
    return !(await store.has({ image, sha256: sum }));
  };
  for (let first = 0; first < dataset.images.length; first += HASHED_AT_A_TIME) {
    const some = dataset.images.slice(first, first + HASHED_AT_A_TIME);
    const found = await Promise.all(some.map(isMissing));
    if (signal.aborted) fail("ABORTED", "Embedding was stopped before it began.", signal.reason);
    missing.push(...some.filter((_, i) => found[i]));
  }
  return { sums, missing };
}

function finite(values: Float32Array, records: readonly CaptionRecord[]): Float32Array {
  const at = values.findIndex((value) => !Number.isFinite(value));
  if (at < 0) return values;
  const { filename } = records[Math.floor(at / (values.length / records.length))]!;
  return fail("NOT_A_NUMBER", `The embedding of "${filename}" has ${values[at]}: nothing of its batch is kept.`);
}
