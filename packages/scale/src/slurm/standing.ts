import { open, readFile } from "node:fs/promises";
import { type Shard, shardCount } from "../plan";
import type { FailedShard } from "../run-shards";
import type { ShardRun } from "../shard-run";
import { hasEnded, isRunning, type Queue, type QueuedTask, readQueue } from "./programs";
import { failurePath, failuresOf, outputPath, readSubmissions, type Submission } from "./submission";

/** A shard whose task has ended without its results. */
interface Loss {
  readonly shard: Shard;
  readonly submission: Submission;
  readonly task: number;
  /** Whether the task itself said why. */
  readonly isSaid: boolean;
}

/** Where each shard of a run is that isn't done. */
export interface Standing {
  readonly submissions: readonly Submission[];
  readonly queue: Queue;
  /** In tasks that run. */
  readonly running: readonly Shard[];
  /** In tasks that wait. */
  readonly waiting: readonly Shard[];
  /** Of tasks that have ended. */
  readonly lost: readonly Loss[];
  /** Never given to Slurm. */
  readonly fresh: readonly Shard[];
}

const LAST_WORDS = 2000;
const READ_AT_A_TIME = 16;

/** Asks the queue, and then the files: what has left the queue has its file by then, if it ever gets one. */
export async function standingOf(run: ShardRun): Promise<Standing> {
  const submissions = await readSubmissions(run);
  const queue = await readQueue(submissions.map(({ name }) => name));
  const failures = await Promise.all(submissions.map(failuresOf));
  const pending = await run.pending();
  const count = shardCount(run.plan);
  const latest = new Int32Array(count).fill(-1);
  const place = new Int32Array(count);
  for (const [number, { shards }] of submissions.entries()) {
    for (const [i, index] of shards.entries()) {
      latest[index] = number;
      place[index] = i;
    }
  }
  const [running, waiting, lost, fresh]: [Shard[], Shard[], Loss[], Shard[]] = [[], [], [], []];
  for (const shard of pending) {
    const number = latest[shard.index]!;
    const submission = submissions[number];
    if (!submission) {
      fresh.push(shard);
      continue;
    }
    const task = Math.floor(place[shard.index]! / submission.perTask);
    const queued = queue.get(`${submission.name}/${task}`);
    const isSaid = failures[number]!.has(shard.name);
    if (isSaid || !queued || hasEnded(queued)) lost.push({ shard, submission, task, isSaid });
    else (isRunning(queued) ? running : waiting).push(shard);
  }
  return { submissions, queue, running, waiting, lost, fresh };
}

/** Why shards are lost: as their tasks said, or Slurm, or the last line of the tasks' output. */
export async function reasonsOf({ lost, queue }: Standing): Promise<FailedShard[]> {
  const failed: FailedShard[] = [];
  const ends = new Map<string, Promise<string>>(); // shards of a task have the same
  for (let i = 0; i < lost.length; i += READ_AT_A_TIME) failed.push(...(await Promise.all(lost.slice(i, i + READ_AT_A_TIME).map(reason))));
  return failed;

  async function reason({ shard, submission, task, isSaid }: Loss): Promise<FailedShard> {
    const said = isSaid ? await readFile(failurePath(submission.folder, shard), "utf8").catch(() => "") : "";
    if (said !== "") return { name: shard.name, reason: said };
    const key = `${submission.name}/${task}`;
    if (!ends.has(key)) ends.set(key, endOf(submission, task, queue.get(key)));
    return { name: shard.name, reason: await ends.get(key)! };
  }
}

async function endOf({ folder, job }: Submission, task: number, queued: QueuedTask | undefined): Promise<string> {
  const last = (await endOfFile(outputPath(folder, task))).trim().split("\n").at(-1)!.trim();
  const how = queued ? `ended as ${queued.state}` : "has left Slurm's queue";
  return `its task ${job ?? queued?.job ?? "?"}_${task} ${how}${last === "" ? ", and said nothing" : `: ${last}`}`;
}

/** The last characters of a file; none where it can't be read. */
async function endOfFile(path: string): Promise<string> {
  const file = await open(path).catch(() => undefined);
  if (!file) return "";
  try {
    const { size } = await file.stat();
    const { buffer, bytesRead } = await file.read({ buffer: Buffer.alloc(LAST_WORDS), position: Math.max(0, size - LAST_WORDS) });
    return buffer.toString("utf8", 0, bytesRead);
  } catch {
    return "";
  } finally {
    await file.close();
  }
}
