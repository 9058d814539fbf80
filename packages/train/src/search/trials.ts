import { fail, show } from "@rsdix/internal";
import { checkSpace, type PointOf, type SearchPoint, type SearchSpace } from "./space";
import { SpaceCode } from "./space-code";

const ORIGINS = ["initial", "model", "grid"] as const;

/** A trial that has begun. */
export interface BegunTrial<Point = SearchPoint> {
  /** Number of the trial, from 1. */
  trial: number;
  /** What is tried. */
  parameters: Point;
  /** Where the point comes from: the first points of a search, the Gaussian process, or a grid. */
  origin: (typeof ORIGINS)[number];
}

interface Trial<Point> extends BegunTrial<Point> {
  /** Which kind of record. */
  type: "trial";
  /** Seconds that the trial took. */
  seconds: number;
}

/** A trial that gave a value. */
export interface DoneTrial<Point = SearchPoint> extends Trial<Point> {
  /** Whether it gave a value. */
  state: "done";
  /** What the objective gave. */
  value: number;
}

/** A trial that gave none. */
export interface FailedTrial<Point = SearchPoint> extends Trial<Point> {
  /** Whether it gave a value. */
  state: "failed";
  /** Why. */
  error: string;
}

/** One trial of a search; as a line of JSON it is what a search is resumed from. */
export type TrialRecord<Point = SearchPoint> = DoneTrial<Point> | FailedTrial<Point>;

/** What an objective is told besides its point. */
export interface TrialContext {
  /** Number of the trial, from 1. */
  trial: number;
  /** Where the point comes from. */
  origin: BegunTrial["origin"];
  /** Fires when the search is to stop. */
  signal: AbortSignal;
}

/** What is looked for the best of: a number for a point. What it throws, and a number that is not finite, make a failed trial. */
export type Objective<Point = SearchPoint> = (point: Point, context: TrialContext) => number | Promise<number>;

/** Throws on what is no objective. */
export function checkObjective(objective: unknown, where: string): void {
  if (typeof objective !== "function")
    fail("INVALID_ARGUMENT", `${where}: the objective must be a function of a point, got ${show(objective)}.`);
}

/** Runs one trial; undefined where the signal fired before it had a value. */
export async function runTrial<Point>(
  objective: Objective<Point>,
  { trial, parameters, origin }: BegunTrial<Point>,
  signal: AbortSignal,
): Promise<TrialRecord<Point> | undefined> {
  const began = performance.now();
  const base = () => ({ type: "trial", trial, parameters, origin, seconds: (performance.now() - began) / 1000 }) as const;
  let problem: string;
  try {
    const value = await objective({ ...parameters }, { trial, origin, signal });
    if (Number.isFinite(value)) return { ...base(), state: "done", value: value + 0 };
    problem = `The objective must give a finite number, got ${show(value)}.`;
  } catch (error) {
    problem = error instanceof Error ? error.message : show(error);
  }
  // What an interruption broke is no failure of the point, which is tried again on resuming.
  return signal.aborted ? undefined : { ...base(), state: "failed", error: problem };
}

/** The trials of an earlier run, and those that it had begun and not ended: each of them of the space, with a number of its own. */
export function checkEarlier(earlier: readonly TrialRecord[], begun: readonly BegunTrial[], code: SpaceCode, where: string): void {
  for (const [name, list] of Object.entries({ earlier, begun }))
    if (!Array.isArray(list)) fail("INVALID_ARGUMENT", `${where}: ${name} must be a list of trials, got ${show(list)}.`);
  const numbers = new Set<number>();
  for (const [i, record] of earlier.entries()) {
    const problem = problemOf(record, numbers, code);
    if (problem) fail("INVALID_ARGUMENT", `${where}: earlier[${i}] ${problem}.`);
  }
  for (const [i, trial] of begun.entries()) {
    const problem = problemOfBegun(trial, numbers, code);
    if (problem) fail("INVALID_ARGUMENT", `${where}: begun[${i}] ${problem}.`);
  }
}

