/**
 * A process that opens hostile files: it answers each message `Request` with an `Answer`. Its memory is its own, so that its highest mark is what a
 * file took at its peak; see hostile.ts.
 */
import { readFileSync } from "node:fs";
import type { ByteSource } from "../src/checkpoint/byte-source";
import { openSource } from "../src/checkpoint/file-node";
import { readAll as readArrays } from "../src/checkpoint/lazy-checkpoint";
import { openSafetensors } from "../src/checkpoint/safetensors";
import { openShardedSafetensors } from "../src/checkpoint/safetensors-sharded";
import { readTorchCheckpoint } from "../src/checkpoint/torch-checkpoint";
import { BertTokenizer } from "../src/tokenizers/bert-tokenizer";
import { ClipTokenizer } from "../src/tokenizers/clip-tokenizer";
import { Gpt2Tokenizer } from "../src/tokenizers/gpt2-tokenizer";
import { SiglipTokenizer } from "../src/tokenizers/siglip-tokenizer";
import { attempt } from "./attempt";
import { headerEntry, safetensorsFile } from "./safetensors-files";
import { memorySource } from "./torch-files";

/** What reads a file by range. */
const sources = {
  safetensors: (path: string, size?: number) =>
    reading(path, async (file) => readArrays((await openSafetensors(size === undefined ? file : endless(file, size))).tensors)),
  torch: (path: string) =>
    reading(path, async (file) => {
      const checkpoint = await readTorchCheckpoint(file);
      checkpoint.hyperParameters();
      return checkpoint.load();
    }),
  /** An index; every other file is a sound one with an array "a", and a name outside of the folder is an error of its own. */
  shards: (path: string) =>
    reading(path, async (file) => {
      const sound = safetensorsFile(`{"a":${headerEntry("F32", [1], [0, 4])}}`, 4);
      return openShardedSafetensors(async (name) => {
        if (name === "model.safetensors.index.json") return file;
        if (name !== "a.safetensors") throw new Error(`It opened ${name}.`);
        return memorySource(sound);
      });
    }),
  /** Takes as many bytes as the file says, in vain: what a bound must see. */
  buffers: async (path: string) =>
    Array.from({ length: Number(readFileSync(path, "utf8")) / 1e6 }, () => new Uint8Array(1e6).fill(1)).length,
  objects: async (path: string) => Array.from({ length: Number(readFileSync(path, "utf8")) / 40 }, (_, i) => ({ i, next: i })).length,
};

/** What reads a text or bytes that the caller holds. */
const texts = {
  clip: ClipTokenizer.fromJson,
  gpt2: Gpt2Tokenizer.fromJson,
  bert: BertTokenizer.fromJson,
  siglip: SiglipTokenizer.fromJson,
  "siglip, a text": (json: string) => SiglipTokenizer.fromJson(json).encode("a"),
  "bert's vocabulary": (text: string) => BertTokenizer.fromVocab(text),
};
const bytes = { sentencepiece: SiglipTokenizer.fromSentencePiece };

/** Who reads a file. */
export type Reader = keyof typeof sources | keyof typeof texts | keyof typeof bytes;

/** A file to be opened; `size` is what it claims to have, in place of what it has. */
export interface Request {
  reader: Reader;
  path: string;
  size?: number | undefined;
}

/** What came of it. */
export interface Answer {
  error?: { name: string; code: string | undefined; message: string };
  seconds: number;
  /** The most memory that this process ever had beyond its start, without the text or bytes that the caller holds. */
  peakBytes: number;
}

async function reading(path: string, read: (file: ByteSource) => Promise<unknown>): Promise<unknown> {
  const file = await openSource(path);
  return read(file).finally(() => file.close());
}

/** A file that says that it is of any size, and goes on with zeros. */
function endless(source: ByteSource, size: number): ByteSource {
  const read = async (from: number, to: number) => {
    const all = new Uint8Array(to - from);
    if (from < source.size) all.set(await source.read(from, Math.min(to, source.size)));
    return all;
  };
  return { size, read };
}

function prepare({ reader, path, size }: Request): { run: () => unknown; held: number } {
  if (reader in sources) return { run: () => sources[reader as keyof typeof sources](path, size), held: 0 };
  const content = readFileSync(path);
  if (reader in bytes) return { run: () => bytes[reader as keyof typeof bytes](new Uint8Array(content)), held: content.length };
  const text = content.toString("utf8");
  return { run: () => texts[reader as keyof typeof texts](text), held: content.length };
}

/** The most memory that this process ever had. On Linux, maxRSS goes on from what the process had that started this one. */
function highestBytes(): number {
  if (process.platform !== "linux") return process.resourceUsage().maxRSS * 1024;
  return Number(/^VmHWM:\s+(\d+) kB$/m.exec(readFileSync("/proc/self/status", "utf8"))?.[1]) * 1024;
}

const startBytes = process.memoryUsage.rss();
process.on("message", async (request: Request) => {
  const { run, held } = prepare(request);
  const { error, seconds } = await attempt(run);
  const { name, code, message } = (error ?? {}) as NonNullable<Answer["error"]>;
  const peakBytes = highestBytes() - startBytes - held;
  process.send!({ ...(error ? { error: { name, code, message } } : {}), seconds, peakBytes } satisfies Answer);
});
