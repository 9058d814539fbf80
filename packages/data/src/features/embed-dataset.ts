import { checkOptions, fail, show } from "@rsdix/internal";
import { readBatchesOptions } from "../batches/batch-options";
import type { Batch, BatchesOptions, Preprocess } from "../batches/batch-types";
import { batches } from "../batches/batches";
import { slots } from "../batches/image-pool";
import type { AnyBatch } from "../batches/make-batch";
import type { CaptionRecord } from "../caption-dataset";
import { checkFunctions } from "../check-inputs";
import { hasFiles, type ImageDataset } from "../image-dataset";
import { selectSplit } from "../select-split";
import { sha256 } from "../sha256";
import type { FeatureCache } from "./feature-cache";
import { FeatureFile, type FeatureKey } from "./feature-file";

/** Options of `embedDataset`. */
export interface EmbedDatasetOptions<P extends Preprocess | undefined = undefined>
  extends Pick<BatchesOptions<P>, "split" | "workers" | "concurrency" | "prefetch" | "signal"> {
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
  /** Told of the images that are embedded, and how many of them were in the cache. */
  readonly onProgress?: (progress: { readonly done: number; readonly total: number; readonly cached: number }) => void;
}

/** The features of a data set's images. */
export interface DatasetFeatures {
  /** Row-major [n, dim], a row an image. */
  readonly values: Float32Array;
  /** Numbers an image. */
  readonly dim: number;
  /** The images, in the order of the rows: that of the data set. */
  readonly records: readonly CaptionRecord[];
  /** How many images came from the cache. */
  readonly cached: number;
}

const OPTIONS = [
  ...["split", "workers", "concurrency", "prefetch", "signal"],
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
 * @param embed - encodes a batch: gives float32 [n, dim], row-major, a row an image.
 * @param options - `model` names the model; `preprocess`, `cache` and how to go about it.
 * @returns the features in the order of the images.
 * @throws RsdixError INVALID_ARGUMENT for options or a preprocessing without a name; SHAPE_MISMATCH when `embed` gives no whole rows, or the cache has
 *   features of another width for a model of this name; NOT_A_NUMBER naming an image whose features aren't finite; UNKNOWN_OPTION; and as `batches`.
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
  embed: (batch: Batch<P>) => Float32Array | Promise<Float32Array>,
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
  readBatchesOptions(settings); // before the data set is opened and hashed
  const set = await dataset;
  if (!hasFiles(set))
    fail("INVALID_ARGUMENT", `embedDataset takes a data set with images and files, such as rsicd(...) gives; got ${show(set)}.`);
  const records = split === undefined ? set.images : selectSplit(set, split);
  if (records.length === 0) fail("EMPTY_DATA", `There is no image in "${set.dataset}"${split === undefined ? "" : `'s split ${split}`}.`);
  const data = cache ? await hashImages(set, records, identify, running.signal) : "";
  const key: FeatureKey = { model, preprocessing: preprocessingName, images: records.length, identify, data };
  const file = await FeatureFile.open(cache, key);
  const rows = new FeatureRows(records, file);
  const missing = await rows.load();
  const cached = records.length - missing.length;
  const progress = (done: number) => onProgress?.({ done, total: records.length, cached });
  progress(cached);
  if (missing.length > 0) {
    const images = missing.map((row) => ({ ...records[row]!, sentences: [] })); // no captions are drawn
    let done = 0;
    for await (const batch of batches({ dataset: set.dataset, images, files: set.files }, settings as unknown as BatchesOptions)) {
      const own = missing.slice(done, done + batch.records.length);
      await rows.add(own, await embed({ ...(batch as AnyBatch), records: own.map((row) => records[row]!) } as unknown as Batch<P>));
      done += own.length;
      progress(cached + done);
    }
  }
  return { ...rows.finish(), records, cached };
}

/** Rows as they come in; parts are written when they are full. */
class FeatureRows {
  private values: Float32Array | undefined;
  private dim = 0;
  private readonly left: number[]; // rows that a part still lacks

  constructor(
    private readonly records: readonly CaptionRecord[],
    private readonly file: FeatureFile,
  ) {
    this.left = file.spans.map(({ rows }) => rows);
  }

  /** Takes what the cache has; gives the rows that it hasn't. */
  async load(): Promise<number[]> {
    const missing: number[] = [];
    for (const [part, { first, rows }] of this.file.spans.entries()) {
      const values = await this.file.read(part);
      if (values) {
        this.place(first, values, rows);
        this.left[part] = 0;
      } else for (let row = first; row < first + rows; row++) missing.push(row);
    }
    return missing;
  }

  async add(own: readonly number[], values: Float32Array): Promise<void> {
    const dim = values?.length / own.length;
    if (!(values instanceof Float32Array) || !Number.isInteger(dim) || dim === 0 || (this.dim > 0 && dim !== this.dim)) {
      const wants = this.dim > 0 ? `${own.length} x ${this.dim}` : `${own.length} rows of`;
      const hint = this.file.width === undefined ? "" : " The cache has features of that width: the model of this name is another.";
      fail(
        "SHAPE_MISMATCH",
        `embed must give a Float32Array of ${wants} numbers for ${own.length} images, got ${values?.length ?? show(values)}.${hint}`,
      );
    }
    const broken = values.findIndex((value) => !Number.isFinite(value));
    if (broken >= 0) {
      const { filename } = this.records[own[Math.floor(broken / dim)]!]!;
      fail("NOT_A_NUMBER", `The features of "${filename}" have ${values[broken]} at ${broken % dim}: nothing of its batch is kept.`);
    }
    for (const [i, row] of own.entries()) this.place(row, values.subarray(i * dim, (i + 1) * dim), 1);
    for (const [part, { first, rows }] of this.file.spans.entries()) {
      const within = own.filter((row) => row >= first && row < first + rows).length;
      if (within === 0) continue;
      this.left[part]! -= within;
      if (this.left[part] === 0) await this.file.write(part, this.values!.slice(first * dim, (first + rows) * dim), dim);
    }
  }

  finish(): { values: Float32Array; dim: number } {
    return { values: this.values!, dim: this.dim };
  }

  private place(row: number, values: Float32Array, rows: number): void {
    this.dim = values.length / rows;
    this.values ??= new Float32Array(this.records.length * this.dim);
    this.values.set(values, row * this.dim);
  }
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

/** A hash of the images' names and, unless names are trusted, of their bytes. */
async function hashImages(
  set: ImageDataset,
  records: readonly CaptionRecord[],
  identify: "content" | "names",
  signal?: AbortSignal,
): Promise<string> {
  const gate = slots(HASHED_AT_A_TIME);
  const nameOf = async ({ filename }: CaptionRecord) => {
    if (identify === "names") return filename;
    await gate.take();
    try {
      if (signal?.aborted) fail("ABORTED", "Embedding was stopped by the signal.", signal.reason);
      return `${filename} ${await sha256(await set.files.read(filename, { signal }))}`;
    } catch (error) {
      gate.stop(); // no further file is read
      throw error;
    } finally {
      gate.free();
    }
  };
  return sha256(new TextEncoder().encode(JSON.stringify(await Promise.all(records.map(nameOf)))));
}
