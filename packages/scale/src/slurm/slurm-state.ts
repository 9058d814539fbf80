import { join } from "node:path";
import { fail, type RsdixError } from "@rsdix/internal";
import { damagedLists } from "../bad-list";
import { RESULTS, resultsIn } from "../run-files";
import type { FailedShard } from "../run-shards";
import { openShardRun } from "../shard-run";
import { reasonsOf, standingOf } from "./standing";

/** How a run stands that Slurm does; each shard is counted once. */
export interface SlurmState {
  /** Shards of the run. */
  readonly total: number;
  /** Those whose results are there. */
  readonly done: number;
  /** Those of tasks that run. */
  readonly running: number;
  /** Those of tasks that wait in the queue. */
  readonly waiting: number;
  /** Why tasks wait, in Slurm's words such as "Resources": how many, by reason. */
  readonly waitingFor: Readonly<Record<string, number>>;
  /** Those whose task has ended without their results, and why. */
  readonly failed: readonly FailedShard[];
  /**
   * Of those that are done, the ones whose list of what could not be used was changed, cut or removed since, and what to do. Where more than 10,000 are done,
   * a removed one is found by `mergeShards` alone.
   */
  readonly damaged: readonly FailedShard[];
  /** Those that were never given to Slurm. */
  readonly fresh: number;
  /** Slurm's numbers of the run's jobs, in order: what scancel takes. */
  readonly jobs: readonly string[];
}

/**
 * Says how a run stands that was given to Slurm: of the results that are there, of Slurm's queue, and of what its tasks said.
 *
 * @param folder - the run's.
 * @returns how many shards are done, run, wait and failed, and why.
 * @throws RsdixError FILE_NOT_FOUND where there is no run; MISSING_DEPENDENCY without Slurm's programs; PROCESS_FAILED with squeue's words where it fails;
 * FILE_CORRUPT.
 * @example
 * ```ts
 * import { slurmState } from "@rsdix/scale";
 * const nothing = await slurmState("/no/run").catch((error: { code: string }) => error.code);
 * if (nothing !== "FILE_NOT_FOUND") throw new Error("expected that there is no run");
 * ```
 * @see https://slurm.schedmd.com/squeue.html
 */
export async function slurmState(folder: string): Promise<SlurmState> {
  const run = await openShardRun(folder);
  const standing = await standingOf(run).catch(async (error: RsdixError) => {
    if (!["MISSING_DEPENDENCY", "PROCESS_FAILED"].includes(error.code)) throw error;
    const done = run.shards.length - (await run.pending()).length;
    return fail(error.code, `${error.message} Of its files, ${done} of ${run.shards.length} shards are done.`, error);
  });
  const { submissions, queue, running, waiting, lost, fresh } = standing;
  const waitingFor: Record<string, number> = {};
  for (const { state, reason } of queue.values()) if (state === "PENDING") waitingFor[reason] = (waitingFor[reason] ?? 0) + 1;
  const total = run.shards.length;
  return {
    total,
    done: total - running.length - waiting.length - lost.length - fresh.length,
    running: running.length,
    waiting: waiting.length,
    waitingFor,
    failed: await reasonsOf(standing),
    damaged: await damagedLists(run, resultsIn(join(folder, RESULTS))),
    fresh: fresh.length,
    jobs: submissions.flatMap(({ job }) => job ?? []),
  };
}
