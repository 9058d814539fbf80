import { type ShardRun, type SlurmOptions, type SlurmSubmission, submitToSlurm } from "@rsdix/scale";
import type { Command } from "commander";
import { shellWord } from "../shell-word";
import { refuseIdle } from "./idle-flags";
import type { CliSession } from "./session";
import { positiveNumber } from "./values";
import { withoutFlags } from "./without-flags";

/** Flags that say how shards are given to Slurm. */
export type SlurmFlags = Omit<SlurmOptions, "command" | "cwd">;

/** Their names. */
export const SLURM_FLAGS = ["--partition", "--time", "--memory", "--cpus", "--array-limit", "--shards-per-task"];

/** Adds the flags of {@link SlurmFlags}. */
export function addSlurmFlags(command: Command): Command {
  return command
    .option(
      "--partition <name>",
      "of --on slurm, the partition (the cluster's own); what has no flag here is given as sbatch's SBATCH_ACCOUNT",
    )
    .option("--time <limit>", 'how long a task may take, as Slurm writes it: "90" minutes, "2:00:00" (the partition\'s)')
    .option("--memory <size>", "a task's memory: \"8G\" (the cluster's own)")
    .option("--cpus <number>", "a task's cores (the cluster's own: 1 as a rule)", positiveNumber)
    .option("--array-limit <tasks>", "tasks that run at a time (as many as there is room for)", positiveNumber)
    .option(
      "--shards-per-task <number>",
      "shards that a task does with the model that it has loaded (1, or what arrays have room for)",
      positiveNumber,
    );
}

/** Refuses flags that would do nothing. */
export function checkSlurmFlags({ on }: { readonly on?: string }, command: Command): void {
  if (on === "slurm") refuseIdle(command, { "with --on slurm: --array-limit says how many tasks run at a time": ["--jobs"] });
  else refuseIdle(command, { "without --on slurm": SLURM_FLAGS });
}

/** Gives the run's shards to Slurm, to be done by this very command, and says what was given. */
export async function onSlurm(
  run: ShardRun,
  { outPath, json, partition, time, memory, cpus, arrayLimit, shardsPerTask }: SlurmFlags & { outPath: string; json?: boolean },
  session: CliSession,
  next?: string,
): Promise<void> {
  const options = Object.fromEntries(
    Object.entries({ partition, time, memory, cpus, arrayLimit, shardsPerTask }).filter(([, value]) => value !== undefined),
  );
  const args = withoutFlags(process.argv.slice(2), ["--on", ...SLURM_FLAGS]);
  const command = [process.execPath, process.argv[1]!, ...args, "--slurm-task"]; // whose value is added
  const submission = await submitToSlurm(run, { ...options, command });
  session.print(json ? JSON.stringify({ ...submission, out: outPath }) : submissionText(submission, outPath, next));
}

/** What was given to Slurm, in words; `next` says what the command does when all are done, where it does more. */
export function submissionText({ job, tasks, submitted, queued, done, total }: SlurmSubmission, out: string, next?: string): string {
  const n = (value: number) => value.toLocaleString("en");
  const stands = `${n(done)} of ${n(total)} shards are done`;
  const others = queued > 0 ? `, ${n(queued)} are in Slurm's queue from before` : "";
  const how = `How they stand: rsdix status ${shellWord(out)}${next === undefined ? "" : `; when all are done, ${next}`}`;
  if (job !== undefined) return `${n(submitted)} shards were given to Slurm: job ${job}, of ${n(tasks)} tasks; ${stands}${others}. ${how}`;
  return `Nothing was left to give to Slurm: ${stands}${others}. ${queued > 0 ? how : `All in one file: rsdix merge ${shellWord(out)}`}`;
}
