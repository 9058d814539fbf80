import { bracedTexts } from "@rsdix/data";
import { checkRange, fail } from "@rsdix/internal";
import { type Columns, checkColumns } from "./columns";
import { hashOf } from "./hash-of";

/** WebDataset archives: a shard a file. */
export interface ArchiveSource {
  /** Tells it from a list. */
  readonly kind: "webdataset";
  /** A name or an address with braces, such as `tiles-{000000..000999}.tar`. */
  readonly pattern: string;
  /**
   * For each archive a text that is another when it is another file under the same name, as of its size and time; "" where that can't be told, as of an
   * address. One whose text has changed since it was done is another run's, unless it had images that could not be used: then it is done again.
   */
  readonly images?: readonly string[];
}

/** A list of images, cut into runs of neighbours. */
export interface ListSource {
  /** Tells it from archives. */
  readonly kind: "list";
  /** What the list is called. */
  readonly name: string;
  /** A hash of the list: another list, or another order, is another run. */
  readonly sha256: string;
  /** Images in it, at least 1. */
  readonly items: number;
  /** Shards that it is cut into, 1 to `items`. */
  readonly parts: number;
  /**
   * For each part a text that is another when its images are others under the same names. A part whose text has changed since it was done is another run's,
   * unless it had images that could not be used: then it is done again.
   */
  readonly images?: readonly string[];
}

/** Where a run's images are. */
export type ShardSource = ArchiveSource | ListSource;

/** A run over an archive, as `plan.json` holds it. */
export interface ShardPlan {
  /** What is done with each image: "embed", "caption". */
  readonly task: string;
  /** Where the images are. */
  readonly source: ShardSource;
  /** What results depend on besides the images: hashes of the model and of how images are prepared, settings. */
  readonly key: Readonly<Record<string, string>>;
  /** What a result holds besides its id and file. */
  readonly columns: Columns;
}

/** One piece of a run: an archive, or some images of the list. */
export interface Shard {
  /** Its place in the run, from 0. */
  readonly index: number;
  /** Its files' name, unlike any other's, in the order of the run. */
  readonly name: string;
  /** The archive's name or address. */
  readonly archive?: string;
  /** In the list, the place of its first image. */
  readonly first?: number;
  /** In the list, the place after its last image. */
  readonly end?: number;
}

/**
 * The shards of a plan, in order.
 *
 * @param plan - what is done, with what.
 * @returns a shard for each archive or part; parts differ by at most one image.
 * @throws RsdixError INVALID_ARGUMENT for a pattern, a count or columns that can't be, with what was expected.
 * @example
 * ```ts
 * import { shardsOf } from "@rsdix/scale";
 * const source = { kind: "webdataset", pattern: "tiles-{000..011}.tar" } as const;
 * const shards = shardsOf({ task: "embed", source, key: { model: "abc" }, columns: { embedding: "float32[]" } });
 * if (shards[11]?.name !== "11-tiles-011") throw new Error("expected twelve shards");
 * ```
 */
export function shardsOf(plan: ShardPlan): Shard[] {
  checkPlan(plan);
  const { source } = plan;
  if (source.kind === "webdataset") {
    const { count, at } = bracedTexts(source.pattern);
    return Array.from({ length: count }, (_, index) => archiveShard(index, count, at(index)));
  }
  const { items, parts } = source;
  const from = (index: number) => Math.floor((index * items) / parts);
  return Array.from({ length: parts }, (_, index) => ({
    index,
    name: `${numbered(index, parts)}-part`,
    first: from(index),
    end: from(index + 1),
  }));
}

/** How many shards a plan has. */
export const shardCount = ({ source }: ShardPlan) => (source.kind === "list" ? source.parts : bracedTexts(source.pattern).count);

/** Names a plan, so that results of another one are told apart. What its images are is noted part by part, as one part may be done again. */
export function planHash(plan: ShardPlan): string {
  const { source } = plan;
  const { images: _, ...bare } = source;
  return hashOf(stringifyPlan({ ...plan, source: bare }));
}

/** What a plan says of a shard's images; "" for nothing. */
export function imagesOf({ source }: ShardPlan, { index }: Shard): string {
  return source.images?.[index] ?? "";
}

