import { mkdir, readdir, readFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { makeFolders, writeFileAtomic } from "@rsdix/data/node";
import { fail } from "@rsdix/internal";
import { hashOf } from "../hash-of";
import { planHash, type Shard, shardCount } from "../plan";
import type { ShardRun } from "../shard-run";

/** An array of tasks that was given to Slurm: `slurm/<number>/submission.json` in the run's folder. */
export interface Submission {
  /** Its folder, in which the tasks' output lies too. */
  readonly folder: string;
  /** The job's name, unlike any other's. */
  readonly name: string;
  /** Places in the run of the shards that it does, in order. */
  readonly shards: readonly number[];
  /** Shards that a task does, one after the other; the last one may have fewer. */
  readonly perTask: number;
  /** When it was made, in milliseconds of Unix's time. */
  readonly time: number;
  /** Slurm's number of the job; not there while sbatch has it. */
  readonly job?: string;
}

/** Where a run's folder holds them. */
export const SUBMISSIONS = "slurm";
const RECORD = "submission.json";
const FAILED = ".failed";
const VERSION = 1;

export const recordPath = (folder: string) => join(folder, RECORD);
/** What a task says, where Slurm writes it. */
export const outputPath = (folder: string, task: number | string) => join(folder, `${task}.txt`);
/** Why a shard could not be done, as its task wrote it. */
export const failurePath = (folder: string, { name }: Shard) => join(folder, `${name}${FAILED}`);
export const tasksOf = ({ shards, perTask }: Pick<Submission, "shards" | "perTask">) => Math.ceil(shards.length / perTask);

/** All that were made for a run, in order. */
export async function readSubmissions(run: ShardRun): Promise<Submission[]> {
  const folders = (await namesIn(join(run.folder, SUBMISSIONS))).filter((name) => /^\d+$/.test(name)).sort((a, b) => Number(a) - Number(b));
  const count = shardCount(run.plan); // of a run that is a share of another, too
  const read = await Promise.all(folders.map((name) => readSubmission(recordPath(join(run.folder, SUBMISSIONS, name)), count)));
  return read.filter((each) => each !== undefined);
}

/** One of them; undefined where a command was stopped before it was written. */
export async function readSubmission(path: string, count: number): Promise<Submission | undefined> {
  const text = await readFile(path, "utf8").catch((error: NodeJS.ErrnoException) =>
    error.code === "ENOENT" ? undefined : fail("FILE_NOT_FOUND", `${path} cannot be read: ${error.message}.`, error),
  );
  if (text === undefined) return undefined;
  try {
    const {
      version,
      shards: ranges,
      ...rest
    } = JSON.parse(text) as Omit<Submission, "shards" | "folder"> & { version: number; shards: string };
    if (version !== VERSION) throw new Error(`it is of version ${JSON.stringify(version)}, and this program reads version ${VERSION}`);
    const { name, perTask, time, job } = rest;
    const isRight = typeof name === "string" && Number.isSafeInteger(perTask) && perTask >= 1 && Number.isFinite(time);
    if (!isRight || !["string", "undefined"].includes(typeof job)) throw new Error("it lacks a name, perTask or time");
    return { folder: join(path, ".."), name, shards: parseRanges(ranges, count), perTask, time, ...(job !== undefined && { job }) };
  } catch (error) {
    return fail("FILE_CORRUPT", `${path} is no submission of this run: ${(error as Error).message}. Remove its folder.`, error);
  }
}

/** Makes a folder for a new one, that no other command makes at the same time. */
export async function newSubmission(run: ShardRun, shards: readonly number[], perTask: number): Promise<Submission> {
  const root = join(resolve(run.folder), SUBMISSIONS);
  const taken = (await namesIn(root)).map(Number).filter(Number.isSafeInteger);
  const number = String(Math.max(0, ...taken) + 1).padStart(4, "0");
  const folder = join(root, number);
  await makeFolders(root)
    .then(() => mkdir(folder))
    .catch((error: NodeJS.ErrnoException) => {
      if (error.code === "EEXIST") fail("PROCESS_FAILED", atOnce(folder), error);
      fail("WRITE_FAILED", `${folder} cannot be made: ${error.message}.`, error);
    });
  const id = hashOf(JSON.stringify([resolve(run.folder), planHash(run.plan), Date.now()])).slice(0, 12);
  return { folder, name: `rsdix-${id}-${number}`, shards, perTask, time: Date.now() };
}

export const atOnce = (folder: string) =>
  `Another command gives shards of this run to Slurm at this moment (${folder}). Nothing was submitted here: run it again in a minute.`;

/** Writes it down. */
export function writeSubmission({ folder, shards, ...rest }: Submission): Promise<void> {
  return writeFileAtomic(recordPath(folder), `${JSON.stringify({ version: VERSION, ...rest, shards: formatRanges(shards) }, null, 2)}\n`);
}

/** The names of shards that tasks of a submission could not do, and said why. */
export async function failuresOf({ folder }: Submission): Promise<Set<string>> {
  return new Set((await namesIn(folder)).filter((name) => name.endsWith(FAILED)).map((name) => name.slice(0, -FAILED.length)));
}

const namesIn = (folder: string) =>
  readdir(folder).catch((error: NodeJS.ErrnoException) =>
    error.code === "ENOENT" ? [] : fail("FILE_NOT_FOUND", `${folder} cannot be read: ${error.message}.`, error),
  );

/** "0-9,12" of numbers that rise: a million shards are a line. */
function formatRanges(numbers: readonly number[]): string {
  const ranges: [first: number, last: number][] = [];
  for (const each of numbers) {
    const range = ranges.at(-1);
    if (range && each === range[1] + 1) range[1] = each;
    else ranges.push([each, each]);
  }
  return ranges.map(([first, last]) => (first === last ? String(first) : `${first}-${last}`)).join(",");
}

/** The numbers of {@link formatRanges}, below `count`. */
function parseRanges(text: unknown, count: number): number[] {
  const numbers: number[] = [];
  for (const range of String(text).split(",")) {
    const [, from, to = from] = /^(\d{1,9})(?:-(\d{1,9}))?$/.exec(range) ?? [];
    const [first, last] = [Number(from), Number(to)];
    if (!(first > (numbers.at(-1) ?? -1) && last >= first && last < count))
      throw new Error(`its shards are ${JSON.stringify(range)}, of ${count}`);
    for (let i = first; i <= last; i++) numbers.push(i);
  }
  return numbers;
}
