import { fail } from "@rsdix/internal";
import { heard } from "../caller-function";
import type { CaptionRecord } from "../caption-dataset";
import type { SkippedItem } from "../captions/reading";
import { findByName } from "../files/accents";
import { sorted, storeName } from "../files/file-name";
import type { FileStore } from "../files/file-store";
import { checkSize, guardedStore, notFound } from "../files/guarded-store";
import type { FilesSource } from "../files/open-files";
import type { ImageDataset } from "../image-dataset";
import { type DatasetHead, datasetHead } from "./dataset-head";
import { openShards, type Shard, type Shards } from "./open-shards";
import { sampleRecord } from "./sample-record";
import { isSkippable, rawSamples, type SkippedSample } from "./samples";
import { checkedOptions, type WebDatasetOptions } from "./webdataset-options";

/** A data set of shards with its files, and what of them was left out. */
export interface LoadedShards extends ImageDataset {
  /** Samples that were left out, with `onError` "skip". */
  readonly skipped: readonly SkippedItem[];
}

/** Where an image's bytes are. */
interface Place {
  readonly shard: Shard;
  readonly start: number;
  readonly end: number;
}

/**
 * Opens WebDataset shards as a data set whose images can be read in any order: one pass over the shards notes where each image lies, and
 * keeps the captions. For shards that are read once, and for compressed ones, `readWebDataset` streams them.
 *
 * @param source - as of `readWebDataset`; the shards must not be compressed.
 * @param options - as of `readWebDataset`.
 * @returns the data set; a set that `writeWebDataset` wrote is the same as before. `files.close()` gives back what is held open; what was left out is in
 * `skipped`.
 * @throws RsdixError as `readWebDataset`; INVALID_ARGUMENT for shards that are compressed or of which no part can be read alone; FILE_CORRUPT
 * where two samples name the same file.
 * @example
 * ```ts
 * import { mkdtemp, rm } from "node:fs/promises";
 * import { tmpdir } from "node:os";
 * import { join } from "node:path";
 * import { openFiles, webDataset } from "@rsdix/data";
 * import { writeWebDataset } from "@rsdix/data/node";
 * const folder = await mkdtemp(join(tmpdir(), "example-"));
 * const files = await openFiles([new File([Uint8Array.of(1, 2, 3)], "lake.png")]);
 * const images = [{ filename: "lake.png", imgid: 0, split: "train" as const, sentences: [{ raw: "a lake" }] }];
 * await writeWebDataset({ dataset: "tiny", images, files }, folder);
 * const back = await webDataset(folder);
 * if (back.dataset !== "tiny" || (await back.files.read("lake.png"))[2] !== 3) throw new Error("expected the same data set");
 * await rm(folder, { recursive: true });
 * ```
 * @see https://github.com/webdataset/webdataset
 */
export async function webDataset(source: FilesSource, options?: WebDatasetOptions): Promise<LoadedShards> {
  const { onSkip: tell, defaultSplit, requireText, ...reading } = checkedOptions(options, "webDataset");
  const { signal, fetch } = options ?? {};
  const opened = await openShards(source, { ...(signal && { signal }), ...(fetch && { fetch }) });
  const skipped: SkippedItem[] = [];
  const skip = (problem: SkippedSample) => {
    skipped.push({ where: `${problem.shard}: byte ${problem.offset}`, message: problem.error.message });
    return tell?.(problem);
  };
  const onSkip = tell && skip;
  const images: CaptionRecord[] = [];
  const places = new Map<string, Place>();
  let head: DatasetHead | undefined;
  const onDataset = (json: Uint8Array, shard: string) => {
    head ??= datasetHead(json, shard);
  };
  try {
    for (const shard of opened.shards) {
      await checkIndexable(shard, signal);
      for await (const raw of rawSamples(shard, { ...reading, withBytes: false, onSkip, onDataset })) {
        const { key, offset, image } = raw;
        try {
          const classes = reading.classes ?? head?.classes;
          const { record } = sampleRecord(raw, { split: defaultSplit, imgid: images.length, classes, requireText });
          const file = storeName(record.filename);
          if (places.has(file)) {
            fail(
              "FILE_CORRUPT",
              `${shard.name}: the sample "${key}" at byte ${offset} is of the file "${record.filename}", and not the first.`,
            );
          }
          places.set(file, { shard, start: image.offset, end: image.offset + image.size });
          images.push(record);
        } catch (error) {
          if (!onSkip || !isSkippable(error)) throw error;
          await heard(onSkip({ shard: shard.name, offset, key, error }), signal);
        }
      }
    }
  } catch (error) {
    await opened.close();
    throw error;
  }
  const classes = reading.classes ?? head?.classes;
  const { dataset = opened.name, extra } = head ?? {};
  return { dataset, images, files: imagesIn(opened, places), ...(extra && { extra }), ...(classes && { classes }), skipped };
}

async function checkIndexable({ name, seekable, stream }: Shard, signal: AbortSignal | undefined): Promise<void> {
  if (!seekable)
    fail("INVALID_ARGUMENT", `No part of ${name} can be read without the rest: read it with readWebDataset, or from a folder.`);
  for await (const [first, second] of stream({ start: 0, end: 2, signal })) {
    if (first === 0x1f && second === 0x8b) {
      fail(
        "INVALID_ARGUMENT",
        `${name} is compressed, so that its images can't be found alone: unpack it, or read it with readWebDataset.`,
      );
    }
  }
}

function imagesIn(opened: Shards, places: ReadonlyMap<string, Place>): FileStore {
  const { name } = opened;
  const names = sorted(places.keys());
  const found = findByName(places);
  const placeOf = (file: string) => found(file) ?? notFound(file, name);
  return guardedStore({
    name,
    names: async () => names,
    async read(file, { maxBytes, signal }) {
      const { shard, start, end } = placeOf(file);
      checkSize(end - start, maxBytes, file, name);
      const bytes = new Uint8Array(end - start);
      let done = 0;
      for await (const piece of shard.stream({ start, end, signal })) {
        bytes.set(piece, done);
        done += piece.length;
      }
      if (done < bytes.length)
        fail("FILE_CORRUPT", `"${file}" in ${shard.name} has ${done} of ${bytes.length} bytes: the shard was changed.`);
      return bytes;
    },
    async *stream(file, part) {
      const { shard, start, end } = placeOf(file);
      const from = Math.min(end, start + part.start);
      yield* shard.stream({ start: from, end: Math.min(end, start + part.end), signal: part.signal });
    },
    close: () => opened.close(),
  });
}
