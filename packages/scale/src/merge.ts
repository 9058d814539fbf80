import { randomUUID } from "node:crypto";
import { open, readFile, realpath, rename, rm, stat } from "node:fs/promises";
import { resolve } from "node:path";
import { fail } from "@rsdix/internal";
import { fileWriter, type ParquetWriter } from "hyparquet-writer";
import type { Row } from "./columns";
import { columnData, parquetWriter, ROWS_PER_GROUP, readParquet } from "./parquet";
import { planHash, type Shard } from "./plan";
import { type BadItem, openShardRun, type ShardRun, shardFiles } from "./shard-run";

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
/** Missing shards that a message names. */
const NAMED = 5;

/**
 * Checks that all shards of a run are there, and joins them into one Parquet file, in the order of the run. Ids that come twice are refused.
 *
 * @param folder - the run's.
 * @param out - the file; written under a temporary name, and renamed.
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
 */
export async function mergeShards(folder: string, out: string, options: MergeOptions = {}): Promise<MergeResult> {
  const { onProgress, signal } = options;
  const run = await openShardRun(folder);
  const pending = await run.pending();
  if (pending.length > 0) {
    const names = pending.slice(0, NAMED).map(({ name }) => name);
    const more = pending.length > NAMED ? ` and ${pending.length - NAMED} more` : "";
    fail(
      "EMPTY_DATA",
      `${pending.length} of ${run.shards.length} shards are not done: ${names.join(", ")}${more}. Run the same command again.`,
    );
  }
  const shards = new Set(run.shards.map((shard) => resolve(shardFiles(folder, shard).results)));
  if (shards.has(resolve(out))) fail("INVALID_ARGUMENT", `${out} is a shard of the run, which would be replaced: name another file.`);
  const there = await stat(out).catch(() => undefined);
  if (there && !there.isFile())
    fail(
      "WRITE_FAILED",
      `${out} is ${there.isDirectory() ? "a folder" : "a device, a pipe or a socket, which a file would take the place of"}. Name a file.`,
    );
  const target = await realpath(out).catch(() => out);
  const total = run.shards.length;
  const { columns, key } = run.plan;
  const hash = planHash(run.plan);
  const temporary = `${target}.${randomUUID()}.tmp`;
  const bad: (BadItem & { shard: string })[] = [];
  const seen = new Set<string>();
  let rows = 0;
  let waiting: Row[] = [];
  try {
    const parquet = parquetWriter(fileWriter(temporary), columns, { "rsdix.plan": hash, ...key });
    const write = async (least: number) => {
      while (waiting.length >= least && waiting.length > 0) {
        await writeGroup(parquet, waiting.slice(0, ROWS_PER_GROUP));
        waiting = waiting.slice(ROWS_PER_GROUP);
      }
    };
    const writeGroup = async (writer: ParquetWriter, group: readonly Row[]) =>
      writer.write({ columnData: columnData(group, columns), rowGroupSize: ROWS_PER_GROUP });
    for (let first = 0; first < total; first += AT_A_TIME) {
      if (signal?.aborted) fail("ABORTED", "The merge was stopped.", signal.reason);
      const read = await Promise.all(run.shards.slice(first, first + AT_A_TIME).map((shard) => readShard(run, shard, hash)));
      for (const { shard, found, missing } of read) {
        for (const row of found) {
          if (seen.has(row.id)) fail("FILE_CORRUPT", `The id "${row.id}" is in ${shard.name} again: ids must differ in a run.`);
          seen.add(row.id);
          waiting.push(row);
        }
        rows += found.length;
        bad.push(...missing.map((item) => ({ shard: shard.name, ...item })));
      }
      await write(ROWS_PER_GROUP);
      onProgress?.({ done: Math.min(first + AT_A_TIME, total), total });
    }
    await write(1);
    await parquet.finish();
    const handle = await open(temporary, "r+");
    await handle.sync().finally(() => handle.close());
    await rename(temporary, target);
  } catch (error) {
    await rm(temporary, { force: true });
    if ((error as Error).name === "RsdixError") throw error;
    fail("WRITE_FAILED", `${out} could not be written: ${(error as Error).message}. What was there before is unchanged.`, error);
  }
  return { shards: total, rows, bad };
}

async function readShard(run: ShardRun, shard: Shard, hash: string) {
  const files = shardFiles(run.folder, shard);
  const { notes, rows: found } = await readParquet(files.results, run.plan.columns);
  if (notes["rsdix.plan"] !== hash || notes["rsdix.shard"] !== shard.name)
    fail("FILE_CORRUPT", `${files.results} is of another run, or of another shard. Remove it, and run again.`);
  const missing = notes["rsdix.bad"] === "0" ? [] : await readBad(files.bad, Number(notes["rsdix.bad"]));
  return { shard, found, missing };
}

async function readBad(path: string, count: number): Promise<BadItem[]> {
  const text = await readFile(path, "utf8").catch((error: Error) =>
    fail("FILE_NOT_FOUND", `${path} cannot be read: ${error.message}.`, error),
  );
  const lines = text.split("\n").filter((line) => line !== "");
  if (lines.length !== count)
    fail("FILE_CORRUPT", `${path} has ${lines.length} lines, and the shard says ${count}. Remove both, and run again.`);
  try {
    return lines.map((line) => JSON.parse(line) as BadItem);
  } catch (error) {
    return fail("FILE_CORRUPT", `${path} is no JSON lines: ${(error as Error).message}.`, error);
  }
}
