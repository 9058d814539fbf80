import { fail, RsdixError, revive } from "@rsdix/internal";
import { startWorker } from "#score-workers";
import type { Part, PartResources, PartScores, PartsMetric } from "./part-scorer";
import type { ScoreReply } from "./score-messages";

/** Threads that score parts of the images. */
export interface ScorePool {
  readonly workers: number;
  score(metric: PartsMetric, part: Part): Promise<PartScores>;
  /** Returns when the threads are gone; what they had in hand fails. */
  close(): Promise<void>;
}

interface Pending {
  resolve(scores: PartScores): void;
  reject(error: unknown): void;
}

/** Starts threads that have loaded what the metrics need when the first part comes. */
export async function scorePool(workers: number, resources: PartResources): Promise<ScorePool> {
  const pool = await Promise.all(Array.from({ length: workers }, startWorker));
  const pending = pool.map(() => new Map<number, Pending>());
  let failure: { readonly reason: unknown } | undefined;
  let ids = 0;

  const drop = (reason: unknown) => {
    failure ??= { reason };
    for (const own of pending) {
      for (const { reject } of own.values()) reject(failure.reason);
      own.clear();
    }
  };
  pool.forEach((handle, worker) => {
    handle.listen(
      (reply) => take(pending[worker]!, reply),
      (reason) => drop(asError(reason)),
    );
    handle.post({ resources });
  });
  return {
    workers,
    score(metric, part) {
      if (failure) return Promise.reject(failure.reason);
      const idlest = pending.reduce((best, { size }, worker) => (size < pending[best]!.size ? worker : best), 0);
      return new Promise((resolve, reject) => {
        const id = ids++;
        pending[idlest]!.set(id, { resolve, reject });
        pool[idlest]!.post({ id, metric, part });
      });
    },
    async close() {
      drop(new RsdixError("ABORTED", "The evaluation was stopped."));
      await Promise.all(pool.map((handle) => handle.terminate()));
    },
  };
}

function take(pending: Map<number, Pending>, reply: ScoreReply): void {
  const waiting = pending.get(reply.id);
  pending.delete(reply.id);
  if ("scores" in reply) waiting?.resolve(reply.scores);
  else waiting?.reject(revive(reply.error));
}

/** Why a worker ended. */
function asError(reason: unknown): unknown {
  const { code, message = String(reason) } = (reason ?? {}) as { code?: string; message?: string };
  try {
    if (code === "ERR_WORKER_OUT_OF_MEMORY") fail("OUT_OF_MEMORY", "A scoring worker ran out of memory. Give fewer workers.", reason);
    fail(
      "MISSING_DEPENDENCY",
      `A scoring worker can't run: ${message}. A bundler must leave @rsdix/metrics outside, or copy score-worker.js along; workers: 0 needs none.`,
      reason,
    );
  } catch (error) {
    return error;
  }
}
