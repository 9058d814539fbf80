import { createHash } from "node:crypto";
import { type Stats, statSync } from "node:fs";
import { stat } from "node:fs/promises";
import { resolve } from "node:path";
import { setImmediate as turn } from "node:timers/promises";
import { bracedTexts, type CaptionRecord, expandBraces, type ImageDataset, webDataset } from "@rsdix/data";
import { pathOf } from "@rsdix/data/node";
import { fail } from "@rsdix/internal";
import {
  type ArchiveSource,
  type ListSource,
  type Row,
  type Shard,
  type ShardContext,
  type ShardPlan,
  type ShardWork,
  shardsOf,
} from "@rsdix/scale";
import type { ShardTask } from "./shard-task";

/** What is made of an image: the values of its columns. */
interface ImageResult {
  readonly record: CaptionRecord;
  readonly values: Row["values"];
}

/** Makes results of a shard's images, in order; images that can't be used are told to `bad`. */
export type ImageWork = (dataset: ImageDataset, context: Pick<ShardContext, "signal" | "bad">) => AsyncIterable<ImageResult>;

/** Where a list's images are, as a plan has it: another list, or the same in another order, is another run. */
export function listSource({ dataset, images }: ImageDataset, parts: number): ListSource {
  const sha256 = createHash("sha256")
    .update(images.map(({ filename }) => `${filename}\n`).join(""))
    .digest("hex");
  return { kind: "list", name: dataset, sha256, items: images.length, parts: Math.min(parts, images.length) };
}

/** Where archives are, as a plan has it: names in full, so that a pattern that is given in another folder is another run. */
export function archiveSource(pattern: string): ArchiveSource {
  const counted = countedInFull(pattern);
  if (counted !== undefined) return { kind: "webdataset", pattern: counted };
  const names = expandBraces(pattern).map(inFull);
  refuseTwice(pattern, names);
  const isSame = (candidate: string) => {
    const expanded = expandBraces(candidate);
    return expanded.length === names.length && expanded.every((name, i) => name === names[i]);
  };
  // Braces may hold slashes, and a folder's name braces: what comes of putting the two together is looked at.
  const found = [pattern, resolve(pattern.startsWith("~/") ? pathOf(pattern) : pattern), `{${names.join(",")}}`].find(isSame);
  if (found === undefined)
    fail("INVALID_ARGUMENT", `--shards ${pattern} stands for other archives in full, as ${resolve(".")} has braces or commas: rename it.`);
  return { kind: "webdataset", pattern: found };
}

/**
 * Of a pattern whose braces count, as that of a million archives does, the pattern in full, known without a name of each; undefined where that takes a look.
 */
function countedInFull(pattern: string): string | undefined {
  const braces = (text: string) => text.split(/[{},]/).length;
  if (!countsOnce(pattern)) return undefined;
  const first = inFull(bracedTexts(pattern).at(0));
  const full = first === resolve(first) ? resolve(pattern.startsWith("~/") ? pathOf(pattern) : pattern) : pattern;
  return braces(full) === braces(pattern) && bracedTexts(full).at(0) === first ? full : undefined;
}

/** Whether a pattern has no braces but such that count, and stands for archives that differ: as the first two do, so do all. "a{0..1}/../b.tar" is one. */
function countsOnce(pattern: string): boolean {
  if (pattern.includes(",") || pattern.split("{").length > 2) return false;
  const { count, at } = bracedTexts(pattern);
  return count < 2 || archiveOf(inFull(at(0))) !== archiveOf(inFull(at(1)));
}

/** An archive's path in full, or its address as it is. */
function inFull(name: string): string {
  const [, scheme] = /^([a-z][a-z\d+.-]+):\/\//i.exec(name) ?? [];
  if (scheme !== undefined && !/^(https?|file)$/i.test(scheme))
    fail(
      "INVALID_ARGUMENT",
      `--shards ${name} is no address that can be read: give an https: one (of an object store, a signed one), or a path where the store is mounted.`,
    );
  if (/^https?:/i.test(name)) return URL.canParse(name) ? name : fail("INVALID_ARGUMENT", `--shards ${name} is no address.`);
  const path = pathOf(name); // which refuses a file's address that leads nowhere
  return /^file:/i.test(name) ? name : resolve(path);
}

/** An archive that comes twice, by whatever names, would have its images twice. */
function refuseTwice(pattern: string, names: readonly string[]): void {
  if (countsOnce(pattern)) return; // of a million a set takes its time
  const seen = new Set<string>();
  for (const name of names) {
    const archive = archiveOf(name);
    if (seen.has(archive)) fail("INVALID_ARGUMENT", `--shards ${pattern} stands for ${name} twice: its images would be done twice.`);
    seen.add(archive);
  }
}

