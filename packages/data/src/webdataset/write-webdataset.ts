import { randomUUID } from "node:crypto";
import { type FileHandle, open, readdir, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { checkOptions, checkRange, checkSignal, fail, show } from "@rsdix/internal";
import type { TarPackController } from "modern-tar";
import { callerFunction } from "../caller-function";
import type { CaptionRecord } from "../caption-dataset";
import { checkFunctions } from "../check-inputs";
import { storeName } from "../files/file-name";
import { readBytes } from "../files/read-bytes";
import { hasFiles, type ImageDataset } from "../image-dataset";
import { makeFolders } from "../make-folders";
import { recordJson, refuseLoss } from "../stringify-karpathy";
import { untilAborted } from "../until-aborted";
import type { DatasetHead } from "./dataset-head";
import { DATASET_ENTRY } from "./samples";

/** Options of `writeWebDataset`. */
export interface WriteWebDatasetOptions {
  /** How many images a shard has, the last one fewer; 1000 unless told otherwise. */
  readonly shardSize?: number;
  /** What names of shards begin with, "shard" unless told otherwise: shard-000000.tar. */
  readonly name?: string;
  /** Called after each image with how many are done, of how many; what it throws, or rejects with, ends the work. */
  readonly onProgress?: (progress: { readonly done: number; readonly total: number }) => void;
  /** Stops the writing; nothing is left of it. */
  readonly signal?: AbortSignal;
}

/** A shard that was written. */
export interface WrittenShard {
  /** Its path. */
  readonly path: string;
  /** How many images it has. */
  readonly samples: number;
}

/** What Python's library takes for images, and ours; by another ending a reader would not know them. */
const IMAGE_NAME = /\.(jpe?g|png|webp|tiff?)$/i;
/** As many shards as names with six digits can tell apart. */
const MAX_SHARDS = 1_000_000;

/**
 * Writes a data set as WebDataset shards, which Python's `webdataset` reads and `webDataset` gives back without loss. An image is a sample of
 * its number in the set: the image as it is; `.json`, its record with all fields; `.txt`, its captions, one a line; `.cls`, the number of its
 * class. The data set's name, its further fields and its classes are in each shard as `__dataset__`, which other readers pass over. The same
 * data set gives the same bytes.
 *
 * Shards are written under temporary names; once all are whole, they get their own.
 *
 * @param dataset - the data set; its images are read one at a time, from `dataset.files`.
 * @param folder - where the shards are put; it is made where there is none.
 * @param options - `shardSize` (1000 images), `name` ("shard"), `onProgress`, `signal`.
 * @returns the shards, in order.
 * @throws RsdixError EMPTY_DATA without images; FILE_NOT_FOUND, FILE_CORRUPT or FILE_TOO_LARGE for an image that can't be read;
 * INVALID_ARGUMENT for a name that isn't of an image, a field that JSON can't hold, or shards of this name that are there already;
 * WRITE_FAILED; ABORTED; UNKNOWN_OPTION.
 * @example
 * ```ts
 * import { mkdtemp, rm } from "node:fs/promises";
 * import { tmpdir } from "node:os";
 * import { join } from "node:path";
 * import { openFiles } from "@rsdix/data";
 * import { writeWebDataset } from "@rsdix/data/node";
 * const folder = await mkdtemp(join(tmpdir(), "example-"));
 * const files = await openFiles([new File([Uint8Array.of(1, 2, 3)], "lake.png")]);
 * const images = [{ filename: "lake.png", imgid: 0, split: "train" as const, sentences: [{ raw: "a lake" }] }];
 * const [shard] = await writeWebDataset({ dataset: "tiny", images, files }, folder, { name: "train" });
 * if (shard.path !== join(folder, "train-000000.tar")) throw new Error("expected one shard");
 * await rm(folder, { recursive: true });
 * ```
 * @see https://github.com/webdataset/webdataset
 */
export async function writeWebDataset(
  dataset: ImageDataset,
  folder: string,
  options: WriteWebDatasetOptions = {},
): Promise<readonly WrittenShard[]> {
  checkOptions(options, ["shardSize", "name", "onProgress", "signal"], "writeWebDataset");
  const { shardSize = 1000, name = "shard", onProgress, signal } = options;
  checkRange(shardSize, "shardSize", { min: 1, integer: true });
  checkFunctions({ onProgress });
  checkSignal(signal);
  if (!hasFiles(dataset))
    fail("INVALID_ARGUMENT", `writeWebDataset takes a data set with images and files, such as rsicd(...) gives; got ${show(dataset)}.`);
  const { images } = dataset;
  if (typeof name !== "string" || !/^[^/\\{},\0]+$/.test(name))
    fail(
      "INVALID_ARGUMENT",
      `name must be the start of a file's name, got ${typeof name === "string" ? JSON.stringify(name) : show(name)}.`,
    );
  if (images.length === 0) fail("EMPTY_DATA", `The data set "${dataset.dataset}" has no images to write.`);
  if (images.length > shardSize * MAX_SHARDS)
    fail("INVALID_ARGUMENT", `${images.length} images of ${shardSize} a shard are too many shards.`);
  checkNames(images);
  await prepare(folder, name);
  const head = headJson(dataset);
  const told = callerFunction(onProgress);
  const shards: { temporary: string; path: string; samples: number }[] = [];
  try {
    for (let start = 0; start < images.length; start += shardSize) {
      const path = join(folder, `${name}-${String(shards.length).padStart(6, "0")}.tar`);
      const samples = Math.min(shardSize, images.length - start);
      const temporary = `${path}.${randomUUID()}.tmp`;
      shards.push({ temporary, path, samples });
      const fill = async (add: Add) => {
        for (let index = start; index < start + samples; index++) {
          if (signal?.aborted) fail("ABORTED", `Writing shards was stopped after ${index} of ${images.length} images.`, signal.reason);
          await addSample(dataset, index, add, signal);
          told.tell({ done: index + 1, total: images.length });
          await untilAborted(signal, () => `Writing shards was stopped after ${index + 1} of ${images.length} images.`, told.settled);
        }
      };
      await writeShard(temporary, path, head, fill, told.threw);
    }
    for (const { temporary, path } of shards) await rename(temporary, path).catch((cause) => unwritten(path, cause));
  } catch (error) {
    await Promise.all(shards.map(({ temporary }) => rm(temporary, { force: true }).catch(() => undefined)));
    throw error;
  }
  return shards.map(({ path, samples }) => ({ path, samples }));
}

function checkNames(images: readonly CaptionRecord[]): void {
  const seen = new Set<string>();
  for (const [index, record] of images.entries()) {
    if (typeof record?.filename !== "string") fail("INVALID_ARGUMENT", `images[${index}] must be a record, got ${show(record)}.`);
    const { filename } = record;
    const where = `images[${index}] ("${filename}")`;
    if (!IMAGE_NAME.test(filename)) {
      fail("INVALID_ARGUMENT", `${where} must be a .jpg, .jpeg, .png, .webp, .tif or .tiff, as readers know images by it.`);
    }
    if (seen.has(storeName(filename))) fail("INVALID_ARGUMENT", `${where} is there twice: a data set names each file once.`);
    seen.add(storeName(filename));
  }
}

async function prepare(folder: string, name: string): Promise<void> {
  await makeFolders(folder).catch((cause) => unwritten(folder, cause));
  const there = await readdir(folder).catch((cause) => unwritten(folder, cause));
  const before = there.find((file) => file.startsWith(`${name}-`) && /^\d+\.tar$/.test(file.slice(name.length + 1)));
  if (before) {
    fail("INVALID_ARGUMENT", `${folder} has shards of this name already, such as ${before}: remove them, or give another folder or name.`);
  }
}

function unwritten(path: string, cause: Error): never {
  if (cause.name === "RsdixError") throw cause;
  fail("WRITE_FAILED", `${path} could not be written: ${cause.message}. Nothing of it was kept.`, cause);
}

type Add = (name: string, content: Uint8Array | string) => Promise<void>;

/** Writes a shard; errors that `threw` knows are thrown as they are. */
async function writeShard(
  temporary: string,
  path: string,
  head: string,
  fill: (add: Add) => Promise<void>,
  threw: (error: unknown) => boolean,
): Promise<void> {
  const { createTarPacker } = await import("modern-tar");
  const { readable, controller } = createTarPacker();
  const handle = await open(temporary, "wx").catch((cause) => unwritten(path, cause));
  const stored = store(readable, handle);
  stored.catch(() => undefined); // it is awaited in the end, or another failure is told
  try {
    const add: Add = (name, content) => addEntry(controller, name, content);
    await add(DATASET_ENTRY, head);
    await fill(add);
    controller.finalize();
    await stored;
    await handle.sync();
  } catch (error) {
    controller.error(error);
    const cause = await stored.then(() => error as Error).catch((cause: Error) => cause); // a full disk aborts what is added
    if (threw(error)) throw error;
    unwritten(path, cause);
  } finally {
    await handle.close();
  }
}

async function store(readable: ReadableStream<Uint8Array>, handle: FileHandle): Promise<void> {
  for await (const piece of readable as unknown as AsyncIterable<Uint8Array>) await handle.writeFile(piece);
}

async function addEntry(controller: TarPackController, name: string, content: Uint8Array | string): Promise<void> {
  const bytes = typeof content === "string" ? new TextEncoder().encode(content) : content;
  // A time would make the bytes of the same data set differ.
  const writer = controller.add({ name, size: bytes.length, mtime: new Date(0) }).getWriter();
  if (bytes.length > 0) await writer.write(bytes);
  await writer.close();
}

async function addSample({ images, files, classes }: ImageDataset, index: number, add: Add, signal?: AbortSignal): Promise<void> {
  const record = images[index]!;
  const { filename, label, sentences } = record;
  const ending = IMAGE_NAME.exec(filename)![1]!.toLowerCase();
  const json = sampleJson(record, index);
  const key = String(index).padStart(9, "0");
  await add(`${key}.${ending}`, await readBytes(files, filename, { signal }));
  await add(`${key}.json`, json);
  if (sentences.length > 0) await add(`${key}.txt`, sentences.map(({ raw }) => `${raw.replaceAll(/\s*[\r\n]+\s*/g, " ")}\n`).join(""));
  const number = label === undefined ? -1 : (classes?.indexOf(label) ?? -1);
  if (number >= 0) await add(`${key}.cls`, String(number));
}

function sampleJson(record: CaptionRecord, index: number): string {
  const where = `images[${index}]`;
  for (const field of ["caption", "captions"]) {
    if (record.extra && Object.hasOwn(record.extra, field)) {
      fail("INVALID_ARGUMENT", `${where}.extra must not hold "${field}", which readers would take for its captions. Rename it.`);
    }
  }
  if (record.sentences.length === 0 && record.label === undefined) {
    fail("INVALID_ARGUMENT", `${where} ("${record.filename}") has neither a caption nor a label: leave it out.`);
  }
  return JSON.stringify(recordJson(record, where), refuseLoss);
}

function headJson({ dataset, extra, classes }: ImageDataset): string {
  const head: DatasetHead = { dataset, ...(extra && { extra }), ...(classes && { classes }) };
  return JSON.stringify(head, refuseLoss);
}
