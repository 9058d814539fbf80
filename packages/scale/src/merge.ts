import { randomUUID } from "node:crypto";
import { rename, rm, stat } from "node:fs/promises";
import { dirname } from "node:path";
import { setImmediate as turn } from "node:timers/promises";
import { makeFolders, realPath } from "@rsdix/data/node";
import { fail } from "@rsdix/internal";
import type { ParquetWriter } from "hyparquet-writer";
import { readBad } from "./bad-list";
import { checkPlace } from "./check-place";
import type { Row } from "./columns";
import { type FileReader, fileReader } from "./file-reader";
import { isParquet, refuseRunFiles } from "./own-files";
import { columnData, type FileNotes, parquetWriter, ROWS_PER_GROUP, readParquet } from "./parquet";
import { areOthers, imagesOf, planHash, type Shard } from "./plan";
import { shardFiles } from "./run-files";
import { isSealed, sealNote } from "./seal";
import { SealedWriter } from "./sealed-writer";
import { IMAGES_NOTE, OWN_NOTE, openShardRun, type ShardRun } from "./shard-run";
import type { BadItem } from "./shard-work";
import { someNames } from "./some-names";

/** What a merge joined. */
export interface MergeResult {
  /** Shards that were joined. */
  readonly shards: number;
  /** Results in the file. */
  readonly rows: number;
  /** What could not be used, of all shards. */
  readonly bad: readonly (BadItem & { readonly shard: string })[];
}

/** How to merge. */
export interface MergeOptions {
  /** Told how many shards are joined, of how many. */
  readonly onProgress?: (progress: { readonly done: number; readonly total: number }) => void;
  /** Stops the merge; nothing is left of it. */
  readonly signal?: AbortSignal;
}

/** Files that are read at a time. */
const AT_A_TIME = 16;
/** After how many the event loop has its turn. */
const LOOK_UP = 64 * AT_A_TIME;

/**
 * Checks that all shards of a run are there, and joins them into one Parquet file, in the order of the run. Ids that come twice are refused. The file has its
 * SHA-256 in it, which `buildIndex` looks at.
 *
 * @param folder - the run's.
 * @param out - the file, its folder made where it is not there; written under a temporary name, and renamed. What is there is replaced if it is a Parquet file.
 * @param options - `onProgress`, `signal`.
 * @returns how many shards and rows there are, and what could not be used.
 * @throws RsdixError EMPTY_DATA with the names of shards that are missing; FILE_CORRUPT for one that can't be read, is of another run, or has an id that
 * another one has; WRITE_FAILED; ABORTED.
 * @example
 * ```ts
 * import { mergeShards } from "@rsdix/scale";
 * const missing = await mergeShards("/no/run", "all.parquet").catch((error: { code: string }) => error.code);
 * if (missing !== "FILE_NOT_FOUND") throw new Error("expected that there is no run");
 * ```
 * @see https://parquet.apache.org/docs/file-format/
 */
export async function mergeShards(folder: string, out: string, options: MergeOptions = {}): Promise<MergeResult> {
  const { onProgress, signal } = options;
  const run = await openShardRun(folder);
  checkPlace(out, "out");
  await checkDone(run);
  await refuseRunFiles({ folder, archives: run.shards.flatMap(({ archive }) => archive ?? []) }, out);
  const there = await stat(out).catch(() => undefined);
  if (there && !there.isFile())
    fail(
      "WRITE_FAILED",
      `${out} is ${there.isDirectory() ? "a folder" : "a device, a pipe or a socket, which a file would take the place of"}. Name a file.`,
    );
  if (there && there.size > 0 && !(await isParquet(out)))
    fail("INVALID_ARGUMENT", `${out} is there already and is no Parquet file, which a merge may replace: remove it, or name another file.`);
  const target = realPath(out);
  const total = run.shards.length;
  const { columns, key } = run.plan;
  const hash = planHash(run.plan);
  const temporary = `${target}.${randomUUID()}.tmp`;
  const bad: (BadItem & { shard: string })[] = [];
  let rows = 0;
  let waiting: Row[] = [];
  let file: SealedWriter | undefined;
  try {
    await makeFolders(dirname(target));
    file = new SealedWriter(temporary);
    const parquet = parquetWriter(file, columns, { "rsdix.plan": hash, ...key, ...sealNote });
    const write = async (least: number) => {
      while (waiting.length >= least && waiting.length > 0) {
        await writeGroup(parquet, waiting.slice(0, ROWS_PER_GROUP));
        waiting = waiting.slice(ROWS_PER_GROUP);
      }
    };
    const writeGroup = async (writer: ParquetWriter, group: readonly Row[]) =>
      writer.write({ columnData: columnData(group, columns), rowGroupSize: ROWS_PER_GROUP });
    let done = 0;
    for await (const { shard, rows: found, bad: missing } of readDone(run, signal)) {
      for (const row of found) waiting.push(row);
      rows += found.length;
      bad.push(...missing.map((item) => ({ shard: shard.name, ...item })));
      if (++done % AT_A_TIME > 0 && done < total) continue;
      await write(ROWS_PER_GROUP);
      onProgress?.({ done, total });
    }
    await write(1);
    await parquet.finish();
    await rename(temporary, target);
  } catch (error) {
    file?.close();
    await rm(temporary, { force: true });
    if ((error as Error).name === "RsdixError") throw error;
    fail("WRITE_FAILED", `${out} could not be written: ${(error as Error).message}. What was there before is unchanged.`, error);
  }
  return { shards: total, rows, bad };
}

