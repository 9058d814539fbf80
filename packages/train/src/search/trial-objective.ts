import { readdir, rm, stat } from "node:fs/promises";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { makeFolders } from "@rsdix/data/node";
import { fail, type RsdixError } from "@rsdix/internal";
import type { CliSession } from "../cli/session";
import type { Mode } from "../fit/better";
import { RUN_FILES } from "../recipes/run-folder";
import { lockRun } from "../recipes/run-lock";
import { BEAT_MS, claimEnds } from "./trial-claim";
import { flagsOf, type TrialCommand } from "./trial-command";
import { trialFolder, writeBegun } from "./trial-files";
import { bestValidation, UnknownMetric } from "./trial-loss";
import { CannotStart, runTrialProcess } from "./trial-process";
import type { BegunTrial, Objective } from "./trials";

/** Runs a trial in its folder, and gives its value. */
export type TrialRunner = (trial: BegunTrial, folder: string, signal: AbortSignal) => Promise<number>;

/** An objective that has trials run, says how they go, and keeps what a search is gone on with; `broken` is why no trial can be run at all. */
export function trialObjective(
  runTrial: TrialRunner,
  {
    out,
    total,
    proven,
    session,
  }: {
    readonly out: string;
    readonly total: number;
    /** Whether a trial has had the metric. */
    readonly proven: boolean;
    readonly session: CliSession;
  },
): { run: Objective; broken?: Error } {
  const running = new Map<number, { readonly began: number; readonly parameters: BegunTrial["parameters"] }>();
  const show = () => {
    const [[trial, first] = []] = running;
    if (!first) return;
    const seconds = Math.round((performance.now() - first.began) / 1000);
    const numbers = [...running.keys()];
    session.progress(
      numbers.length === 1
        ? `trial ${trial} of ${total}, ${seconds} s: ${flagsOf(first.parameters).join(" ")}`
        : `trials ${numbers.slice(0, -1).join(", ")} and ${numbers.at(-1)} of ${total}, ${seconds} s`,
    );
  };
  let isMetric = proven;
  const objective: { run: Objective; broken?: Error } = {
    async run(parameters, { trial, origin, signal }) {
      running.set(trial, { began: performance.now(), parameters });
      show();
      const timer = setInterval(show, 1000);
      try {
        const value = await runTrial({ trial, parameters, origin }, trialFolder(out, trial), signal);
        isMetric = true;
        return value;
      } catch (error) {
        const isNoPoints = error instanceof CannotStart || (error instanceof UnknownMetric && !isMetric);
        if (isNoPoints || (error as RsdixError).code === "WRITE_FAILED") objective.broken ??= error as Error;
        throw error;
      } finally {
        clearInterval(timer);
        running.delete(trial);
      }
    },
  };
  return objective;
}

/** Runs trials on this machine, a process each; where there are several at a time, they share its cores. */
export function runHere(
  command: TrialCommand,
  { out, metric, mode, parallel }: { out: string; metric: string; mode: Mode; parallel: number },
): TrialRunner {
  const threads = parallel > 1 ? Math.max(1, Math.floor(availableParallelism() / parallel)) : undefined;
  return async (trial, folder, signal) => {
    await writeBegun(out, trial);
    await removeStopped(folder, signal);
    await makeFolders(folder).catch((error: Error) => fail("WRITE_FAILED", `Cannot make ${folder}: ${error.message}.`, error));
    await runTrialProcess(command(trial.parameters, folder), {
      output: `${folder}.log`,
      signal,
      ...(threads !== undefined && { threads }),
    });
    return bestValidation(folder, metric, mode);
  };
}

/** Takes away what a trial has left that was stopped; refuses where it still runs. */
async function removeStopped(folder: string, signal: AbortSignal): Promise<void> {
  const claim = `${folder}.claim`; // of a worker, who knows by the trial's file that it may end
  const ended = await claimEnds(claim, BEAT_MS, async () => signal.aborted);
  if (ended === "over") fail("ABORTED", `${folder} was not begun anew: a worker has it that did not give it back yet.`, signal.reason);
  if (ended === "dead") await rm(claim, { force: true });
  const names = await readdir(folder).catch(() => []);
  for (const name of names) {
    const isRun = await stat(join(folder, name, RUN_FILES.lock)).catch(() => undefined);
    if (isRun) await (await lockRun(join(folder, name)))();
  }
  await rm(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 }).catch((error: Error) =>
    fail("WRITE_FAILED", `${folder}, of a trial that was stopped, cannot be removed: ${error.message}. Does it still run?`, error),
  );
}
