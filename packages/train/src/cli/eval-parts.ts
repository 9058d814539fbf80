import { join } from "node:path";
import type { ImageDataset } from "@rsdix/data";
import { fail } from "@rsdix/internal";
import { openShardRun, type Row, readShards } from "@rsdix/scale";
import { type Command, Option } from "commander";
import type { ShardTask } from "../shards/shard-task";
import { refuseIdle } from "./idle-flags";
import type { CliSession } from "./session";
import { doShards, refusePipes } from "./shard-flags";
import { jobsNumber, positiveNumber } from "./values";

/** Flags that have an evaluation's images done in parts. */
export interface PartsFlags {
  readonly parts?: number;
  readonly partsPath?: string;
  readonly jobs?: number;
  readonly skipBroken?: boolean;
  readonly serveShards?: boolean;
}

/** Adds the flags of {@link PartsFlags}. */
export function addPartsFlags(command: Command): Command {
  return command
    .option(
      "--parts <number>",
      "cuts the images into so many parts, whose results are kept: what is done is not done again",
      positiveNumber,
    )
    .option("--parts-path <folder>", "where the parts' results go, a Parquet file each")
    .option("--jobs <processes>", "of parts, processes that do them at a time, a model each (1)", jobsNumber)
    .addOption(new Option("--serve-shards", "does what a pool of processes asks for").hideHelp());
}

/** Refuses flags that don't go together. */
export function checkPartsFlags(
  { parts, partsPath, jobs }: PartsFlags,
  command: Command,
  flag: string,
  annotations: readonly (string | undefined)[] = [],
): void {
  if (parts === undefined) refuseIdle(command, { "without --parts": ["--parts-path", "--jobs", "--serve-shards"] });
  else if (partsPath === undefined)
    fail("INVALID_ARGUMENT", "--parts needs --parts-path: the folder in which the parts' results are kept.");
  else refusePipes(jobs === undefined ? {} : { jobs }, flag, annotations);
}

/** Does the parts that aren't done, and gives the results of all, in the list's order; undefined where this is a process that does what others ask for. */
export async function inParts(
  flags: PartsFlags,
  session: CliSession,
  list: ImageDataset,
  openTask: () => Promise<ShardTask>,
): Promise<readonly Row[] | undefined> {
  const { partsPath: outPath = "", skipBroken } = flags;
  const summary = await doShards({ ...flags, outPath }, session, list, openTask);
  if (!summary) return undefined;
  const { failed, total } = summary;
  for (const { name, reason } of failed) session.note(`not done: ${name}: ${reason}`);
  if (failed.length > 0)
    fail("PROCESS_FAILED", `${failed.length} of ${total} parts are not done. What is done stays: the same command tries the others again.`);
  const results: Row[] = [];
  for await (const { shard, rows, bad } of readShards(await openShardRun(outPath), session.signal)) {
    for (const { file, reason } of bad) {
      if (!skipBroken)
        fail(
          "FILE_CORRUPT",
          `${file} could not be used: ${reason} --skip-broken leaves such images out. Replace the file, and the same command does its part again; ` +
            `if the file is right, remove ${join(outPath, "shards", `${shard.name}.parquet`)} first.`,
        );
      session.note(`left out: ${reason}`);
    }
    results.push(...rows);
  }
  if (results.length === 0) fail("EMPTY_DATA", "Not one image could be used.");
  return results;
}
