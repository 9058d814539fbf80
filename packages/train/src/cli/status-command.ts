import { type SlurmState, slurmState } from "@rsdix/scale";
import type { Command } from "commander";
import type { CliSession } from "./session";

/** `status`: how a run stands that was given to Slurm. */
export function addStatus(program: Command, session: CliSession): void {
  program
    .command("status")
    .description(
      "Says how a run in shards or parts stands that was given to Slurm (--on slurm): what is done, of its files; what runs and waits, and for what, of Slurm's " +
        "queue; and why shards failed; whether a list of what could not be used was changed or removed since. The command that began the run, given again, submits these.",
    )
    .argument("<folder>", "the run's: the --out-path of what is done in shards or parts")
    .option("--json", "says it as JSON")
    .addHelpText("after", "\nExample:\n  $ rsdix status tiles")
    .action(async (folder: string, { json }: { json?: boolean }) => {
      const state = await slurmState(folder);
      session.print(json ? JSON.stringify(state) : stateText(state));
    });
}

/** Lines that say how the run stands. */
export function stateText({ total, done, running, waiting, waitingFor, failed, damaged, fresh, jobs }: SlurmState): string {
  const n = (value: number) => value.toLocaleString("en");
  const why = Object.entries(waitingFor)
    .sort(([, a], [, b]) => b - a)
    .map(([reason, tasks]) => `${reason}: ${n(tasks)} tasks`);
  const line = [
    `${n(done)} of ${n(total)} shards are done`,
    `${n(running)} run`,
    `${n(waiting)} wait${why.length > 0 ? ` (${why.join(", ")})` : ""}`,
    `${n(failed.length)} failed`,
    ...(fresh > 0 ? [`${n(fresh)} were never submitted`] : []),
  ].join(", ");
  return [
    line,
    ...failed.map(({ name, reason }) => `failed: ${name}: ${reason}`),
    ...damaged.map(({ name, reason }) => `damaged: ${name}: ${reason}`),
    ...(jobs.length > 0 && running + waiting > 0 ? [`to stop them: scancel ${jobs.join(" ")}`] : []),
  ].join("\n");
}
