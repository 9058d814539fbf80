import { existsSync } from "node:fs";
import { rm } from "node:fs/promises";
import { writeFileAtomic } from "@rsdix/data/node";
import { fail } from "@rsdix/internal";
import { shardCount } from "../plan";
import { shardFiles } from "../run-files";
import { isFinal, type RunShardsOptions, runShards, type ShardSummary } from "../run-shards";
import type { ShardRun } from "../shard-run";
import type { ShardWork } from "../shard-work";
import { failurePath, readSubmission, tasksOf } from "./submission";

/**
 * Does, in a task of Slurm's array, the shards that are this task's: what the program calls that `submitToSlurm` names. A shard that fails is written down with
 * the reason, and the next one is done.
 *
 * @param run - the same run as that of `submitToSlurm`.
 * @param work - gives a shard's results.
 * @param submission - the path that the program was given as its last argument.
 * @param options - `onProgress`, `signal`.
 * @returns how many of the task's shards are done, and which failed, with reasons.
 * @throws RsdixError INVALID_ARGUMENT where this is no task of an array; FILE_NOT_FOUND; FILE_CORRUPT; ABORTED; WRITE_FAILED, OUT_OF_MEMORY and DEVICE_LOST,
 * after which no other shard would go better.
 * @example
 * ```ts
 * import { openShardRun, runSlurmTask } from "@rsdix/scale";
 * const [folder, submission] = process.argv.slice(2);
 * if (folder && submission && process.env.SLURM_ARRAY_TASK_ID) {
 *   const work = async function* ({ name }: { name: string }) {
 *     yield { id: name, file: `${name}.png`, values: { caption: "a lake" } };
 *   };
 *   const { failed } = await runSlurmTask(await openShardRun(folder), work, submission);
 *   if (failed.length > 0) process.exitCode = 1;
 * }
 * ```
 * @see https://slurm.schedmd.com/job_array.html
 */
export async function runSlurmTask(
  run: ShardRun,
  work: ShardWork,
  submission: string,
  options: RunShardsOptions = {},
): Promise<ShardSummary> {
  const task = process.env.SLURM_ARRAY_TASK_ID ?? "";
  if (!/^\d+$/.test(task))
    fail("INVALID_ARGUMENT", "This is no task of Slurm's: SLURM_ARRAY_TASK_ID says which one it is. submitToSlurm begins tasks.");
  const given = await readSubmission(submission, shardCount(run.plan));
  if (!given) return fail("FILE_NOT_FOUND", `${submission} is not there: it was not submitted, or the run's folder was removed since.`);
  if (Number(task) >= tasksOf(given))
    fail("INVALID_ARGUMENT", `${submission} has ${tasksOf(given)} tasks, and this is task ${task}: it was submitted otherwise.`);
  const first = Number(task) * given.perTask;
  const mine = new Set(given.shards.slice(first, first + given.perTask));
  const part: ShardRun = {
    ...run,
    shards: run.shards.filter(({ index }) => mine.has(index)),
    pending: async () => (await run.pending()).filter(({ index }) => mine.has(index)),
    async run(shard, doShard, signal) {
      if (existsSync(shardFiles(run.folder, shard).results)) return { shard, rows: 0, bad: 0 }; // Slurm had it done on another node, too
      const failure = failurePath(given.folder, shard);
      await rm(failure, { force: true });
      try {
        return await run.run(shard, doShard, signal);
      } catch (error) {
        if (!isFinal(error)) await writeFileAtomic(failure, (error as Error).message);
        throw error;
      }
    },
  };
  return runShards(part, work, options);
}
