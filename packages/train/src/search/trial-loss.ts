import { createReadStream } from "node:fs";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fail } from "@rsdix/internal";
import { knownAs } from "../config/names";
import type { Mode } from "../fit/better";

/** Where a run keeps its records. */
const LOG = "log.jsonl";

/** The validations have numbers, and none by the metric's name: those of other trials will not have it either. */
export class UnknownMetric extends Error {}

/**
 * The lowest value of a metric, or the highest, also where it is spelt as the original does, among the validations of the run in a folder, or in the one folder
 * of it that has a log.
 */
export async function bestValidation(folder: string, metric: string, mode: Mode): Promise<number> {
  const path = await findLog(folder);
  let validations = 0;
  const [better, none] = mode === "max" ? [Math.max, Number.NEGATIVE_INFINITY] : [Math.min, Number.POSITIVE_INFINITY];
  const best = new Map<string, number>(); // of each number that they have; infinite of what is finite in none
  for await (const line of createInterface({ input: createReadStream(path), crlfDelay: Number.POSITIVE_INFINITY })) {
    const metrics = validationMetrics(line);
    if (!metrics) continue;
    validations++;
    for (const [name, value] of Object.entries(metrics)) {
      const before = best.get(name) ?? none;
      best.set(name, Number.isFinite(value) ? better(before, value as number) : before);
    }
  }
  if (validations === 0) return fail("EMPTY_DATA", `${path} has no validation.`);
  const value = best.get(knownAs(metric, [...best.keys()])); // as --metric is taken where fit says its names before
  if (value !== undefined && value !== none) return value;
  const finite = [...best.keys()].filter((name) => best.get(name) !== none).sort();
  const names = finite.length > 0 ? `: it has ${finite.join(", ")}` : ", nor with any other number";
  const message = `${path} has no validation with a finite "${metric}"${names}.`;
  if (value === undefined && finite.length > 0) throw new UnknownMetric(message);
  return fail("EMPTY_DATA", message);
}

/** The log of the run in a folder, or in the one folder of it that has one. */
export async function findLog(folder: string): Promise<string> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  if (entries.some((entry) => entry.isFile() && entry.name === LOG)) return join(folder, LOG);
  const below: string[] = [];
  for (const entry of entries.filter((entry) => entry.isDirectory())) {
    const names: string[] = await readdir(join(folder, entry.name)).catch(() => []);
    if (names.includes(LOG)) below.push(join(folder, entry.name, LOG));
  }
  if (below.length === 1) return below[0]!;
  const found = below.length === 0 ? "none" : below.join(", ");
  return fail("FILE_NOT_FOUND", `The trial must leave one ${LOG} in ${folder}, or in one folder of it; there is ${found}.`);
}

/** The metrics of a line that is a validation; a line that is no JSON, as a killed process leaves it, is none. */
function validationMetrics(line: string): Readonly<Record<string, unknown>> | undefined {
  if (!line.includes('"validation"')) return undefined;
  try {
    const record = JSON.parse(line) as { type?: unknown; metrics?: unknown } | null;
    const isValidation = record?.type === "validation" && typeof record.metrics === "object" && record.metrics !== null;
    return isValidation ? (record.metrics as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}
