import { randomUUID } from "node:crypto";
import { readFile, rm } from "node:fs/promises";
import { basename, resolve } from "node:path";
import { fail } from "@rsdix/internal";
import type { RedisTasks } from "@rsdix/scale";
import type { Mode } from "../fit/better";
import type { TrialCommand } from "./trial-command";
import { type BegunFile, writeBegun } from "./trial-files";
import { UnknownMetric } from "./trial-loss";
import type { TrialRunner } from "./trial-objective";
import { CannotStart } from "./trial-process";

/** A trial as a worker is asked for it. */
export interface RemoteTrial {
  /** Which kind of task. */
  readonly kind: "trial";
  /** The trial's folder, in full. */
  readonly folder: string;
  /** The arguments of this program, or the grid file's own program with its arguments. */
  readonly args: readonly string[];
  /** Whether it is the grid file's own program. */
  readonly own: boolean;
  /** The number that counts. */
  readonly metric: string;
  /** Whether its lowest value does, or its highest. */
  readonly mode: Mode;
  /** Where relative paths are meant. */
  readonly cwd: string;
}

/** What comes of it: a value; a failure of the point, or that its validations don't have the metric; or why no trial can be run. */
export type RemoteResult =
  | { readonly value: number }
  | { readonly failed: string; readonly lacksMetric?: boolean }
  | { readonly broken: string };

/** Where a worker writes what came of a trial. */
export const resultFile = (folder: string, id: string) => `${folder}.${id}.result`;

/** What a search on a Redis knows. */
interface RemoteOptions {
  readonly out: string;
  readonly metric: string;
  readonly mode: Mode;
  /** Whether the grid file has a command of its own. */
  readonly own: boolean;
  /** What an earlier run had asked for, and is asked for still. */
  readonly begun: readonly BegunFile[];
}

/** Has trials run by the workers of a Redis. A stopped trial's file no longer has its name, by which a worker that is at it knows that it may end. */
export function runRemote(tasks: RedisTasks, command: TrialCommand, { out, metric, mode, own, begun }: RemoteOptions): TrialRunner {
  return async (trial, folder, signal) => {
    const job = begun.find((each) => each.trial === trial.trial)?.job ?? randomUUID();
    const place = resolve(folder);
    const results = resultFile(place, job);
    await writeBegun(out, { ...trial, job });
    const task: RemoteTrial = {
      ...{ kind: "trial", folder: place, args: command(trial.parameters, place), own, metric, mode, cwd: process.cwd() },
    };
    const failure = await tasks
      .run({ id: job, name: `${basename(resolve(out))}, trial ${trial.trial}`, results, task }, signal)
      .catch(async (error: Error) => {
        await writeBegun(out, trial);
        throw error;
      });
    if (failure?.stalled) fail("PROCESS_FAILED", `The trial's workers died, several of them: ${failure.reason}`);
    if (failure) throw new CannotStart(`No worker can run trial ${trial.trial}: ${failure.reason}`);
    // The results go after the file that says who is asked: a worker that finds itself asked, and no results, begins anew.
    const result = JSON.parse(await readFile(results, "utf8")) as RemoteResult;
    if ("value" in result) return result.value;
    if ("failed" in result && !result.lacksMetric) return fail("PROCESS_FAILED", result.failed);
    await writeBegun(out, trial); // it is to be asked for anew, in the folder that it has
    await rm(results, { force: true });
    if ("failed" in result) throw new UnknownMetric(result.failed);
    throw new CannotStart(`No worker can run trial ${trial.trial}: ${result.broken}`);
  };
}