/** One text of an archive for all its names in full: a path also of a file's address, and a web address as it is asked for, without what follows "#". */
function archiveOf(name: string): string {
  if (isWeb(name)) return new URL(name).href.replace(/#.*/s, "");
  return /^file:/i.test(name) ? resolve(pathOf(name)) : name;
}

/** Archives whose sizes and times are asked for at a time. */
const STATS_AT_A_TIME = 64;
/** A mean above this, in milliseconds, is a network's: there they are asked for side by side. */
const SLOW_MS = 0.2;

/** The same with what tells the archives from others of the same names. */
export async function withArchives(source: ArchiveSource): Promise<ArchiveSource> {
  const { count, at } = bracedTexts(source.pattern);
  const images = await stampsOf(count, at);
  return images.some((text) => text !== "") ? { ...source, images } : source;
}

/** The archives' sizes and times. A near disk says them at once, which for a million takes a tenth of the time and of the memory of asking side by side. */
async function stampsOf(count: number, at: (index: number) => string): Promise<string[]> {
  const stamps: string[] = [];
  let waited = 0;
  while (stamps.length < count) {
    const first = stamps.length;
    const some = Array.from({ length: Math.min(STATS_AT_A_TIME, count - first) }, (_, i) => at(first + i));
    if (waited > SLOW_MS * first) {
      for (const stamp of await Promise.all(some.map(archiveStamp))) stamps.push(stamp);
      continue;
    }
    const began = performance.now();
    for (const name of some) stamps.push(archiveStampNow(name));
    waited += performance.now() - began;
    await turn(); // so that a signal gets through
  }
  return stamps;
}

/** An archive's size and time; "" of a web address, of which no more is known, and of one that is not there, or no longer. */
export async function archiveStamp(name: string): Promise<string> {
  return isWeb(name) ? "" : stampText(await stat(pathOf(name)).catch(() => undefined));
}

function archiveStampNow(name: string): string {
  if (isWeb(name)) return "";
  try {
    return stampText(statSync(pathOf(name), { throwIfNoEntry: false }));
  } catch {
    return ""; // what may not be looked at
  }
}

const isWeb = (name: string) => /^https?:/i.test(name);

/** One text, where a template would keep its pieces. */
const stampText = (there: Stats | undefined) =>
  there ? [there.size, "bytes of", new Date(Math.floor(there.mtimeMs)).toISOString()].join(" ") : "";

/** Files that are asked for at a time; the store says how many of them it opens. */
const AT_A_TIME = 1000;

/** The plan with what tells the list's images from others of the same names. */
export async function withImages(plan: ShardPlan, { files, images }: ImageDataset, source: ListSource): Promise<ShardPlan> {
  const stamps: string[] = [];
  for (let first = 0; first < images.length; first += AT_A_TIME)
    stamps.push(...(await Promise.all(images.slice(first, first + AT_A_TIME).map(({ filename }) => stampOf(files, filename)))));
  const texts = shardsOf(plan).map(({ first, end }) =>
    createHash("sha256").update(stamps.slice(first, end).join("\n")).digest("hex").slice(0, 16),
  );
  return { ...plan, source: { ...source, images: texts } };
}

/** An image that can't be read is one more of those that can't be used, until it is there. */
async function stampOf(files: ImageDataset["files"], name: string): Promise<string> {
  if (!files.stamp) return files.name; // of a web address no more is known
  return files.stamp(name).catch(() => "not there");
}

/** A shard's work, of work on images: those of its archive, or its part of the list. */
export function shardWork(
  { work, archives, notes }: Pick<ShardTask, "work" | "archives" | "notes">,
  list: ImageDataset | undefined,
): ShardWork {
  return async function* (shard, context) {
    const { dataset, close } = await openShard(shard, list, archives, context);
    try {
      // An image's name is unlike any other's in its archive, and another archive may have it too.
      const idOf = (filename: string) => (shard.archive === undefined ? filename : `${shard.name}/${filename}`);
      if (shard.archive !== undefined) for (const [name, text] of Object.entries(notes?.(dataset) ?? {})) context.note(name, text);
      if (dataset.images.length === 0) return;
      for await (const { record, values } of work(dataset, context)) yield { id: idOf(record.filename), file: record.filename, values };
    } finally {
      await close();
    }
  };
}

async function openShard(
  { archive, first, end }: Shard,
  list: ImageDataset | undefined,
  archives: ShardTask["archives"],
  { signal, bad }: Parameters<ImageWork>[1],
) {
  if (archive === undefined) return { dataset: { ...list!, images: list!.images.slice(first, end) }, close: async () => undefined };
  const onSkip = ({ key, error }: { key: string | undefined; error: Error }) => {
    if (key === undefined) throw error; // nobody knows how many images the rest has: the shard waits for the whole archive
    bad({ file: key, reason: error.message });
  };
  const dataset = await webDataset(archive, { ...archives, onError: "skip", onSkip, requireText: false, signal });
  return { dataset, close: () => dataset.files.close() };
}
