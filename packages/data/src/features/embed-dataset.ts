import { checkOptions, fail, type RsdixError, sha256, show } from "@rsdix/internal";
import { readBatchesOptions } from "../batches/batch-options";
import type { Batch, BatchesOptions, Preprocess, SkippedImage } from "../batches/batch-types";
import { batches } from "../batches/batches";
import { canBeLeftOut } from "../batches/image-work";
import type { AnyBatch } from "../batches/make-batch";
import { heard } from "../caller-function";
import type { CaptionRecord } from "../caption-dataset";
import { checkFunctions } from "../check-inputs";
import { eachOf } from "../each-of";
import { readBytes } from "../files/read-bytes";
import { hasFiles, type ImageDataset } from "../image-dataset";
import { selectSplit } from "../select-split";
import { untilAborted } from "../until-aborted";
import type { FeatureCache } from "./feature-cache";
import { FeatureFile, type FeatureKey } from "./feature-file";
import { FeatureRows } from "./feature-rows";

/** Options of `embedDataset`. */
export interface EmbedDatasetOptions<P extends Preprocess | undefined = undefined>
  extends Pick<BatchesOptions<P>, "split" | "workers" | "concurrency" | "prefetch" | "maxPixels" | "onSkip" | "signal"> {
  /** Names the model and its weights, as nothing else does: "openai/clip-vit-base-patch32@3d74acf", or a hash of the weights. */
  readonly model: string;
  /** How images become what the model sees. */
  readonly preprocess?: P;
  /** Names the preprocessing, where it is a function. */
  readonly preprocessing?: string;
  /** Where features are kept; nowhere unless told otherwise. */
  readonly cache?: FeatureCache;
  /** Images in a batch; 32 unless told otherwise. */
  readonly batchSize?: number;
  /**
   * By what images are known again: "content" (unless told otherwise) reads all files and hashes them, which takes a fraction of embedding them; "names"
   * trusts that a file of the same name is the same image.
   */
  readonly identify?: "content" | "names";
  /**
   * What an image that cannot be used does: "throw" (unless told otherwise) ends the embedding with an error that names it, "skip" leaves it out of the rows.
   * Each run tries it again.
   */
  readonly onError?: "throw" | "skip";
  /** Told of the images that are done, and how many of them were in the cache; what it throws, or rejects with, ends the work. */
  readonly onProgress?: (progress: { readonly done: number; readonly total: number; readonly cached: number }) => void;
}

/** The features of a data set's images. */
export interface DatasetFeatures {
  /** Row-major [n, dim], a row an image. */
  readonly values: Float32Array;
  /** Numbers an image. */
  readonly dim: number;
  /** The images, in the order of the rows: that of the data set, without those that were left out. */
  readonly records: readonly CaptionRecord[];
  /** Images that were left out, under `onError: "skip"`. */
  readonly skipped: readonly SkippedImage[];
  /** How many images came from the cache. */
  readonly cached: number;
}

const OPTIONS = [
  ...["split", "workers", "concurrency", "prefetch", "maxPixels", "onError", "onSkip", "signal"],
  ...["model", "preprocess", "preprocessing", "cache", "batchSize", "identify", "onProgress"],
];

/** Files that are hashed at a time. */
const HASHED_AT_A_TIME = 8;

/**
 * Encodes every image of a data set once, and keeps the result: a head that is trained again and again, or a metric study, needs the images only the first
 * time. Features are found again by the model, the preprocessing and the images; where one of them is another, everything is encoded anew. What an embedding
 * that broke off had finished is taken up.
 *
 * @param dataset - a data set with its files, or the promise of one.
 * @param embed - encodes a batch: gives float32 [n, dim], row-major, a row an image. It is given the signal, too; an embedding that is stopped doesn't wait
 *   for it.
 * @param options - `model` names the model; `preprocess`, `cache` and how to go about it.
 * @returns the features in the order of the images.
 * @throws RsdixError INVALID_ARGUMENT for options or a preprocessing without a name; SHAPE_MISMATCH when `embed` gives no whole rows, or the cache has
 *   features of another width for a model of this name; NOT_A_NUMBER naming an image whose features aren't finite; ABORTED; UNKNOWN_OPTION; and as `batches`.
 * @example
 * ```ts
 * import { embedDataset, type ImageDataset, memoryFeatureCache } from "@rsdix/data";
 * import { encodePng } from "@rsdix/image/node";
 * const png = await encodePng({ width: 8, height: 8, data: new Uint8Array(192) });
 * const files = { name: "memory", names: async () => ["1.png"], read: async () => png, close: async () => undefined };
 * const dataset: ImageDataset = { dataset: "tiny", images: [{ filename: "1.png", imgid: 1, split: "train", sentences: [] }], files };
 * const options = { model: "first pixels", preprocess: { size: 4 }, cache: memoryFeatureCache() };
 * const embed = ({ pixels, shape }: { pixels: Float32Array; shape: readonly number[] }) => pixels.slice(0, shape[0] * 2);
 * const { dim } = await embedDataset(dataset, embed, options);
 * const again = await embedDataset(dataset, embed, options);
 * if (dim !== 2 || again.cached !== 1) throw new Error("expected features from the cache");
 * ```
 */
