import { resolve } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { checkRange, fail } from "@rsdix/internal";
import type { Queue } from "bullmq";
import { badCount } from "../bad-list";
import { hashOf } from "../hash-of";
import { endOf } from "../parquet";
import { planHash, type Shard } from "../plan";
import { shardFiles } from "../run-files";
import { type RunShardsOptions, type ShardSummary, Tally } from "../run-shards";
import type { ShardRun } from "../shard-run";
import { wholeAnswer, within } from "./answers";
import { lonelyNote, noteGone, openOnRedis, type RedisPlace, type ShardJob, throwInWords } from "./connection";

/** How a run is done by workers of a Redis. */
export interface RedisRunOptions extends RedisPlace, RunShardsOptions {
  /** The command's arguments, which a worker's process is begun with. */
  readonly args: readonly string[];
  /** The folder that they are meant in; the present one unless told otherwise. */
  readonly cwd?: string;
  /** How often a shard is tried that fails; 3 unless told otherwise. */
  readonly attempts?: number;
  /** How often is looked, in milliseconds; 1000 unless told otherwise. */
  readonly every?: number;
  /** Told what keeps the run waiting: no worker, or a Redis that is gone. */
  readonly onNote?: (text: string) => void;
}

const ATTEMPTS = 3;
const EVERY_MS = 1000;
/** Jobs that are sent at a time. */
const AT_A_TIME = 500;
/** How long the queue remembers what failed, in seconds: a week. */
const FAILED_KEPT_S = 604_800;
/** How long a stopped run waits for each answer while it takes its jobs out of the queue. */
const LEAVE_MS = 2000;

/**
 * Has the shards of a run that aren't done yet done by the workers of a Redis (`serveRedis`), and waits for them. What is done is what has its file: a Redis
 * that loses its data is given the rest anew, and a command that is given twice does nothing twice. Stopped, it takes its waiting shards out of the queue.
 *
 * @param run - of `openShardRun`, in a folder that the workers see under the same path.
 * @param options - `redis`, `args`; `queue`, `cwd`, `attempts`, `every`, `onProgress`, `onNote`, `signal`.
 * @returns how many are done, and which failed, with reasons.
 * @throws RsdixError MISSING_DEPENDENCY; PROCESS_FAILED where no Redis answers at the start; INVALID_ARGUMENT; FILE_CORRUPT; ABORTED.
 * @example
 * ```ts
 * import { openShardRun, runShardsOnRedis } from "@rsdix/scale";
 * const run = await openShardRun("/no/run").catch(() => undefined);
 * if (run) await runShardsOnRedis(run, { redis: "redis://127.0.0.1:6379", args: ["embed"] }); // and elsewhere: rsdix worker --redis ...
 * ```
 * @see https://docs.bullmq.io
 */