/** What is wrong with a record; undefined for nothing, and its number is then taken. */
function problemOf(record: unknown, taken: Set<number>, code: SpaceCode): string | undefined {
  if (show(record) !== "[object Object]") return `must be a trial, got ${show(record)}`;
  const given = record as Record<string, unknown>;
  if (given.type !== "trial") return `must have the type "trial", got ${show(given.type)}`;
  if (given.state !== "done" && given.state !== "failed") return `must have the state "done" or "failed", got ${show(given.state)}`;
  if (given.state === "done" && !Number.isFinite(given.value)) return `must have a finite value, got ${show(given.value)}`;
  if (given.state === "failed" && typeof given.error !== "string") return `must have a text as its error, got ${show(given.error)}`;
  if (!Number.isFinite(given.seconds)) return `must have seconds, got ${show(given.seconds)}`;
  return problemOfBegun(record, taken, code);
}

/** What is wrong with a trial that has begun; undefined for nothing, and its number is then taken. */
export function problemOfBegun(trial: unknown, taken: Set<number>, code: SpaceCode): string | undefined {
  if (show(trial) !== "[object Object]") return `must be a trial, got ${show(trial)}`;
  const given = trial as Record<string, unknown>;
  const number = given.trial as number;
  if (!Number.isSafeInteger(number) || number < 1) return `must have a number from 1 on, got ${show(number)}`;
  if (taken.has(number)) return `must have a number of its own, and there was a trial ${number} before`;
  if (!ORIGINS.includes(given.origin as never)) return `must have an origin of ${ORIGINS.join(", ")}, got ${show(given.origin)}`;
  if (show(given.parameters) !== "[object Object]") return `must have parameters, got ${show(given.parameters)}`;
  const encoded = code.encode(given.parameters as Record<string, unknown>);
  if ("wrong" in encoded)
    return `was of another space: its parameter "${encoded.wrong}" is ${show((given.parameters as SearchPoint)[encoded.wrong])}`;
  taken.add(number);
  return undefined;
}

/**
 * The trials in a text of JSON lines, as a search wrote them: to be resumed from, or looked at. A last line that a killed process left half written is dropped.
 *
 * @param text The lines.
 * @param space The space that they are of.
 * @returns The trials, in the order in which they ended.
 * @throws FILE_CORRUPT for a line that is no trial, whose number was there before, or that is of another space; INVALID_ARGUMENT for what is no space, or no
 * text.
 * @example
 * ```ts
 * import { parseTrials } from "@rsdix/train";
 * const line = { type: "trial", trial: 1, parameters: { lr: 0.1 }, origin: "initial", seconds: 2, state: "done", value: 0.5 };
 * console.log(parseTrials(`${JSON.stringify(line)}\n`, { lr: { type: "continuous", min: 0, max: 1 } })); // [line]
 * ```
 * @see https://jsonlines.org
 */
export function parseTrials<const Space extends SearchSpace>(text: string, space: Space): TrialRecord<PointOf<Space>>[] {
  checkSpace(space, "parseTrials");
  if (typeof text !== "string") fail("INVALID_ARGUMENT", `parseTrials reads the text of trials, got ${show(text)}.`);
  const code = new SpaceCode(space);
  const lines = text.split("\n");
  const records: TrialRecord<PointOf<Space>>[] = [];
  const numbers = new Set<number>();
  for (const [i, line] of lines.entries()) {
    if (line.trim() === "") continue;
    let record: unknown;
    try {
      record = JSON.parse(line);
    } catch {
      if (i === lines.length - 1) break; // no line break after it: it was being written
      fail("FILE_CORRUPT", `Line ${i + 1} is no JSON. Take the line out, or start a new search in another folder.`);
    }
    const problem = problemOf(record, numbers, code);
    if (problem) fail("FILE_CORRUPT", `Line ${i + 1} ${problem}.`);
    records.push(record as TrialRecord<PointOf<Space>>);
  }
  return records;
}
