import { join } from "node:path";
import { expandBraces, type ImageDataset } from "@rsdix/data";
import { fail } from "@rsdix/internal";
import { checkSlurm, openShardRun, type Row, readShards, refuseRunFiles } from "@rsdix/scale";
import type { Command } from "commander";
import { type ArchiveSays, archiveSays } from "../shards/scored-shard";
import type { ShardTask } from "../shards/shard-task";
import { refuseIdle } from "./idle-flags";
import type { CliSession } from "./session";
import { addShardFlags, checkShardFlags, doShards, type ImageFlags, isSharded, SHARD_FLAGS, type ShardFlags, sayDone } from "./shard-flags";

/** Flags that have an evaluation's images done in shards or parts. */
export interface PartsFlags extends ShardFlags {
  readonly partsPath?: string;
  readonly skipBroken?: boolean;
  readonly json?: boolean;
}

/** The names of all of {@link PartsFlags}' own. */
export const PARTS_FLAGS = [...SHARD_FLAGS, "--parts-path"];

/** Adds the flags of {@link PartsFlags}. */
export function addPartsFlags(command: Command): Command {
  return addShardFlags(command).option(
    "--parts-path <folder>",
    "of --shards and --parts, where the results go, which are kept: what is done is not done again",
  );
}

/** Refuses flags that don't go together. */
export function checkPartsFlags(flags: PartsFlags, command: Command, images: ImageFlags): void {
  if (!isSharded(flags)) refuseIdle(command, { "without --shards or --parts": ["--parts-path"] });
  checkShardFlags(flags, command, [], images);
  if (isSharded(flags) && flags.partsPath === undefined)
    fail(
      "INVALID_ARGUMENT",
      `${flags.shards === undefined ? "--parts" : "--shards"} needs --parts-path: the folder in which the results are kept, a Parquet file each.`,
    );
}

/** Whether this process does some of the shards only: scores are for the command that has all. */
export const isPart = ({ serveShards, slurmTask, share }: PartsFlags) => Boolean(serveShards || slurmTask !== undefined || share);

/** Refuses outputs that are archives which are read, or of the results in shards and parts: these would be gone. */
export async function refuseRunOutputs({ shards, partsPath }: PartsFlags, outputs: readonly (string | undefined)[]): Promise<void> {
  if (partsPath === undefined) return;
  const run = { folder: partsPath, archives: shards === undefined ? [] : expandBraces(shards) };
  for (const output of outputs) if (output !== undefined) await refuseRunFiles(run, output);
}

/** What is asked for before models are opened for nothing. */
export async function checkEngine({ on }: PartsFlags): Promise<void> {
  if (on === "slurm") await checkSlurm();
}

/** What is scored. */
export interface PartsResults {
  /** The results of all shards or parts, in the run's order. */
  readonly rows: readonly Row[];
  /** What each archive says of itself; nothing of a list's parts. */
  readonly archives: readonly ArchiveSays[];
}

/** Does the shards or parts that aren't done, and gives the results of all; undefined where there is nothing to score here, or not yet. */
export async function inParts(
  flags: PartsFlags,
  session: CliSession,
  list: ImageDataset | undefined,
  openTask: () => Promise<ShardTask>,
): Promise<PartsResults | undefined> {
  const outPath = flags.partsPath!;
  const next = `the same command${flags.share ? " without --share" : ""} scores them`;
  const summary = await doShards({ ...flags, outPath }, session, list, openTask, next);
  if (!summary) return undefined;
  if (isPart(flags)) {
    sayDone(summary, { ...flags, outPath }, session, flags.share && `; when all shards of the run are done, ${next}`);
    return undefined;
  }
  const { failed, total } = summary;
  for (const { name, reason } of failed) session.note(`not done: ${name}: ${reason}`);
  if (failed.length > 0)
    fail(
      "PROCESS_FAILED",
      `${failed.length} of ${total} ${list ? "parts" : "shards"} are not done. What is done stays: the same command tries the others again.`,
    );
  return resultsOf(outPath, flags, session, list);
}

async function resultsOf(
  outPath: string,
  { skipBroken }: PartsFlags,
  session: CliSession,
  list: ImageDataset | undefined,
): Promise<PartsResults> {
  const results: Row[] = [];
  const archives: ArchiveSays[] = [];
  for await (const { shard, rows, bad, notes } of readShards(await openShardRun(outPath), session.signal)) {
    const path = join(outPath, "shards", `${shard.name}.parquet`);
    const mending = list
      ? `Replace the file, and the same command does its part again; if the file is right, remove ${path} first.`
      : `Put a whole archive in its place, and remove ${path}: the same command does it again.`;
    for (const { file, reason } of bad) {
      if (!skipBroken) fail("FILE_CORRUPT", `${file} could not be used: ${reason} --skip-broken leaves such images out. ${mending}`);
      session.note(`left out: ${reason}`);
    }
    for (const row of rows) results.push(row);
    if (!list) archives.push(archiveSays(notes, path));
  }
  const wanted = list ? "" : " Archives say of each image which split it is of; those that are asked for may be others.";
  if (results.length === 0) fail("EMPTY_DATA", `Not one image could be used.${wanted}`);
  return { rows: results, archives };
}
