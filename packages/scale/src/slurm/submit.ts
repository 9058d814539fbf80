import { rm, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { checkRange, fail } from "@rsdix/internal";
import type { ShardRun } from "../shard-run";
import { mostTasks, slurm } from "./programs";
import { type Standing, standingOf } from "./standing";
import { atOnce, newSubmission, outputPath, recordPath, type Submission, tasksOf, writeSubmission } from "./submission";

/** How shards are given to Slurm. What isn't said here is as the cluster has it, or as sbatch's variables say (SBATCH_ACCOUNT, SBATCH_QOS, SBATCH_GRES). */
export interface SlurmOptions {
  /** Begins a task, which calls `runSlurmTask`: a program and its arguments, to which the path of the submission is added. */
  readonly command: readonly string[];
  /** The folder that it is begun in; the present one unless told otherwise. */
  readonly cwd?: string;
  /** The partition, or several with commas. */
  readonly partition?: string;
  /** How long a task may take, as Slurm writes it: "90" minutes, "2:00:00", "1-12". */
  readonly time?: string;
  /** A task's memory, as Slurm writes it: "8G". */
  readonly memory?: string;
  /** A task's cores. */
  readonly cpus?: number;
  /** Tasks that run at a time; as many as there is room for unless told otherwise. */
  readonly arrayLimit?: number;
  /** Shards that a task does at least, one after the other; 1 unless told otherwise, and more where the cluster's arrays are too small for all. */
  readonly shardsPerTask?: number;
}

/** What was given to Slurm. */
export interface SlurmSubmission {
  /** Slurm's number of the job; not there where there was nothing to submit. */
  readonly job?: string;
  /** Tasks of its array. */
  readonly tasks: number;
  /** Shards that it does. */
  readonly submitted: number;
  /** Shards that tasks of before run, or wait with. */
  readonly queued: number;
  /** Shards that are done. */
  readonly done: number;
  /** Shards of the run. */
  readonly total: number;
}

/**
 * Makes sure that Slurm's programs are here and its controller answers, for whoever has long work to do before shards can be submitted.
 *
 * @returns when it answers.
 * @throws RsdixError MISSING_DEPENDENCY without Slurm's programs, with what to do; PROCESS_FAILED with its words where no controller answers.
 * @example
 * ```ts
 * import { checkSlurm } from "@rsdix/scale";
 * const isThere = await checkSlurm().then(
 *   () => true,
 *   () => false,
 * );
 * console.log(isThere ? "sbatch may be used" : "no Slurm here");
 * ```
 * @see https://slurm.schedmd.com/scontrol.html
 */
export async function checkSlurm(): Promise<void> {
  await mostTasks();
}

/** How long a command may take from the note that it submits to the job's number. */
const SUBMITTING_MS = 60_000;

/**
 * Gives shards of a run to Slurm, as one array of tasks: those that aren't done, and aren't in its queue from before. It doesn't wait for them: `slurmState`
 * says how they stand, and the same call again submits those alone that have failed since.
 *
 * @param run - of `openShardRun`, in a folder that the cluster's nodes see under the same path.
 * @param options - `command`; `cwd`, `partition`, `time`, `memory`, `cpus`, `arrayLimit`, `shardsPerTask`.
 * @returns the job, and how many shards it does.
 * @throws RsdixError MISSING_DEPENDENCY without Slurm's programs; PROCESS_FAILED with Slurm's words where it refuses or doesn't answer, and where another
 * command submits at the same moment; INVALID_ARGUMENT; WRITE_FAILED; FILE_CORRUPT.
 * @example
 * ```ts
 * import { openShardRun, submitToSlurm } from "@rsdix/scale";
 * const run = await openShardRun("/no/run").catch(() => undefined);
 * if (run) await submitToSlurm(run, { command: [process.execPath, "task.mjs"], time: "2:00:00" }); // task.mjs calls runSlurmTask
 * ```
 * @see https://slurm.schedmd.com/sbatch.html; https://slurm.schedmd.com/job_array.html
 */
export async function submitToSlurm(run: ShardRun, options: SlurmOptions): Promise<SlurmSubmission> {
  const { command, arrayLimit, cpus, shardsPerTask = 1 } = options;
  if (!Array.isArray(command) || command.length === 0) fail("INVALID_ARGUMENT", "command must list a program and its arguments.");
  checkRange(shardsPerTask, "shardsPerTask", { min: 1, integer: true });
  for (const [name, value] of Object.entries({ arrayLimit, cpus }))
    if (value !== undefined) checkRange(value, name, { min: 1, integer: true });
  for (const name of ["partition", "time", "memory"] as const)
    if (options[name] === "") fail("INVALID_ARGUMENT", `${name} is empty: leave it out, and the cluster's own holds.`);

  if (resolve(run.folder).includes("\\"))
    fail(
      "INVALID_ARGUMENT",
      `Slurm reads backslashes in names of files otherwise: move the run to a folder without them, from ${run.folder}.`,
    );

  const most = await mostTasks();
  const standing = await standingOf(run);
  refuseAtOnce(standing);
  const { running, waiting, lost, fresh } = standing;
  const shards = [...lost.map(({ shard }) => shard), ...fresh].map(({ index }) => index).sort((a, b) => a - b);
  const total = run.shards.length;
  const queued = running.length + waiting.length;
  const counts = { submitted: shards.length, queued, done: total - queued - shards.length, total };
  if (shards.length === 0) return { tasks: 0, ...counts };
  const perTask = Math.max(shardsPerTask, Math.ceil(shards.length / most));
  const submission = await newSubmission(run, shards, perTask);
  const job = await submit(submission, options).catch(async (error) => {
    await rm(submission.folder, { recursive: true, force: true });
    throw error;
  });
  await writeSubmission({ ...submission, job });
  return { job, tasks: tasksOf(submission), ...counts };
}

/** A submission without a job is one of another command, which is at it; an old one is of a command that was killed, and Slurm has it or not. */
function refuseAtOnce({ submissions, queue }: Standing): void {
  const names = new Set([...queue.keys()].map((key) => key.slice(0, key.lastIndexOf("/"))));
  const other = submissions.find(({ job, name, time }) => job === undefined && !names.has(name) && Date.now() - time < SUBMITTING_MS);
  if (other) fail("PROCESS_FAILED", atOnce(other.folder));
}

async function submit(submission: Submission, options: SlurmOptions): Promise<string> {
  const { folder, name } = submission;
  const { partition, time, memory, cpus, arrayLimit } = options;
  await writeSubmission(submission); // a task may begin before sbatch has said the job's number
  const script = join(folder, "task.sh");
  await writeFile(script, scriptOf(submission, options)).catch((error: Error) =>
    fail("WRITE_FAILED", `${script} cannot be written: ${error.message}.`, error),
  );
  const given = Object.entries({ partition, time, mem: memory, "cpus-per-task": cpus }).flatMap(([flag, value]) =>
    value === undefined ? [] : [`--${flag}=${value}`],
  );
  const array = `--array=0-${tasksOf(submission) - 1}${arrayLimit === undefined ? "" : `%${arrayLimit}`}`;
  const said = await slurm(
    "sbatch",
    // A node that fails gives its tasks to others.
    [
      "--parsable",
      "--requeue",
      "--open-mode=append",
      `--job-name=${name}`,
      `--output=${outputPath(folder.replaceAll("%", "%%"), "%a")}`,
      array,
      ...given,
      script,
    ],
    "Nothing was submitted: change what it names, and run the same command again.",
  );
  const job = /^\d+/.exec(said.trim().split("\n").at(-1)!)?.[0];
  return (
    job ??
    fail("PROCESS_FAILED", `sbatch should have said the job's number, and said ${JSON.stringify(said)}. Look for ${name} with squeue.`)
  );
}

/** What Slurm runs in each task. It shares out cores, and a program would take all that the node has. */
function scriptOf({ folder }: Submission, { command, cwd = process.cwd() }: SlurmOptions): string {
  const words = [...command, recordPath(folder)].map(quoted).join(" ");
  return [
    "#!/bin/sh",
    "# Does some of a run's shards: written for sbatch, which has it run as an array of tasks.",
    `cd ${quoted(resolve(cwd))} || exit 1`,
    // biome-ignore lint/suspicious/noTemplateCurlyInString: it is the shell's
    'export RSDIX_THREADS="${RSDIX_THREADS:-${SLURM_CPUS_PER_TASK:-${SLURM_CPUS_ON_NODE:-1}}}"',
    `exec ${words}`,
    "",
  ].join("\n");
}

/** A word as a shell takes it. */
const quoted = (word: string) => `'${word.replaceAll("'", "'\\''")}'`;
