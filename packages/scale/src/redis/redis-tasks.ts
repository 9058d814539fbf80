import { existsSync } from "node:fs";
import { setTimeout as wait } from "node:timers/promises";
import { checkRange } from "@rsdix/internal";
import { lonelyNote, noteGone, openOnRedis, QUEUE, type RedisPlace, type RedisTask, refusalOf } from "./connection";
import { type SearchState, searchesKey } from "./search-state";

/** How tasks are asked for. */
export interface RedisTasksOptions extends RedisPlace {
  /** How often is looked, in milliseconds; 1000 unless told otherwise. */
  readonly every?: number;
  /** Ends the wait for a Redis at the start. */
  readonly signal?: AbortSignal;
  /** Told what keeps the tasks waiting: no worker, or a Redis that is gone. */
  readonly onNote?: (text: string) => void;
}

/** What has tasks done by the workers of a Redis. */
export interface RedisTasks {
  /**
   * Has a task done: undefined when its results are there, and otherwise why there are none; `stalled` where its workers died, which may be the task's fault.
   * Stopped, it rejects with the signal's reason, and takes the task out of the queue unless a worker is at it.
   */
  run(task: RedisTask, signal: AbortSignal): Promise<{ readonly reason: string; readonly stalled: boolean } | undefined>;
  /** Says how a search stands, for the dashboard. */
  report(state: SearchState): void;
  /** Ends the connection. */
  close(): Promise<void>;
}

const EVERY_MS = 1000;
/** How long the queue remembers what failed, and how a search stood, in seconds: a week. */
const KEPT_S = 604_800;
/** How long closing waits for what is to be taken out of the queue, or said to the dashboard. */
const LEAVE_MS = 2000;

interface Asked {
  readonly task: RedisTask;
  /** Whether what the queue knows of it is of an earlier run, which is tried again. */
  isNew: boolean;
  readonly end: (failure?: { reason: string; stalled: boolean }) => void;
}

/**
 * Has tasks done by the workers of a Redis (`serveRedis` with `onTask`). A task is done when its file is there: while Redis is gone its results are seen all
 * the same, and one that comes back without its data is given anew what is not done.
 *
 * @param options - `redis`, `queue`, `every`, `signal`, `onNote`.
 * @returns what tasks are given to; to be closed.
 * @throws RsdixError MISSING_DEPENDENCY; PROCESS_FAILED where no Redis answers at the start; INVALID_ARGUMENT.
 * @example
 * ```ts
 * import { redisTasks } from "@rsdix/scale";
 * const doIt = async (redis: string, signal: AbortSignal) => {
 *   const { run, close } = await redisTasks({ redis });
 *   const failure = await run({ id: "7-of-mine", name: "the seventh", results: "/data/7.json", task: { seed: 7 } }, signal);
 *   await close();
 *   return failure?.reason ?? "done";
 * };
 * const { signal } = new AbortController();
 * await doIt("redis://127.0.0.1:1", signal).catch((error) => console.log(error.code)); // PROCESS_FAILED: no Redis answers there
 * ```
 * @see https://docs.bullmq.io
 */
export async function redisTasks(options: RedisTasksOptions): Promise<RedisTasks> {
  const { queue: name = QUEUE, every = EVERY_MS, onNote } = options;
  checkRange(every, "every", { min: 1 });
  const { opened: queue, connection } = await openOnRedis(
    options,
    ({ Queue }, redis) => new Queue<RedisTask>(name, { connection: redis }),
    options.signal,
  );
  noteGone(queue, connection, (text) => onNote?.(text));
  const noteLonely = lonelyNote(queue, onNote);
  const asked = new Map<string, Asked>();
  const closing = new AbortController();
  const said = new Set<Promise<unknown>>();
  /** What Redis is told on the side; while it is gone it is told when it is back, if anybody is then left. */
  const tell = (promise: Promise<unknown>) => {
    const settled = promise.catch(() => undefined).finally(() => said.delete(settled));
    said.add(settled);
  };

  const look = () => {
    for (const { task, end } of asked.values()) if (existsSync(task.results)) end();
  };
  /** Enqueues what isn't done and isn't there, and learns what failed. */
  async function settle(): Promise<void> {
    for (const job of await queue.getFailed()) {
      const one = job?.id === undefined ? undefined : asked.get(job.id);
      if (!one || existsSync(one.task.results)) continue;
      if (one.isNew) {
        await job!.remove();
        continue;
      }
      one.end({ reason: job.failedReason, stalled: /stalled/.test(job.failedReason) });
    }
    look();
    const asking = [...asked.values()];
    const missing = asking.map(({ task }) => ({
      name: "task",
      data: task,
      opts: { jobId: task.id, removeOnComplete: true, removeOnFail: { age: KEPT_S } },
    }));
    if (missing.length > 0) await queue.addBulk(missing);
    for (const one of asking) one.isNew = false;
    await noteLonely(missing.length > 0);
  }
  let refused: string | undefined; // what was last told
  let settling = false; // never two at a time: while Redis is gone, an answer takes as long as that
  async function settleOnce(): Promise<void> {
    if (settling) return;
    settling = true;
    await settle().catch((error) => {
      const refusal = refusalOf(error);
      if (refusal !== undefined && refusal !== refused) onNote?.(`${refusal}; it is tried again`);
      refused = refusal ?? refused;
    }); // it is tried again
    settling = false;
  }
  const watching = (async () => {
    while (!closing.signal.aborted) {
      void settleOnce();
      await wait(every, undefined, { signal: closing.signal }).catch(() => undefined);
      look();
    }
  })();

  return {
    run: (task, signal) =>
      new Promise((resolve, reject) => {
        const onAbort = () => {
          asked.delete(task.id);
          tell(queue.remove(task.id)); // one that a worker is at can't be taken out
          reject(signal.reason);
        };
        if (signal.aborted) return reject(signal.reason);
        const end: Asked["end"] = (failure) => {
          asked.delete(task.id);
          signal.removeEventListener("abort", onAbort);
          resolve(failure);
        };
        signal.addEventListener("abort", onAbort, { once: true });
        asked.set(task.id, { task, isNew: true, end });
      }),
    report: (state) => tell(connection.hset(searchesKey(name), state.name, JSON.stringify({ ...state, at: Date.now() }))),
    async close() {
      closing.abort();
      await watching;
      await Promise.race([Promise.all(said), wait(LEAVE_MS, undefined, { ref: false })]);
      connection.disconnect();
      await queue.close().catch(() => undefined); // a Redis that is gone has nothing to close
    },
  };
}
