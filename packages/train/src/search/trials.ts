import { fail, show } from "@rsdix/internal";
import { checkSpace, type PointOf, type SearchPoint, type SearchSpace } from "./space";
import { SpaceCode } from "./space-code";

const ORIGINS = ["initial", "model", "grid"] as const;

interface Trial<Point> {
  /** Which kind of record. */
  type: "trial";
  /** Number of the trial, from 1. */
  trial: number;
  /** What was tried. */
  parameters: Point;
  /** Where the point comes from: the first points of a search, the Gaussian process, or a grid. */
  origin: (typeof ORIGINS)[number];
  /** Seconds that the trial took. */
  seconds: number;
}

/** A trial that gave a value. */
export interface DoneTrial<Point = SearchPoint> extends Trial<Point> {
  /** Whether it gave a value. */
  state: "done";
  /** What is minimised. */
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
  /** Fires when the search is to stop. */
  signal: AbortSignal | undefined;
}

/** What is minimised: a number for a point. What it throws, and a number that is not finite, make a failed trial. */
export type Objective<Point = SearchPoint> = (point: Point, context: TrialContext) => number | Promise<number>;

/** Throws on what can't be minimised. */
export function checkObjective(objective: unknown, where: string): void {
  if (typeof objective !== "function")
    fail("INVALID_ARGUMENT", `${where}: the objective must be a function of a point, got ${show(objective)}.`);
}

/** Runs one trial; throws only ABORTED, when the signal fired. */
export async function runTrial<Point>(
  objective: Objective<Point>,
  { trial, parameters, origin }: Pick<Trial<Point>, "trial" | "parameters" | "origin">,
  signal: AbortSignal | undefined,
): Promise<TrialRecord<Point>> {
  const began = performance.now();
  const base = () => ({ type: "trial", trial, parameters, origin, seconds: (performance.now() - began) / 1000 }) as const;
  let problem: string;
  try {
    const value = await objective({ ...parameters }, { trial, signal });
    if (Number.isFinite(value)) return { ...base(), state: "done", value: value + 0 };
    problem = `The objective must give a finite number, got ${show(value)}.`;
  } catch (error) {
    problem = error instanceof Error ? error.message : show(error);
  }
  // What an interruption broke is no failure of the point, which is tried again on resuming.
  if (signal?.aborted) stop(trial - 1, signal);
  return { ...base(), state: "failed", error: problem };
}

/** Throws ABORTED. */
export function stop(done: number, signal: AbortSignal): never {
  fail("ABORTED", `The search was stopped after ${done} ${done === 1 ? "trial" : "trials"}.`, signal.reason);
}

/** The trials of an earlier run, each of them of the space. */
export function checkEarlier(earlier: readonly TrialRecord[], code: SpaceCode, where: string): void {
  if (!Array.isArray(earlier)) fail("INVALID_ARGUMENT", `${where}: earlier must be a list of trials, got ${show(earlier)}.`);
  for (const [i, record] of earlier.entries()) {
    const problem = problemOf(record, i + 1, code);
    if (problem) fail("INVALID_ARGUMENT", `${where}: earlier[${i}] ${problem}.`);
  }
}

/** What is wrong with a record; undefined for nothing. */
function problemOf(record: unknown, trial: number, code: SpaceCode): string | undefined {
  if (show(record) !== "[object Object]") return `must be a trial, got ${show(record)}`;
  const given = record as Record<string, unknown>;
  if (given.type !== "trial") return `must have the type "trial", got ${show(given.type)}`;
  if (given.trial !== trial) return `must be trial ${trial}, got ${show(given.trial)}: trials are kept in order, none left out`;
  if (given.state !== "done" && given.state !== "failed") return `must have the state "done" or "failed", got ${show(given.state)}`;
  if (given.state === "done" && !Number.isFinite(given.value)) return `must have a finite value, got ${show(given.value)}`;
  if (given.state === "failed" && typeof given.error !== "string") return `must have a text as its error, got ${show(given.error)}`;
  if (!Number.isFinite(given.seconds)) return `must have seconds, got ${show(given.seconds)}`;
  if (!ORIGINS.includes(given.origin as never)) return `must have an origin of ${ORIGINS.join(", ")}, got ${show(given.origin)}`;
  if (show(given.parameters) !== "[object Object]") return `must have parameters, got ${show(given.parameters)}`;
  const encoded = code.encode(given.parameters as Record<string, unknown>);
  if ("wrong" in encoded)
    return `was of another space: its parameter "${encoded.wrong}" is ${show((given.parameters as SearchPoint)[encoded.wrong])}`;
  return undefined;
}

/**
 * The trials in a text of JSON lines, as a search wrote them: to be resumed from, or looked at. A last line that a killed process left half written is dropped.
 *
 * @param text The lines.
 * @param space The space that they are of.
 * @returns The trials, in order.
 * @throws FILE_CORRUPT for a line that is no trial, out of order, or of another space; INVALID_ARGUMENT for what is no space, or no text.
 * @example
 * ```ts
 * import { parseTrials } from "@rsdix/train";
 * const line = { type: "trial", trial: 1, parameters: { lr: 0.1 }, origin: "initial", seconds: 2, state: "done", value: 0.5 };
 * console.log(parseTrials(`${JSON.stringify(line)}\n`, { lr: { type: "continuous", min: 0, max: 1 } })); // [line]
 * ```
 */
export function parseTrials<const Space extends SearchSpace>(text: string, space: Space): TrialRecord<PointOf<Space>>[] {
  checkSpace(space, "parseTrials");
  if (typeof text !== "string") fail("INVALID_ARGUMENT", `parseTrials reads the text of trials, got ${show(text)}.`);
  const code = new SpaceCode(space);
  const lines = text.split("\n");
  const records: TrialRecord<PointOf<Space>>[] = [];
  for (const [i, line] of lines.entries()) {
    if (line.trim() === "") continue;
    let record: unknown;
    try {
      record = JSON.parse(line);
    } catch {
      if (i === lines.length - 1) break; // no line break after it: it was being written
      fail("FILE_CORRUPT", `Line ${i + 1} is no JSON. Move the file away to start a new search.`);
    }
    const problem = problemOf(record, records.length + 1, code);
    if (problem) fail("FILE_CORRUPT", `Line ${i + 1} ${problem}.`);
    records.push(record as TrialRecord<PointOf<Space>>);
  }
  return records;
}
