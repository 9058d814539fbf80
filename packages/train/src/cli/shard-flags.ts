import type { ImageDataset } from "@rsdix/data";
import { fail } from "@rsdix/internal";
import {
  checkSlurm,
  openShardRun,
  runShardPool,
  runShards,
  runSlurmTask,
  type ShardPlan,
  type ShardProgress,
  type ShardSummary,
  type Share,
  serveShards,
  shareOfRun,
} from "@rsdix/scale";
import { type Command, InvalidArgumentError, Option } from "commander";
import { isStream } from "../read-file";
import { archiveSource, listSource, shardWork, withArchives, withImages } from "../shards/shard-images";
import type { ShardTask } from "../shards/shard-task";
import { refuseIdle } from "./idle-flags";
import { addRedisFlags, checkRedisFlags, onRedis } from "./on-redis";
import { addSlurmFlags, checkSlurmFlags, onSlurm, SLURM_FLAGS, type SlurmFlags } from "./on-slurm";
import { progressText } from "./progress-line";
import type { CliSession } from "./session";
import { withFiles } from "./shared-options";
import { jobsNumber, positiveNumber } from "./values";

/** Flags that cut the work into shards. */
export interface ShardFlags extends SlurmFlags {
  readonly shards?: string;
  readonly parts?: number;
  readonly jobs?: number;
  readonly share?: Share;
  readonly serveShards?: boolean;
  readonly slurmTask?: string;
  readonly on?: "redis" | "slurm";
  readonly redis?: string;
  readonly queue?: string;
}

/** Adds the flags of {@link ShardFlags}, under a heading of their own: who does all at once needs none of them. */
export function addShardFlags(command: Command): Command {
  command
    .optionsGroup("In shards or parts, on one machine or many:")
    .option(
      "--shards <pattern>",
      'takes the images of WebDataset archives in place of a folder\'s, such as "tiles-{000000..000999}.tar": a Parquet file an archive',
    )
    .option("--parts <number>", "cuts the images into so many parts: a Parquet file a part", positiveNumber)
    .option("--jobs <processes>", "of shards or parts, processes that do them at a time, a model each (1)", jobsNumber)
    .option(
      "--share <i/n>",
      "does only a share of the shards or parts, the i-th of n counted from 0, for machines that don't know of each other: 0/2 and 1/2 do all",
      shareText,
    )
    .addOption(
      new Option(
        "--on <engine>",
        "has the shards or parts done elsewhere: by the workers of a Redis (rsdix worker), or by Slurm, to which they are given and not waited for (rsdix status)",
      ).choices(["redis", "slurm"]),
    )
    .addOption(new Option("--serve-shards", "does what a pool of processes asks for").hideHelp())
    .addOption(new Option("--slurm-task <submission>", "does what a task of Slurm's is there for").hideHelp());
  return addSlurmFlags(addRedisFlags(command));
}

/** Flags that say who does shards, and how. */
const DOING_FLAGS = ["--jobs", "--share", "--serve-shards", "--slurm-task", "--on"];
/** All flags of shards. */
export const SHARD_FLAGS = ["--shards", "--parts", ...DOING_FLAGS, "--redis", "--queue", ...SLURM_FLAGS];

/** Whether the work is cut into shards. */
export const isSharded = ({ shards, parts }: ShardFlags) => shards !== undefined || parts !== undefined;

/** Refuses pipes as files that several processes read. */
function refusePipes({ jobs = 1, on }: Pick<ShardFlags, "jobs" | "on">, flag: string, files: readonly (string | undefined)[]): void {
  const pipe = jobs > 1 || on !== undefined ? files.find((file) => file !== undefined && isStream(file)) : undefined;
  if (pipe !== undefined)
    fail(
      "INVALID_ARGUMENT",
      `${flag} ${pipe} is a pipe, which can be read once, and ${on ? `--on ${on}` : `--jobs ${jobs}`} has each process read it. Write it to a file, and name that.`,
    );
}

/** Where a command's flags say that images are, besides archives. */
export interface ImageFlags {
  /** The flag of their folder. */
  readonly flag: string;
  /** Whether it was given. */
  readonly isGiven: boolean;
  /** The flag of annotation files. */
  readonly annotations: string;
  /** The files. */
  readonly files: readonly (string | undefined)[];
  /** Flags that would do nothing beside archives. */
  readonly beside: readonly string[];
}

/** Those of `embed` and `caption`. */
export const imageFlags = ({ imgDir, annotationsFile }: { imgDir?: string; annotationsFile?: string }): ImageFlags => ({
  ...{ flag: "--img-dir", isGiven: imgDir !== undefined, annotations: "--annotations-file", files: [annotationsFile] },
  beside: ["--annotations-file", "--split"],
});

/** Refuses flags that don't go together; `idle` would do nothing in shards. */
export function checkShardFlags(flags: ShardFlags, command: Command, idle: readonly string[], images: ImageFlags): void {
  const { shards, parts } = flags;
  if (shards !== undefined && parts !== undefined)
    fail("INVALID_ARGUMENT", "--parts would do nothing with --shards: archives are the shards.");
  if (shards !== undefined && images.isGiven)
    fail("INVALID_ARGUMENT", `Either ${images.flag} or --shards says where the images are, not both.`);
  if (shards === undefined && !images.isGiven)
    fail("INVALID_ARGUMENT", `Say where the images are: ${images.flag} names a folder or a zip file, --shards WebDataset archives.`);
  if (!isSharded(flags)) refuseIdle(command, { "without --shards or --parts": DOING_FLAGS });
  else refuseIdle(command, { "with --shards or --parts": idle });
  if (!flags.serveShards) {
    checkRedisFlags(flags, command);
    checkSlurmFlags(flags, command);
  }
  if (shards !== undefined) refuseIdle(command, { "with --shards, whose archives hold all": images.beside });
  else refusePipes(flags, images.annotations, images.files);
}

