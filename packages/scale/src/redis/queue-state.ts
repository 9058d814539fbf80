import type { Redis } from "ioredis";
import type { FailedShard } from "../run-shards";
import { answered, wholeAnswer } from "./answers";
import { openOnRedis, QUEUE, type RedisPlace, throwInWords, type Work } from "./connection";
import { type SearchState, searchesKey, searchesOf } from "./search-state";

/** How a queue stands. */
export interface QueueState {
  /** Shards and trials that wait for a worker. */
  readonly waiting: number;
  /** Shards and trials that workers are at. */
  readonly active: number;
  /** Shards and trials that workers have done since the queue is there. */
  readonly done: number;
  /** Those of each of the last minutes, the latest first; the present one isn't among them. */
  readonly perMinute: readonly number[];
  /** Workers that serve it. */
  readonly workers: number;
  /** Shards that failed, and trials whose workers died, of the last week: their results' files, and why. */
  readonly failed: readonly FailedShard[];
  /** Searches whose trials are done here, of the last week. */
  readonly searches: readonly SearchState[];
}

/**
 * Looks at a queue of `runShardsOnRedis` and `redisTasks` again and again.
 *
 * @param place - `redis`, `queue`.
 * @param signal - ends what waits for an answer.
 * @returns `read` gives how it stands now, and waits for a Redis that is gone; `close` ends the connection.
 * @throws RsdixError MISSING_DEPENDENCY; PROCESS_FAILED where no Redis answers, also by `read`; INVALID_ARGUMENT; ABORTED.
 * @example
 * ```ts
 * import { redisState } from "@rsdix/scale";
 * const look = async (redis: string) => {
 *   const { read, close } = await redisState({ redis });
 *   const { waiting, active } = await read();
 *   await close();
 *   return waiting + active;
 * };
 * await look("redis://127.0.0.1:1").catch((error) => console.log(error.code)); // PROCESS_FAILED: no Redis answers there
 * ```
 * @see https://docs.bullmq.io
 */
export async function redisState(
  place: RedisPlace,
  signal?: AbortSignal,
): Promise<{
  /** How the queue stands. */
  readonly read: () => Promise<QueueState>;
  /** Ends the connection. */
  readonly close: () => Promise<void>;
}> {
  const { queue: name = QUEUE } = place;
  const open = ({ Queue }: Pick<typeof import("bullmq"), "Queue">, redis: Redis) => new Queue<Work>(name, { connection: redis });
  const { opened: queue, connection } = await openOnRedis(place, open, signal);
  queue.on("error", () => undefined); // it is waited for, and read waits with it
  return {
    async read() {
      const asked = wholeAnswer(() =>
        Promise.all([
          queue.getJobCounts("waiting", "active"),
          queue.getMetrics("completed"),
          queue.getWorkersCount(),
          queue.getFailed(),
          connection.hgetall(searchesKey(name)),
        ]),
      );
      const where = "the queue's Redis";
      const [counts, metrics, workers, failed, searches] = await answered(asked, connection, { where, signal }).catch((error) =>
        throwInWords(error),
      );
      return {
        waiting: counts.waiting ?? 0,
        active: counts.active ?? 0,
        done: Number(metrics.meta.count),
        perMinute: metrics.data.map(Number),
        workers,
        failed: failed.filter(Boolean).map(({ data, failedReason: reason }) => ({ name: data.results, reason })),
        searches: searchesOf(searches),
      };
    },
    async close() {
      connection.disconnect();
      await queue.close().catch(() => undefined);
    },
  };
}
