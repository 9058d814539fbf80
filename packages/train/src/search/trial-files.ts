import { readdir, readFile, rm } from "node:fs/promises";
import { basename, join } from "node:path";
import { writeFileAtomic } from "@rsdix/data/node";
import type { SearchSpace } from "./space";
import { SpaceCode } from "./space-code";
import { type BegunTrial, problemOfBegun, type TrialRecord } from "./trials";

/** A trial as its file says it for as long as it has no result. */
export interface BegunFile extends BegunTrial {
  /** What the trial is called elsewhere, where it was asked of others. */
  readonly job?: string;
}

const BEGUN = /^trial-\d{3,}\.json$/;

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

/** Notes that a trial has its result: beside its folder and its output nothing is left, not even of a worker that was killed while it wrote. */
export async function removeBegun(out: string, trial: number): Promise<void> {
  const folder = trialFolder(out, trial);
  const isOver = (name: string) =>
    name.startsWith(`${basename(folder)}.`) && /^\.(json$|claim|[\da-f-]{36}\.result)/.test(name.slice(basename(folder).length));
  for (const name of (await readdir(out)).filter(isOver)) await rm(join(out, name), { force: true });
}

/** The trials that had begun when a search was stopped, and belong to it; the others' files are taken away. */
export async function readBegun(
  out: string,
  { kind, space, ended, most }: { kind: "bayes" | "grid"; space: SearchSpace; ended: readonly TrialRecord[]; most: number },
): Promise<BegunFile[]> {
  const code = new SpaceCode(space);
  const taken = new Set(ended.map(({ trial }) => trial));
  const keys = new Set(ended.map(({ parameters }) => code.key(parameters)));
  const begun: BegunFile[] = [];
  for (const name of (await readdir(out)).filter((each) => BEGUN.test(each)).sort()) {
    const found = parse(await readFile(join(out, name), "utf8"));
    const isOurs = begun.length < most && problemOfBegun(found, taken, code) === undefined;
    const trial = found as BegunFile;
    if (isOurs && (trial.origin === "grid") === (kind === "grid") && !keys.has(code.key(trial.parameters))) {
      keys.add(code.key(trial.parameters));
      begun.push(trial);
    } else await rm(join(out, name), { force: true });
  }
  return begun.sort((a, b) => a.trial - b.trial);
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
