import { fail, isRecord, show } from "@rsdix/internal";
import type { FitRecord } from "../fit/records";
import { tryJson } from "../try-json";

/** What a field of a record must be. */
type Check = (value: unknown) => boolean;

const text: Check = (value) => typeof value === "string";
const count: Check = (value) => Number.isSafeInteger(value) && (value as number) >= 0;
/** JSON has no NaN and no infinity: they were written as null. */
const number: Check = (value) => value === null || typeof value === "number";
const numbers: Check = (value) => isRecord(value) && Object.values(value).every(number);
const loss: Check = (value) => numbers(value) && number((value as { total?: unknown }).total);
const best: Check = (value) => isRecord(value) && text(value.metric) && number(value.value);
const optional =
  (check: Check): Check =>
  (value) =>
    value === undefined || check(value);

const FIELDS: Readonly<Record<FitRecord["type"], Readonly<Record<string, Check>>>> = {
  start: { task: text, step: count, steps: count },
  step: {
    ...{ task: text, step: count, steps: count, epoch: number, loss, logs: numbers, learningRate: number },
    ...{ learningRates: optional(numbers), gradientNorm: number, seconds: number, itemsPerSecond: number },
    ...{ tensors: number, memory: number },
  },
  validation: { step: count, metrics: numbers },
  checkpoint: { step: count, location: text, best: optional(best) },
  end: { step: count, reason: text, best: optional((value) => best(value) && count((value as { step?: unknown }).step)) },
};

/**
 * Reads the records of a run from its log, as `jsonLinesLogger` writes it. A last line that a killed run left half written is left out; null stands for
 * a number that is none.
 *
 * @param log The lines.
 * @param name What messages call it: the file's path.
 * @returns The records.
 * @throws FILE_CORRUPT naming the line that is no record, and its field; INVALID_ARGUMENT for what is no text.
 * @example
 * ```ts
 * import { parseRunLog } from "@rsdix/train";
 * const [record] = parseRunLog('{"type":"start","task":"clip","step":0,"steps":10}\n', "log.jsonl");
 * console.log(record?.type); // start
 * ```
 * @see https://jsonlines.org
 */
export function parseRunLog(log: string, name: string): FitRecord[] {
  if (typeof log !== "string") fail("INVALID_ARGUMENT", `parseRunLog reads the text of a log, got ${show(log)}.`);
  const lines = log.split("\n");
  const whole = lines.at(-1) === "" ? lines.length - 1 : lines.length;
  return lines.slice(0, whole).flatMap((line, i) => {
    const found = recordOf(line);
    if (typeof found !== "string") return [found];
    const isTorn = i === lines.length - 1 && !isJson(line); // its end was never written
    return isTorn ? [] : fail("FILE_CORRUPT", `${name}: line ${i + 1} ${found}`);
  });
}

/** The record of a line of a log; why it is none, as the rest of a sentence, where it is none. */
export function recordOf(line: string): FitRecord | string {
  const value = tryJson(line);
  return problemOfRecord(value) ?? (withoutNull(value) as FitRecord);
}

/** Whether a line is whole. */
export function isJson(line: string): boolean {
  return tryJson(line) !== undefined;
}

/** Why something is no record of a run, as the rest of a sentence; undefined where it is one. */
export function problemOfRecord(value: unknown): string | undefined {
  const type = isRecord(value) ? value.type : undefined;
  if (typeof type !== "string" || !Object.hasOwn(FIELDS, type))
    return `is no record of a run: its type must be one of ${Object.keys(FIELDS).join(", ")}.`;
  const wrong = Object.entries(FIELDS[type as FitRecord["type"]]).find(
    ([field, check]) => !check((value as Record<string, unknown>)[field]),
  );
  return wrong && `is no record of a run: the ${wrong[0]} of a record "${type}" is missing or wrong.`;
}

/** The same with NaN for null. */
function withoutNull(value: unknown): unknown {
  if (value === null) return Number.NaN;
  return isRecord(value) ? Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, withoutNull(inner)])) : value;
}