/** Whether two such texts are of other images: of what nothing is known, nothing is said. */
export const areOthers = (images: string, other: string) => images !== "" && other !== "" && images !== other;

/** The plan with what an earlier one knew of images of which no more can be known, as of an archive that is gone. */
export function keepingImages(plan: ShardPlan, earlier: ShardPlan): ShardPlan {
  const [now, before] = [plan.source.images, earlier.source.images];
  if (!before || !(now ?? [""]).includes("")) return plan;
  const images = Array.from({ length: shardCount(plan) }, (_, index) => now?.[index] || (before[index] ?? ""));
  return { ...plan, source: { ...plan.source, images } };
}

/** The plan as `plan.json` holds it: always the same text for the same plan. */
export function stringifyPlan({ task, source, key, columns }: ShardPlan): string {
  const sorted = Object.fromEntries(Object.entries(key).sort(([a], [b]) => (a < b ? -1 : 1)));
  return `${JSON.stringify({ version: 1, task, source, key: sorted, columns }, null, 2)}\n`;
}

/** Reads `plan.json`. */
export function parsePlan(text: string, path: string): ShardPlan {
  try {
    const { version, ...plan } = (JSON.parse(text) ?? {}) as ShardPlan & { version: number };
    if (version !== 1) fail("FILE_CORRUPT", `it is of version ${JSON.stringify(version)}, and this program reads version 1`);
    checkPlan(plan);
    return plan;
  } catch (error) {
    const why = (error as Error).message.replace(/\.$/, "");
    return fail(
      "FILE_CORRUPT",
      `${path} is no plan of a run: ${why}. Remove it, and give the command of the run again, which writes it anew and keeps what is done.`,
      error,
    );
  }
}

/** Makes sure that a plan can be. */
export function checkPlan(plan: ShardPlan): void {
  const { task, source, key, columns } = plan ?? {};
  if (typeof task !== "string" || task === "")
    fail("INVALID_ARGUMENT", `task must be a name such as "embed", got ${JSON.stringify(task)}.`);
  checkColumns(columns);
  const isKey = typeof key === "object" && key !== null && Object.values(key).every((value) => typeof value === "string");
  if (!isKey) fail("INVALID_ARGUMENT", `key must hold texts by name, such as { model: "its hash" }, got ${JSON.stringify(key)}.`);
  if (source?.kind === "webdataset") {
    if (typeof source.pattern !== "string" || source.pattern === "")
      fail("INVALID_ARGUMENT", `source.pattern must be a text such as "tiles-{000..999}.tar", got ${JSON.stringify(source.pattern)}.`);
    const count = shardCount(plan); // which a pattern may have too many of
    if (source.images !== undefined) checkImages(source.images, count, "archives");
    return;
  }
  if (source?.kind !== "list")
    fail(
      "INVALID_ARGUMENT",
      `source.kind must be "webdataset" or "list", got ${JSON.stringify((source as ShardSource | undefined)?.kind)}.`,
    );
  checkRange(source.items, "source.items", { min: 1, integer: true });
  checkRange(source.parts, "source.parts", { min: 1, max: source.items, integer: true });
  if (source.images !== undefined) checkImages(source.images, source.parts, "parts");
}

function checkImages(images: unknown, count: number, what: string): void {
  if (!Array.isArray(images) || images.some((text) => typeof text !== "string") || ![0, count].includes(images.length))
    fail("INVALID_ARGUMENT", `source.images must hold a text for each of ${count} ${what}, got ${JSON.stringify(images)?.slice(0, 100)}.`);
}

const archiveShard = (index: number, count: number, archive: string): Shard => ({
  index,
  name: [numbered(index, count), stem(archive)].join("-"),
  archive,
});

function numbered(index: number, count: number): string {
  return String(index).padStart(String(count - 1).length, "0");
}

/** "tiles-017" of "s3/tiles-017.tar.gz?signed": what may be part of a file's name. */
function stem(archive: string): string {
  const name = archive
    .replace(/[?#].*$/, "")
    .split(/[\\/]/)
    .at(-1)!;
  return name
    .replace(/\.(tar|tar\.gz|tgz)$/i, "")
    .replaceAll(/[^\w.-]/g, "_")
    .slice(0, 100);
}