/** What a shard gave. */
export interface ShardRows {
  /** Which shard. */
  readonly shard: Shard;
  /** Its results, in order. */
  readonly rows: readonly Row[];
  /** What could not be used. */
  readonly bad: readonly BadItem[];
  /** What its work noted, by name. */
  readonly notes: Readonly<Record<string, string>>;
}

/**
 * Checks that all shards of a run are there, and reads them, in the order of the run: for a program that goes on with the results itself.
 *
 * @param run - of `openShardRun`.
 * @param signal - stops the reading.
 * @returns a shard at a time.
 * @throws RsdixError EMPTY_DATA, FILE_CORRUPT, ABORTED as `mergeShards`.
 * @example
 * ```ts
 * import { mkdtemp, rm } from "node:fs/promises";
 * import { tmpdir } from "node:os";
 * import { join } from "node:path";
 * import { openShardRun, readShards, runShards } from "@rsdix/scale";
 * const folder = await mkdtemp(join(tmpdir(), "example-"));
 * const source = { kind: "list", name: "names", sha256: "of them", items: 2, parts: 2 } as const;
 * const run = await openShardRun(folder, { task: "name", source, key: {}, columns: { caption: "string" } });
 * await runShards(run, async function* ({ first }) {
 *   yield { id: String(first), file: `${first}.png`, values: { caption: "a lake" } };
 * });
 * for await (const { shard, rows } of readShards(run)) console.log(shard.name, rows[0]?.values.caption); // 0-part a lake
 * await rm(folder, { recursive: true });
 * ```
 * @see https://parquet.apache.org/docs/file-format/
 */
export async function* readShards(run: ShardRun, signal?: AbortSignal): AsyncGenerator<ShardRows, void, undefined> {
  await checkDone(run);
  for await (const { notes, ...rest } of readDone(run, signal)) yield { ...rest, notes: ownNotes(notes) };
}

function ownNotes(notes: FileNotes): ShardRows["notes"] {
  const own = Object.entries(notes).filter(([name]) => name.startsWith(OWN_NOTE));
  return Object.fromEntries(own.map(([name, text]) => [name.slice(OWN_NOTE.length), text]));
}

/** Reads the shards of a run that are known to be there, with all notes of their files. */
async function* readDone(run: ShardRun, signal: AbortSignal | undefined): AsyncGenerator<ShardRows, void, undefined> {
  const hash = planHash(run.plan);
  const seen = new Set<string>();
  const read = sealedReader(fileReader());
  for (let first = 0; first < run.shards.length; first += AT_A_TIME) {
    if (first % LOOK_UP === 0) await turn(); // files that are read at once would let no signal through
    if (signal?.aborted) fail("ABORTED", "The merge was stopped.", signal.reason);
    const some = await Promise.all(run.shards.slice(first, first + AT_A_TIME).map((shard) => readShard(run, shard, hash, read)));
    for (const { shard, found, missing, notes } of some) {
      for (const { id } of found) {
        if (seen.has(id)) fail("FILE_CORRUPT", `The id "${id}" is in ${shard.name} again: ids must differ in a run.`);
        seen.add(id);
      }
      yield { shard, rows: found, bad: missing, notes };
    }
  }
}

async function checkDone(run: ShardRun): Promise<void> {
  const pending = await run.pending();
  if (pending.length > 0) {
    const names = someNames(pending.map(({ name }) => name));
    fail("EMPTY_DATA", `${pending.length} of ${run.shards.length} shards are not done: ${names}. Run the same command again.`);
  }
}

async function readShard(run: ShardRun, shard: Shard, hash: string, read: FileReader) {
  const files = shardFiles(run.folder, shard);
  const { notes, rows: found } = await readParquet(files.results, run.plan.columns, read);
  if (notes["rsdix.plan"] !== hash || notes["rsdix.shard"] !== shard.name)
    fail("FILE_CORRUPT", `${files.results} is of another run, or of another shard. Remove it, and run again.`);
  if (areOthers(notes[IMAGES_NOTE] ?? "", imagesOf(run.plan, shard)))
    fail("FILE_CORRUPT", `${files.results} is of other images, by their sizes and times, than plan.json says. Remove it, and run again.`);
  const missing = await readBad(files.bad, notes);
  return { shard, found, missing, notes };
}

/** Gives files that are what was written, to the bit: of others a reader of Parquet may make other numbers, or read for ever. */
const sealedReader =
  (read: FileReader): FileReader =>
  async (path) => {
    const bytes = await read(path);
    if (isSealed(bytes)) return bytes;
    return fail("FILE_CORRUPT", `${path} is not what was written there: its checksum is missing or another. Remove it, and run again.`);
  };
