import { statSync } from "node:fs";
import { availableParallelism } from "node:os";
import { setTimeout as wait } from "node:timers/promises";
import { checkRange } from "@rsdix/internal";
import type { Job } from "bullmq";
import type { Redis } from "ioredis";
import { ShardProcess } from "../shard-pool";
import { answersIn } from "./answers";
import { isTask, METRICS_MIN, noteGone, openOnRedis, type RedisPlace, type RedisTask, type ShardJob, type Work } from "./connection";

/** How a worker serves a queue. */
export interface RedisWorkerOptions extends RedisPlace {
  /** The program and arguments that do the shards of a command: they call `serveShards`. Throws where the command isn't one that it does. */
  readonly command: (args: readonly string[]) => readonly string[];
  /** Shards at a time, a process each; 1 unless told otherwise. */
  readonly jobs?: number;
  /** After how long a shard of a worker that died is given to another, in milliseconds; 30,000 unless told otherwise. */
  readonly lockDuration?: number;
  /** How often a shard may lose its worker; 3 unless told otherwise. */
  readonly maxStalled?: number;
  /** Does a task of `redisTasks`: when it ends well, the results are there. Without it the worker does shards only. */
  readonly onTask?: (task: RedisTask, signal: AbortSignal) => Promise<void>;
  /** Told of shards: done, failed, given back. */
  readonly onShard?: (shard: Pick<ShardJob, "name" | "results">, outcome: string) => void;
  /** Told when Redis is gone. */
  readonly onNote?: (text: string) => void;
  /** Ends the worker; what it is at goes back into the queue. */
  readonly signal: AbortSignal;
}

const LOCK_MS = 30_000;
const MAX_STALLED = 3;
/** How long a worker that ends waits for a Redis to say anything. */
const LEAVE_MS = 2000;

/**
 * Does the shards that `runShardsOnRedis` puts into a queue, of any run, and the tasks of `redisTasks`, until it is stopped. A process a run stays open, so
 * that its model is loaded once. Who may write to the Redis says what this program runs: give it a password, and no address that others reach.
 *
 * @param options - `redis`, `command`, `signal`; `queue`, `jobs`, `lockDuration`, `maxStalled`, `onTask`, `onShard`, `onNote`.
 * @returns when `signal` has ended it, and what it was at is back in the queue.
 * @throws RsdixError MISSING_DEPENDENCY; PROCESS_FAILED where no Redis answers at the start; INVALID_ARGUMENT.
 * @example
 * ```ts
 * import { serveRedis } from "@rsdix/scale";
 * const serve = (redis: string, signal: AbortSignal) =>
 *   serveRedis({ redis, command: (args) => [process.execPath, "worker.mjs", ...args], signal });
 * const { signal } = new AbortController();
 * await serve("redis://127.0.0.1:1", signal).catch((error) => console.log(error.code)); // PROCESS_FAILED: no Redis answers there
 * ```
 * @see https://docs.bullmq.io
 */