/** Does the work in shards: here, in processes of its own, or as one of those. */
export async function inShards(
  flags: ShardFlags & { outPath: string; json?: boolean },
  session: CliSession,
  open: { images: () => Promise<ImageDataset>; task: () => Promise<ShardTask> },
): Promise<void> {
  if (flags.on === "slurm") await checkSlurm(); // before a model is opened for nothing
  if (flags.shards !== undefined) return withShards(undefined);
  await withFiles(await open.images(), withShards);

  async function withShards(list: ImageDataset | undefined): Promise<void> {
    const summary = await doShards(flags, session, list, open.task);
    if (summary) sayDone(summary, flags, session);
  }
}

/** Says what was done; fails where a shard could not be. `next` is what is to be done after it, in words. */
export function sayDone(
  summary: ShardSummary,
  { outPath: out, json }: { readonly outPath: string; readonly json?: boolean },
  session: CliSession,
  next = "",
): void {
  const { done, total, rows, bad, failed } = summary;
  const left = bad > 0 ? `, ${bad.toLocaleString("en")} could not be used (*.bad.jsonl in ${out}/shards say why)` : "";
  const said = `${done.toLocaleString("en")} of ${total.toLocaleString("en")} shards are done: ${rows.toLocaleString("en")} images now${left}: ${out}`;
  for (const { name, reason } of failed) session.note(`not done: ${name}: ${reason}`);
  session.print(json ? JSON.stringify({ done, total, rows, bad, failed, out }) : `${said}${next}`);
  if (failed.length > 0)
    fail(
      "PROCESS_FAILED",
      `${failed.length} of ${total} shards are not done. What is done stays: the same command tries the others again.`,
    );
}

/**
 * Does the shards or parts, and tells what came of it; undefined where this is a process that does what others ask for, or where others will do them. `next`
 * says what the command does when all are done, where it does more.
 */
export async function doShards(
  flags: ShardFlags & { readonly outPath: string },
  session: CliSession,
  list: ImageDataset | undefined,
  openTask: () => Promise<ShardTask>,
  next?: string,
): Promise<ShardSummary | undefined> {
  const { shards: pattern, parts, jobs = 1, on, outPath, serveShards: serving, slurmTask } = flags;
  const { task, key, columns, work, archives, notes, close } = await openTask();
  let isOpen = true;
  const release = () => {
    if (isOpen) close();
    isOpen = false;
  };
  try {
    const whole = await openShardRun(outPath, await planOf({ task, key, columns }));
    const doShard = shardWork({ work, ...(archives && { archives }), ...(notes && { notes }) }, list);
    if (serving) {
      await serveShards(whole, doShard);
      return undefined;
    }
    const run = flags.share ? shareOfRun(whole, flags.share) : whole;
    const { signal } = session;
    const options = { signal, onProgress: shardsLine(session) };
    if (slurmTask !== undefined) return await runSlurmTask(run, doShard, slurmTask, options);
    const isReady = next !== undefined && on === "slurm" && (await run.pending()).length === 0;
    if (isReady) return await runShards(run, doShard, options); // which has nothing to do, and tells so
    if (jobs > 1 || on) release(); // the model was opened for what it hashes to; the processes open it themselves
    if (on === "redis") return await onRedis(run, flags, session, options);
    if (on === "slurm") {
      await onSlurm(run, flags, session, next);
      return undefined;
    }
    const command = [process.execPath, ...process.argv.slice(1), "--serve-shards"];
    return jobs > 1 ? await runShardPool(run, { ...options, jobs, command }) : await runShards(run, doShard, options);
  } finally {
    release();
  }

  async function planOf(done: Pick<ShardPlan, "task" | "key" | "columns">): Promise<ShardPlan> {
    if (!list) return { ...done, source: await withArchives(archiveSource(pattern!)) };
    const source = listSource(list, parts!);
    return withImages({ ...done, source }, list, source);
  }
}

/** "3/20": the fourth of twenty shares. */
function shareText(text: string): Share {
  const [, index, count] = /^(\d{1,9})\/(\d{1,9})$/.exec(text) ?? [];
  if (index === undefined || Number(index) >= Number(count))
    throw new InvalidArgumentError("It must be which share of how many, counted from 0: 0/20 to 19/20 are twenty.");
  return { index: Number(index), count: Number(count) };
}

function shardsLine(session: CliSession): (progress: ShardProgress) => void {
  const began = performance.now();
  const say = progressText(session);
  let before: number | undefined;
  return ({ done, total, rows, bad }) => {
    before ??= done;
    const first = before;
    const seconds = (performance.now() - began) / 1000;
    const rest = done > first ? ((total - done) * seconds) / (done - first) : undefined;
    const left = rest === undefined ? "" : `, ${Math.ceil(rest).toLocaleString("en")} s left`;
    const speed = rows > 0 ? `, ${(rows / seconds).toFixed(1)} images/s` : "";
    say(`${done.toLocaleString("en")} of ${total.toLocaleString("en")} shards${speed}${bad > 0 ? `, ${bad} bad images` : ""}${left}`);
  };
}
