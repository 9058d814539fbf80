import { fail } from "@rsdix/internal";
import { callerFunction } from "../caller-function";
import { checkSize } from "../files/guarded-store";
import { untilAborted } from "../until-aborted";
import type { Shard } from "./open-shards";
import { type TarEntry, tarEntries } from "./tar-entries";

/** An image in a shard. */
interface ShardImage {
  /** The image's name in the shard. */
  readonly name: string;
  readonly offset: number;
  readonly size: number;
  /** Its content, where that was asked for. */
  readonly bytes?: Uint8Array;
}

/** The files of one key, as they lie in a shard. */
export interface RawSample {
  readonly key: string;
  readonly shard: string;
  /** Where the first of its headers begins in the unpacked shard. */
  readonly offset: number;
  readonly image: ShardImage;
  /** The content of the files that aren't images, by what their name ends in: "txt", "json", "cls". */
  readonly texts: ReadonlyMap<string, Uint8Array>;
}

/** What was left out under `onError: "skip"`. */
export interface SkippedSample {
  /** The shard's name. */
  readonly shard: string;
  /** Where the sample begins in the unpacked shard, in bytes. */
  readonly offset: number;
  /** The sample's key; `undefined` where the rest of the shard can't be read. */
  readonly key: string | undefined;
  /** What is wrong. */
  readonly error: Error;
}

/** How shards are read. */
export interface ReadingOptions {
  readonly images: ReadonlySet<string>;
  readonly maxBytes: number;
  readonly withBytes: boolean;
  readonly signal: AbortSignal | undefined;
  /** Told what is left out; without it that is thrown. */
  readonly onSkip: ((problem: SkippedSample) => unknown) | undefined;
  /** Told what a shard says of the whole data set. */
  readonly onDataset: (json: Uint8Array, shard: string) => void;
}

/** Where our writer puts what is said of the whole data set; Python's reader passes over names of this form. */
export const DATASET_ENTRY = "__dataset__";

const TEXTS = ["txt", "json", "cls"];

/** Collects a sample's files as they come. */
class Sample {
  readonly texts = new Map<string, Uint8Array>();
  image: ShardImage | undefined;
  problem: Error | undefined;
  private readonly seen = new Set<string>();

  constructor(
    readonly key: string,
    readonly shard: string,
    readonly offset: number,
  ) {}

  get where(): string {
    return `${this.shard}: the sample "${this.key}" at byte ${this.offset}`;
  }

  async add(extension: string, entry: TarEntry, options: ReadingOptions): Promise<void> {
    const isImage = options.images.has(extension);
    if (this.seen.has(extension)) fail("FILE_CORRUPT", `${this.where} has two files that end in ".${extension}".`);
    this.seen.add(extension);
    if (!isImage && !TEXTS.includes(extension)) return;
    checkSize(entry.size, options.maxBytes, entry.name, this.shard);
    if (!isImage) {
      this.texts.set(extension, await entry.bytes());
      return;
    }
    const { name, offset, size } = entry;
    if (this.image) {
      const hint = `Say which is meant: images: ["${extension}"].`;
      fail("FILE_CORRUPT", `${this.where} has two images, "${this.image.name}" and "${name}". ${hint}`);
    }
    this.image = { name, offset, size, ...(options.withBytes && { bytes: await entry.bytes() }) };
  }

  done(): RawSample {
    if (this.problem) throw this.problem;
    const { key, shard, offset, texts } = this;
    const has = [...this.seen].map((extension) => `.${extension}`).join(", ");
    const image = this.image ?? fail("FILE_CORRUPT", `${this.where} has no image: it has ${has}.`);
    return { key, shard, offset, image, texts };
  }
}

/** The samples of a shard, in its order. */
export async function* rawSamples(shard: Shard, options: ReadingOptions): AsyncGenerator<RawSample, void> {
  const { signal, onSkip } = options;
  const keys = new Set<string>();
  let sample: Sample | undefined;
  let at = 0;
  const told = callerFunction(onSkip);
  const skip = async (error: unknown, key: string | undefined, offset: number) => {
    if (!onSkip || told.threw(error) || !isSkippable(error)) throw error;
    told.tell({ shard: shard.name, offset, key, error });
    await untilAborted(signal, () => `Reading ${shard.name} was stopped by the signal.`, told.settled);
  };
  const finished = async () => {
    const ended = sample;
    sample = undefined;
    try {
      return ended?.done();
    } catch (error) {
      await skip(error, ended?.key, ended?.offset ?? at);
      return undefined;
    }
  };
  const add = async (entry: TarEntry) => {
    const { key, extension } = parts(entry.name);
    if (!sample) {
      sample = new Sample(key, shard.name, entry.headerOffset);
      if (keys.has(key)) sample.problem = comesAgain(sample);
      keys.add(key);
    }
    try {
      await sample.add(extension, entry, options);
    } catch (error) {
      if (!isSkippable(error)) throw error;
      sample.problem ??= error;
    }
  };
  try {
    for await (const entry of tarEntries(shard.stream({ start: 0, end: Number.POSITIVE_INFINITY, signal }), shard.name)) {
      if (signal?.aborted) fail("ABORTED", `Reading ${shard.name} was stopped by the signal.`, signal.reason);
      at = entry.headerOffset;
      if (entry.isFile && entry.name === DATASET_ENTRY) {
        checkSize(entry.size, options.maxBytes, entry.name, shard.name);
        options.onDataset(await entry.bytes(), shard.name);
      }
      if (!entry.isFile || !isOfSample(entry.name)) continue;
      if (sample && sample.key !== parts(entry.name).key) {
        const raw = await finished();
        if (raw) yield raw;
      }
      await add(entry);
    }
  } catch (error) {
    await skip(error, undefined, sample?.offset ?? at);
    return; // the sample that was being read may miss files
  }
  const raw = await finished();
  if (raw) yield raw;
}

/** What is wrong with one sample or with the rest of one shard, rather than with the reading. */
export function isSkippable(error: unknown): error is Error {
  return ["FILE_CORRUPT", "FILE_TOO_LARGE"].includes((error as { code?: string } | undefined)?.code ?? "");
}

/** Names of which WebDataset makes samples: with a dot, not before everything, and not meant for what isn't a sample. */
function isOfSample(name: string): boolean {
  return !/^__[^/]*__($|\/)/.test(name) && /^(.*\/)?[^./][^/.]*\.[^/]+$/s.test(name);
}

/** WebDataset's way: the key ends before the first dot of the file's own name, what follows says what it is. */
function parts(name: string): { key: string; extension: string } {
  const dot = name.indexOf(".", name.lastIndexOf("/") + 1);
  return { key: name.slice(0, dot), extension: name.slice(dot + 1).toLowerCase() };
}

function comesAgain({ where }: Sample): Error {
  try {
    return fail(
      "FILE_CORRUPT",
      `${where} comes after other samples, and its key was there before: a sample's files must lie side by side.`,
    );
  } catch (error) {
    return error as Error;
  }
}