export async function runShardsOnRedis(run: ShardRun, options: RedisRunOptions): Promise<ShardSummary> {
  const { attempts = ATTEMPTS, every = EVERY_MS, onProgress, onNote, signal } = options;
  checkRange(attempts, "attempts", { min: 1, integer: true });
  checkRange(every, "every", { min: 1 });
  const { opened: queue, connection } = await openOnRedis(
    options,
    ({ Queue }, redis, name) => new Queue<ShardJob>(name, { connection: redis }),
    signal,
  );
  const jobs = jobsOf(run, options);
  const failed = new Map<string, string>();
  noteGone(queue, connection, (text) => onNote?.(text));
  const noteLonely = lonelyNote(queue, onNote);

  /** Enqueues what isn't done and isn't there, and learns what failed. */
  async function settle(left: readonly Shard[]): Promise<void> {
    for (const job of await queue.getFailed()) if (job?.data.run === jobs.id) failed.set(job.data.name, job.failedReason);
    if (signal?.aborted) return; // nothing more is asked for than what is on its way
    const missing = left.filter((shard) => !failed.has(shard.name));
    for (let i = 0; i < missing.length && !signal?.aborted; i += AT_A_TIME)
      await queue.addBulk(missing.slice(i, i + AT_A_TIME).map((shard) => jobs.job(shard, attempts)));
    if (!signal?.aborted) await noteLonely(missing.length > 0);
  }

  let asked: Promise<unknown> | undefined; // never two at a time: while Redis is gone, an answer takes as long as that
  /** What is still put in is waited for, so that it is taken out, too. */
  const leave = async () => {
    const put = Promise.resolve(asked).then(() => true);
    return (await within(LEAVE_MS, put)) === true && takeOut(queue, jobs, await run.pending());
  };
  try {
    let left = await run.pending();
    // Those that failed when the command was given before are tried again.
    const tryAgain = async () => {
      const before = (await queue.getFailed()).filter((job) => job?.data.run === jobs.id);
      await Promise.all(before.map((job) => job.remove()));
    };
    await stoppable(wholeAnswer(tryAgain), signal);
    const tally = new Tally(run.shards.length - left.length, run.shards.length, onProgress);
    let broken: unknown;
    for (;;) {
      const unsettled = left;
      asked ??= wholeAnswer(() => settle(unsettled))
        .catch((error) => {
          broken = error;
        })
        .finally(() => {
          asked = undefined;
        });
      await stoppable(Promise.race([asked.then(() => wait(every)), wait(every)]), signal);
      const now = await run.pending();
      const still = new Set(now.map(({ index }) => index));
      for (const shard of left) {
        if (still.has(shard.index)) continue;
        const { rows, notes } = await endOf(shardFiles(run.folder, shard).results);
        tally.add({ rows, bad: badCount(notes) });
      }
      left = now;
      if (broken) throw broken;
      if (left.every((shard) => failed.has(shard.name))) {
        for (const shard of left) tally.failed.push({ name: shard.name, reason: failed.get(shard.name)! });
        return tally.summary();
      }
    }
  } catch (error) {
    if (!signal?.aborted) throwInWords(error, " What is done stays: the same command goes on.");
    const queued = (await leave())
      ? "and its waiting shards taken out of the queue"
      : "and Redis does not answer: its waiting shards may still be in the queue, for workers to do";
    return fail("ABORTED", `The run was stopped, ${queued}; what is done stays, and the same command goes on.`, error);
  } finally {
    connection.disconnect();
    await queue.close().catch(() => undefined); // a Redis that is gone has nothing to close
  }
}

type Jobs = ReturnType<typeof jobsOf>;

/** A run's jobs: each has one name, so that it is in the queue once. */
function jobsOf(run: ShardRun, { args, cwd = process.cwd() }: RedisRunOptions) {
  const folder = resolve(run.folder);
  const id = idOf([folder, planHash(run.plan)]);
  const images = idOf(run.plan.source.images ?? []);
  const jobId = ({ index }: Shard) => `${id}-${index}`;
  return {
    id,
    jobId,
    job: (shard: Shard, attempts: number) => ({
      name: "shard",
      data: { run: id, images, args, cwd: resolve(cwd), index: shard.index, name: shard.name, results: shardFiles(folder, shard).results },
      opts: { jobId: jobId(shard), attempts, removeOnComplete: true, removeOnFail: { age: FAILED_KEPT_S } },
    }),
  };
}

const idOf = (what: unknown) => hashOf(JSON.stringify(what)).slice(0, 32);

/** Takes waiting shards out of the queue, for as long as Redis answers; whether that was heard of all. */
async function takeOut(queue: Queue<ShardJob>, { jobId }: Jobs, left: readonly Shard[]): Promise<boolean> {
  for (let i = 0; i < left.length; i += AT_A_TIME) {
    // One that a worker is at can't be taken out: it is done, and its file stays.
    const taking = left.slice(i, i + AT_A_TIME).map((shard) => queue.remove(jobId(shard)));
    const taken = await within(LEAVE_MS, Promise.allSettled(taking));
    if (!taken?.every(({ status }) => status === "fulfilled")) return false;
  }
  return true;
}

/** What comes, or the end of waiting for it. */
async function stoppable<T>(coming: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (!signal) return coming;
  signal.throwIfAborted();
  let onAbort = () => {};
  const stopped = new Promise<never>((_, reject) => {
    onAbort = () => reject(signal.reason);
    signal.addEventListener("abort", onAbort, { once: true });
  });
  return Promise.race([coming, stopped]).finally(() => signal.removeEventListener("abort", onAbort));
}