export async function embedDataset<P extends Preprocess | undefined = undefined>(
  dataset: ImageDataset | Promise<ImageDataset>,
  embed: (batch: Batch<P>, signal?: AbortSignal) => Float32Array | Promise<Float32Array>,
  options: EmbedDatasetOptions<P>,
): Promise<DatasetFeatures> {
  const known = checkOptions(options, OPTIONS, "embedDataset");
  const { model, preprocess, preprocessing, cache, batchSize = 32, identify = "content", onProgress, split, ...running } = known;
  const preprocessingName = namePreprocessing(preprocess, preprocessing);
  if (typeof model !== "string" || model.trim() === "")
    fail("INVALID_ARGUMENT", `model must name the model and its weights, got ${show(model)}.`);
  if (identify !== "content" && identify !== "names")
    fail("INVALID_ARGUMENT", `identify must be "content" or "names", got ${show(identify)}.`);
  if (cache !== undefined && !(typeof cache?.read === "function" && typeof cache.write === "function"))
    fail("INVALID_ARGUMENT", `cache must have read and write, as memoryFeatureCache gives, got ${show(cache)}.`);
  checkFunctions({ onProgress });
  if (typeof embed !== "function") fail("INVALID_ARGUMENT", `embed must be a function of a batch, got ${show(embed)}.`);
  const settings = { batchSize, shuffle: false, ...(preprocess !== undefined && { preprocess }), ...running };
  const { signal, onError, onSkip } = readBatchesOptions(settings); // before the data set is opened and hashed
  const unlessStopped = <T>(work: () => T | Promise<T>) => untilAborted(signal, () => "Embedding was stopped by the signal.", work);
  const set = await unlessStopped(() => dataset);
  if (!hasFiles(set))
    fail("INVALID_ARGUMENT", `embedDataset takes a data set with images and files, such as rsicd(...) gives; got ${show(set)}.`);
  const records = split === undefined ? set.images : selectSplit(set, split);
  if (records.length === 0) fail("EMPTY_DATA", `There is no image in "${set.dataset}"${split === undefined ? "" : `'s split ${split}`}.`);
  const skip = onError === "skip";
  const data = cache ? await hashImages(set, records, { identify, skip, signal }) : "";
  const key: FeatureKey = { model, preprocessing: preprocessingName, images: records.length, identify, data };
  const kept = cache && {
    read: (name: string) => unlessStopped(() => cache.read(name)),
    write: (name: string, bytes: Uint8Array) => unlessStopped(() => cache.write(name, bytes)),
  };
  const rows = new FeatureRows(records, await FeatureFile.open(kept, key));
  const missing = await rows.load();
  const cached = records.length - missing.length;
  const skipped = new Map<number, SkippedImage>();
  let done = cached;
  const progress = () => heard(onProgress?.({ done: done + skipped.size, total: records.length, cached }), signal);
  await progress();
  if (missing.length > 0) {
    const rowOf = new Map(missing.map((row) => [{ ...records[row]!, sentences: [] } as CaptionRecord, row])); // no captions are drawn
    const whole = ({ record, ...problem }: SkippedImage) => ({ ...problem, record: records[rowOf.get(record)!]! });
    const leaveOut = (problem: SkippedImage) => {
      const row = rowOf.get(problem.record)!;
      rows.leaveOut(row);
      skipped.set(row, whole(problem));
      return onSkip?.(whole(problem));
    };
    const source = { dataset: set.dataset, images: [...rowOf.keys()], files: set.files };
    try {
      for await (const batch of batches(source, { ...settings, onSkip: leaveOut } as unknown as BatchesOptions)) {
        const own = batch.records.map((record) => rowOf.get(record)!);
        const seen = { ...(batch as AnyBatch), records: own.map((row) => records[row]!), skipped: batch.skipped.map(whole) };
        await rows.add(own, await unlessStopped(() => embed(seen as unknown as Batch<P>, signal)));
        done += own.length;
        await progress();
      }
    } catch (error) {
      const rest = skip && cached > 0 && skipped.size === missing.length; // none of the new ones can be used
      if (!rest || (error as RsdixError).code !== "EMPTY_DATA") throw error;
    }
  }
  return { ...(await rows.finish()), skipped: missing.flatMap((row) => skipped.get(row) ?? []), cached };
}

function namePreprocessing(preprocess: Preprocess | undefined, name: string | undefined): string {
  if (typeof preprocess === "function") {
    if (typeof name === "string" && name.trim() !== "") return `named ${name}`;
    fail(
      "INVALID_ARGUMENT",
      "A preprocess that is a function needs a name for the cache: preprocessing, another whenever the function does something else.",
    );
  }
  if (name !== undefined) fail("INVALID_ARGUMENT", "preprocessing names a function; what preprocess says here is its own name.");
  return JSON.stringify(readBatchesOptions({ batchSize: 1, preprocess }).processor ?? null);
}

/** A hash of the images' names and, unless names are trusted, of their bytes. An image that cannot be read has none, where such are left out. */
async function hashImages(
  set: ImageDataset,
  records: readonly CaptionRecord[],
  { identify, skip, signal }: { identify: "content" | "names"; skip: boolean; signal: AbortSignal | undefined },
): Promise<string> {
  const names = records.map(({ filename }) => filename);
  if (identify === "content") {
    await eachOf(records.length, HASHED_AT_A_TIME, async (i) => {
      const bytes = await readBytes(set.files, names[i]!, { signal }).catch((error) => {
        if (skip && canBeLeftOut(error)) return undefined; // batches say why
        throw error;
      });
      names[i] += bytes ? ` ${await sha256(bytes)}` : " unreadable";
    });
  }
  return sha256(new TextEncoder().encode(JSON.stringify(names)));
}
