import { readdir, readFile, rm } from "node:fs/promises";
import { basename, join } from "node:path";
import { writeFileAtomic } from "@rsdix/data/node";
import { fail } from "@rsdix/internal";
import { tryJson } from "../try-json";
import type { SearchSpace } from "./space";
import { SpaceCode } from "./space-code";
import { type BegunTrial, problemOfBegun, type TrialRecord } from "./trials";

/** A trial as its file says it for as long as it has no result. */
export interface BegunFile extends BegunTrial {
  /** What the trial is called elsewhere, where it was asked of others. */
  readonly job?: string;
}

const BEGUN = /^trial-\d{3,}\.json$/;
/** What a trial's beginning takes the place of. */
const OF_TRIAL = /^(trial-\d{3,})(\.json|\.log)?$/;

/** What workers write beside a trial's folder: who has it, and what came of it. */
const OF_WORKERS = /^(trial-\d{3,})\.(?:claim|[\da-f-]{36}\.result)/;

/** A trial's own folder. */
export function trialFolder(out: string, trial: number): string {
  return join(out, `trial-${String(trial).padStart(3, "0")}`);
}

/** The file that says that a trial has begun, beside its folder. */
export const begunFile = (folder: string) => `${folder}.json`;

/** Notes that a trial has begun: whoever goes on with the search begins it again, with the same parameters. */
export async function writeBegun(out: string, { trial, parameters, origin, job }: BegunFile): Promise<void> {
  const text = JSON.stringify({ trial, parameters, origin, ...(job !== undefined && { job }) });
  await writeFileAtomic(begunFile(trialFolder(out, trial)), `${text}\n`);
}

/**
 * Notes that a trial has its result: beside its folder and its output nothing is left, not even of a worker that was killed while it wrote. What says that it
 * is asked for goes first: a worker that finds that, and no result, begins it.
 */
export async function removeBegun(out: string, trial: number): Promise<void> {
  const folder = trialFolder(out, trial);
  await rm(begunFile(folder), { force: true });
  await removeLeft(out, new Set([basename(folder)]));
}

/** Removes what workers left of trials that are over. */
async function removeLeft(out: string, trials: ReadonlySet<string>): Promise<void> {
  for (const name of await readdir(out)) {
    const trial = OF_WORKERS.exec(name)?.[1];
    if (trial !== undefined && trials.has(trial)) await rm(join(out, name), { force: true });
  }
}

/**
 * Refuses a search's folder in which something is called as a trial's is and is none: the trial would take its place. A trial is one that has ended, or whose
 * file says that it has begun.
 */
export async function checkTrialFolders(out: string, ended: readonly TrialRecord[]): Promise<void> {
  const own = new Set([...ended, ...(await filesIn(out))].map(({ trial }) => basename(trialFolder(out, trial))));
  const stranger = (await readdir(out)).sort().find((name) => {
    const trial = OF_TRIAL.exec(name)?.[1];
    return trial !== undefined && !own.has(trial);
  });
  if (stranger !== undefined)
    fail(
      "INVALID_ARGUMENT",
      `${join(out, stranger)} is called as a trial's is, and no search has said that it is one: move it away, or give another --out.`,
    );
}

/**
 * The trials that had begun when a search was stopped, and belong to it. Of the others' files those stay that say whose a folder is; nobody is asked for them.
 */
export async function readBegun(
  out: string,
  { kind, space, ended, most }: { kind: "bayes" | "grid"; space: SearchSpace; ended: readonly TrialRecord[]; most: number },
): Promise<BegunFile[]> {
  const code = new SpaceCode(space);
  const isEnded = new Set(ended.map(({ trial }) => trial));
  const taken = new Set(isEnded);
  const keys = new Set(ended.map(({ parameters }) => code.key(parameters)));
  const begun: BegunFile[] = [];
  for (const found of await filesIn(out)) {
    const isOurs = begun.length < most && problemOfBegun(found, taken, code) === undefined;
    if (isOurs && (found.origin === "grid") === (kind === "grid") && !keys.has(code.key(found.parameters))) {
      keys.add(code.key(found.parameters));
      begun.push(found);
    } else if (isEnded.has(found.trial)) await rm(begunFile(trialFolder(out, found.trial)), { force: true });
    else await writeBegun(out, { trial: found.trial, parameters: found.parameters, origin: found.origin }); // without the job
  }
  await removeLeft(out, new Set([...isEnded].map((trial) => basename(trialFolder(out, trial))))); // after the files that ask for them, as `removeBegun`
  return begun.sort((a, b) => a.trial - b.trial);
}

/** The files that say of a trial that it has begun; of one that is somebody else's only the name may be such. */
async function filesIn(out: string): Promise<BegunFile[]> {
  const files: BegunFile[] = [];
  for (const name of (await readdir(out)).filter((each) => BEGUN.test(each)).sort()) {
    const found = tryJson(await readFile(join(out, name), "utf8").catch(() => "")) as BegunFile | null | undefined;
    if (Number.isSafeInteger(found?.trial) && begunFile(trialFolder(out, found!.trial)) === join(out, name)) files.push(found!);
  }
  return files;
}
