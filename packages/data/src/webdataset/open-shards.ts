import { fail, shownUrl } from "@rsdix/internal";
import { platform } from "#files";
import { pieces, sourceOf } from "../files/byte-source";
import { type FileStore, MAX_FILE_BYTES } from "../files/file-store";
import { listNames } from "../files/list-names";
import { type Network, streamUrl } from "../files/network";
import { addressOf, type FilesSource, networkOf, openFiles } from "../files/open-files";
import { readBytes, streamBytes } from "../files/read-bytes";
import { expandBraces } from "./expand-braces";

/** A tar archive of samples. */
export interface Shard {
  /** For messages, and in names of images. */
  readonly name: string;
  /** Its bytes, or some of them. */
  stream(part: { start: number; end: number; signal?: AbortSignal | undefined }): AsyncGenerator<Uint8Array, void>;
  /** Whether parts of it can be had without the rest. */
  readonly seekable: boolean;
}

/** Shards, and what gives back what they hold open. */
export interface Shards {
  readonly name: string;
  readonly shards: readonly Shard[];
  close(): Promise<void>;
}

const SHARD_NAME = /\.(tar|tar\.gz|tgz)$/i;
const nothing = async () => undefined;

/** Finds the shards of a source: a pattern, one shard, or what holds them. */
export async function openShards(source: FilesSource, options: { signal?: AbortSignal; fetch?: typeof fetch }): Promise<Shards> {
  if (typeof source === "string" || source instanceof URL) {
    const text = decodedBraces(String(source));
    const names = expandBraces(text);
    if (names.length > 1 || SHARD_NAME.test(shownUrl(text))) return fromNames(text, names, networkOf(options.fetch));
  }
  if (source instanceof Uint8Array || (source instanceof Blob && !/\.zip$/i.test((source as Partial<File>).name ?? ""))) {
    return fromContent(source);
  }
  const files = await openFiles(source, options);
  return fromStore(files, files === source ? nothing : () => files.close(), options.signal);
}

/** A URL writes braces as %7B and %7D. */
function decodedBraces(text: string): string {
  return /^https?:/i.test(text) ? text.replaceAll(/%7B/gi, "{").replaceAll(/%7D/gi, "}") : text;
}

async function fromNames(name: string, names: readonly string[], network: Network): Promise<Shards> {
  const opened: FileStore[] = [];
  const shards: Shard[] = [];
  for (const text of names) {
    const url = addressOf(text);
    if (url) {
      shards.push({ name: shownUrl(text), seekable: true, stream: (part) => streamUrl(url.href, network, part) });
      continue;
    }
    const { files, file } = await platform.openFile(text);
    opened.push(files);
    shards.push({ ...shardOf(files, file), name: text });
  }
  return { name: shownUrl(name), shards, close: async () => void (await Promise.all(opened.map((files) => files.close()))) };
}

function fromContent(content: Blob | Uint8Array): Shards {
  const name = (content as Partial<File>).name || "the shard";
  const source = sourceOf(content, name);
  const stream: Shard["stream"] = ({ start, end, signal }) => pieces(source, start, Math.min(end, source.size), signal);
  return { name, shards: [{ name, seekable: true, stream }], close: nothing };
}

async function fromStore(files: FileStore, close: () => Promise<void>, signal: AbortSignal | undefined): Promise<Shards> {
  const names = (await listNames(files, signal)).filter((name) => SHARD_NAME.test(name));
  if (names.length === 0) fail("INVALID_ARGUMENT", `${files.name} has no shard: no name ends in .tar, .tar.gz or .tgz.`);
  return { name: files.name, shards: names.map((name) => shardOf(files, name)), close };
}

function shardOf(files: FileStore, name: string): Shard {
  const whole: Shard["stream"] = async function* ({ start, end, signal }) {
    yield (await readBytes(files, name, { maxBytes: MAX_FILE_BYTES, signal })).subarray(start, end);
  };
  const seekable = files.stream !== undefined;
  return { name, seekable, stream: seekable ? (part) => streamBytes(files, name, part) : whole };
}
