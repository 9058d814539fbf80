import { heard } from "../caller-function";
import type { CaptionRecord, JsonValue } from "../caption-dataset";
import type { FilesSource } from "../files/open-files";
import { datasetHead } from "./dataset-head";
import { openShards } from "./open-shards";
import { sampleRecord } from "./sample-record";
import { isSkippable, rawSamples } from "./samples";
import { checkedOptions, type WebDatasetOptions } from "./webdataset-options";

/** One image of a WebDataset shard, with what its other files say. */
export interface WebDatasetSample {
  /** What the names of its files begin with, up to the first dot. */
  readonly key: string;
  /** The shard that it is in. */
  readonly shard: string;
  /** Where it begins in the shard (unpacked, where that is compressed), in bytes. */
  readonly offset: number;
  /** The image file. */
  readonly image: { readonly name: string; readonly bytes: Uint8Array };
  /** Its captions; none where it only has a class. */
  readonly captions: readonly string[];
  /** All that is known of the image, as a data set has it. */
  readonly record: CaptionRecord;
  /** What its .json holds. */
  readonly json?: JsonValue;
}

/**
 * Reads WebDataset shards as a stream, in order, holding one sample at a time.
 *
 * A sample is what lies side by side in a tar archive and has the same name up to the first dot: an image (`images`), and
 *
 * - `.json`: an object with captions under "sentences" (texts, or `{ raw, tokens }`), "captions" (texts) or "caption" (a text, or texts), the
 *   first of these counting; "label", "split", "filename" and "imgid" as in a Karpathy-style file; further fields go to `record.extra`;
 * - `.txt`: a caption a line, where .json has none;
 * - `.cls`: the class, as a number or a name, where .json has no "label".
 *
 * An image needs a caption or a class (unless `requireText` is false). Other files are passed over, and so are folders and links. An image that .json gives no
 * "filename" is named by its shard and its name there.
 *
 * @param source - a pattern (`"train-{000..011}.tar"`), one shard, or what holds them as `openFiles` takes it; .tar, .tar.gz or .tgz.
 * @param options - `onError` and `onSkip`, `defaultSplit`, `classes`, `requireText`, `images`, `maxBytes`, `signal`, `fetch`.
 * @returns the samples, in the order of the shards. Whoever stops early closes what is open.
 * @throws RsdixError FILE_CORRUPT with shard, byte and key for a sample without an image, without caption and class, with two files of a
 * kind, or whose files don't lie side by side, and for an archive that is damaged or cut off (under "skip" its rest is left out);
 * FILE_TOO_LARGE; FILE_NOT_FOUND; DOWNLOAD_FAILED; INVALID_ARGUMENT; ABORTED; UNKNOWN_OPTION.
 * @example
 * ```ts
 * import { mkdtemp, rm } from "node:fs/promises";
 * import { tmpdir } from "node:os";
 * import { join } from "node:path";
 * import { openFiles, readWebDataset } from "@rsdix/data";
 * import { writeWebDataset } from "@rsdix/data/node";
 * const folder = await mkdtemp(join(tmpdir(), "example-"));
 * const files = await openFiles([new File([Uint8Array.of(1, 2, 3)], "lake.png")]);
 * const images = [{ filename: "lake.png", imgid: 0, split: "train" as const, sentences: [{ raw: "a lake" }] }];
 * await writeWebDataset({ dataset: "tiny", images, files }, folder);
 * for await (const { image, captions } of readWebDataset(folder)) {
 *   if (captions[0] !== "a lake" || image.bytes.length !== 3) throw new Error("expected the sample");
 * }
 * await rm(folder, { recursive: true });
 * ```
 * @see https://github.com/webdataset/webdataset
 */
export async function* readWebDataset(source: FilesSource, options?: WebDatasetOptions): AsyncGenerator<WebDatasetSample, void> {
  const { onSkip, defaultSplit, requireText, ...reading } = checkedOptions(options, "readWebDataset");
  const { signal, fetch } = options ?? {};
  const opened = await openShards(source, { ...(signal && { signal }), ...(fetch && { fetch }) });
  let imgid = 0;
  let classes = reading.classes;
  const onDataset = (json: Uint8Array, shard: string) => {
    classes ??= datasetHead(json, shard).classes;
  };
  try {
    for (const shard of opened.shards) {
      for await (const raw of rawSamples(shard, { ...reading, withBytes: true, onSkip, onDataset })) {
        const { key, offset, image } = raw;
        let found: ReturnType<typeof sampleRecord>;
        try {
          found = sampleRecord(raw, { split: defaultSplit, imgid, classes, requireText });
        } catch (error) {
          if (!onSkip || !isSkippable(error)) throw error;
          await heard(onSkip({ shard: shard.name, offset, key, error }), signal);
          continue;
        }
        imgid++;
        const { name, bytes } = image;
        const captions = found.record.sentences.map((sentence) => sentence.raw);
        yield { key, shard: shard.name, offset, image: { name, bytes: bytes! }, captions, ...found };
      }
    }
  } finally {
    await opened.close();
  }
}