export async function serveRedis(options: RedisWorkerOptions): Promise<void> {
  const { jobs = 1, lockDuration = LOCK_MS, maxStalled = MAX_STALLED, onTask, onShard, onNote, signal } = options;
  checkRange(jobs, "jobs", { min: 1, max: 1024, integer: true });
  checkRange(lockDuration, "lockDuration", { min: 100 });
  checkRange(maxStalled, "maxStalled", { min: 0, integer: true });
  /** Has a task done; why it could not be, in words. */
  async function doTask(task: RedisTask): Promise<string | undefined> {
    if (!onTask) return "this worker does shards only";
    return onTask(task, signal).then(
      () => undefined,
      (error: Error) => error.message,
    );
  }
  const processes = new IdleProcesses(options.command, jobs, signal);
  let copies: readonly Redis[] = [];
  const { opened: worker, connection } = await openOnRedis(
    options,
    ({ Worker, WaitingError }, redis, queue) => {
      copies = copiesOf(redis);
      return new Worker<Work>(
        queue,
        async (job, token) => {
          const { data } = job;
          if (statSync(data.results, { throwIfNoEntry: false })?.isFile()) return; // somebody was faster, and Redis had forgotten
          const end = signal.aborted ? undefined : await (isTask(data) ? doTask(data) : processes.do(data));
          if (signal.aborted) {
            await giveBack(job, token);
            if (!isTask(data)) onShard?.(data, "given back");
            throw new WaitingError();
          }
          if (!isTask(data)) onShard?.(data, end ?? "done");
          if (end) throw new Error(end);
        },
        {
          connection: redis,
          concurrency: jobs,
          lockDuration,
          stalledInterval: lockDuration,
          maxStalledCount: maxStalled,
          drainDelay: 1,
          metrics: { maxDataPoints: METRICS_MIN },
        },
      );
    },
    signal,
  );
  noteGone(worker, connection, (text) => onNote?.(text));
  try {
    if (!signal.aborted) await new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }));
  } finally {
    // One that Redis can't be told of is taken for stalled, and given to another, after lockDuration.
    const isThere = await answersIn(LEAVE_MS, connection);
    await processes.end();
    const closing = worker.close(!isThere).catch(() => undefined);
    await Promise.race([closing, untilSilent(connection, closing)]);
    for (const each of [connection, ...copies]) close(each);
  }
}

/** The connections that are made as copies of one, in a list that grows with each: a worker waits for work on one. */
function copiesOf(redis: Redis): readonly Redis[] {
  const copies: Redis[] = [];
  const duplicate = redis.duplicate.bind(redis);
  redis.duplicate = (override) => {
    const copy = duplicate(override);
    copies.push(copy);
    return copy;
  };
  return copies;
}

/**
 * Closes a connection for good. A worker that had lost its own, as the Redis answered nothing, when it was closed connects anew once more after that, and a
 * program with an open connection doesn't end.
 */
function close(redis: Redis): void {
  redis.options.retryStrategy = () => null;
  redis.on("connect", () => redis.disconnect());
  redis.disconnect();
}

/** Waits until a Redis no longer answers, or until something has ended. */
async function untilSilent(redis: Redis, end: Promise<unknown>): Promise<void> {
  let isOver = false;
  void end.then(() => {
    isOver = true;
  });
  while (!isOver && (await answersIn(LEAVE_MS, redis))) await Promise.race([end, wait(LEAVE_MS, undefined, { ref: false })]);
}

/** Puts a shard back, for whoever comes next, without counting the attempt. */
const giveBack = (job: Job<Work>, token: string | undefined) => job.moveToWait(token);

/** Processes that have a run's model loaded: as many as there are shards at a time. */
class IdleProcesses {
  private readonly idle: { readonly run: string; readonly child: ShardProcess }[] = [];
  private readonly threads: number;

  constructor(
    private readonly command: RedisWorkerOptions["command"],
    private readonly jobs: number,
    private readonly signal: AbortSignal,
  ) {
    this.threads = Math.max(1, Math.floor(availableParallelism() / jobs));
  }
  private busy = 0;

  /** Has a shard done; why it could not be, in words. */
  async do({ args, cwd, index, ...job }: ShardJob): Promise<string | undefined> {
    const run = `${job.run} ${job.images}`;
    this.busy++;
    try {
      const child = (await this.take(run)) ?? new ShardProcess(this.command(args), this.threads, this.signal, cwd);
      const answer = await child.do({ index });
      if ("died" in answer) return `its process ${answer.died}`;
      this.idle.push({ run, child });
      return "failed" in answer ? answer.failed : undefined;
    } finally {
      this.busy--;
    }
  }

  /** A process of the run; where there is none, and another run's stands in the way, that one is ended. */
  private async take(run: string): Promise<ShardProcess | undefined> {
    const found = this.idle.findLastIndex((each) => each.run === run);
    if (found >= 0) return this.idle.splice(found, 1)[0]!.child;
    if (this.idle.length + this.busy > this.jobs) await this.idle.shift()?.child.end();
    return undefined;
  }

  /** Ends all that wait. */
  async end(): Promise<void> {
    await Promise.all(this.idle.splice(0).map(({ child }) => child.end()));
  }
}
