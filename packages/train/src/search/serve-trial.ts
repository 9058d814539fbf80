import { existsSync } from "node:fs";
import { mkdir, readFile, rm } from "node:fs/promises";
import { basename, dirname } from "node:path";
import { writeFileAtomic } from "@rsdix/data/node";
import { fail, type RsdixError } from "@rsdix/internal";
import type { RedisTask } from "@rsdix/scale";
import { BEAT_MS, claimTrial } from "./trial-claim";
import { begunFile } from "./trial-files";
import { bestValidation, UnknownMetric } from "./trial-loss";
import { CannotStart, runTrialProcess } from "./trial-process";
import { type RemoteResult, type RemoteTrial, resultFile } from "./trial-remote";

/** How a worker runs trials. */
export interface ServeTrialOptions {
  /** This program, and its file. */
  readonly program: readonly string[];
  /** Whether programs of grid files are run. */
  readonly ownCommands: boolean;
  /** Threads of the native backend. */
  readonly threads?: number;
  /** Ends the worker. */
  readonly signal: AbortSignal;
  /** How often it says that it is there, in milliseconds. */
  readonly beatMs?: number;
}

/**
 * Runs a trial for the search that has asked for it, and writes what came of it, unless the search has given it up, or another worker has it.
 *
 * @returns whether it was run, to a value or a failure.
 */
export async function serveTrial({ id, results, task }: RedisTask, options: ServeTrialOptions): Promise<boolean> {
  const trial = checked(task);
  const { folder } = trial;
  if (results !== resultFile(folder, id)) fail("INVALID_ARGUMENT", `A trial's results go to ${resultFile(folder, id)}, not to ${results}.`);
  if (!existsSync(dirname(folder))) fail("FILE_NOT_FOUND", `${dirname(folder)}, the search's folder, is not there on this machine.`);
  const isOver = async () => existsSync(results) || !(await isAsked(folder, id));
  const claim = await claimTrial(`${folder}.claim`, async () => options.signal.aborted || (await isOver()), options.beatMs);
  if (!claim) return false;
  const over = new AbortController();
  const timer = setInterval(async () => {
    if (await isOver()) over.abort(new Error("the search has given the trial up"));
  }, options.beatMs ?? BEAT_MS);
  const signal = AbortSignal.any([options.signal, claim.lost, over.signal]);
  try {
    const result = await resultOf(trial, options, signal);
    if (signal.aborted || !(await claim.isOurs())) return false;
    await writeFileAtomic(results, JSON.stringify(result));
    return !("broken" in result);
  } finally {
    clearInterval(timer);
    await claim.release();
  }
}

async function resultOf(
  { folder, args, own, metric, mode, cwd }: RemoteTrial,
  { program, ownCommands, threads }: ServeTrialOptions,
  signal: AbortSignal,
): Promise<RemoteResult> {
  if (own && !ownCommands) return { broken: "its worker runs no program of a grid file; rsdix worker --own-commands does" };
  if (!own && args[0] !== "fit") return { broken: `a worker runs rsdix fit, and was asked for ${JSON.stringify(args[0] ?? "nothing")}` };
  try {
    await rm(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
    await mkdir(folder);
    const command = own ? args : [...program, ...args];
    await runTrialProcess(command, { output: `${folder}.log`, signal, cwd, ...(threads !== undefined && { threads }) });
    return { value: await bestValidation(folder, metric, mode) };
  } catch (error) {
    const { message, code } = error as RsdixError;
    if (error instanceof CannotStart || code === "WRITE_FAILED") return { broken: message };
    return { failed: message, ...(error instanceof UnknownMetric && { lacksMetric: true }) };
  }
}

/** Whether the search still waits for it: the trial's file has its name. What can't be read now may be there. */
async function isAsked(folder: string, id: string): Promise<boolean> {
  try {
    return (JSON.parse(await readFile(begunFile(folder), "utf8")) as { job?: unknown }).job === id;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== "ENOENT";
  }
}

/** A task that is a trial. The folder is emptied before: it must be one of a search, whose file beside it is then looked for. */
function checked(task: object): RemoteTrial {
  const { kind, folder, args, own, metric, mode = "min", cwd } = task as Partial<RemoteTrial>;
  const isTrial =
    kind === "trial" &&
    typeof folder === "string" &&
    /^trial-\d{3,}$/.test(basename(folder)) &&
    Array.isArray(args) &&
    args.every((each) => typeof each === "string") &&
    typeof own === "boolean" &&
    typeof metric === "string" &&
    (mode === "min" || mode === "max") && // none of a search that began before there was one
    typeof cwd === "string";
  if (!isTrial) fail("INVALID_ARGUMENT", "A worker does shards and trials of searches, and was asked for something else.");
  return { kind: "trial", folder: folder!, args: args!, own: own!, metric: metric!, mode, cwd: cwd! };
}
