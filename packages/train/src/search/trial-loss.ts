import { createReadStream } from "node:fs";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fail } from "@rsdix/internal";
import { knownAs } from "../config/names";

/** Where a run keeps its records. */
const LOG = "log.jsonl";

/** The validations have numbers, and none by the metric's name: those of other trials will not have it either. */
export class UnknownMetric extends Error {}

/** The lowest value of a metric, also where it is spelt as the original does, among the validations of the run in a folder, or in the one folder of it that has a log. */
export async function bestValidation(folder: string, metric: string): Promise<number> {
  const path = await findLog(folder);
  let best = Number.POSITIVE_INFINITY;
  let validations = 0;
  const finite = new Set<string>();
  let isKnown = false;
  for await (const line of createInterface({ input: createReadStream(path), crlfDelay: Number.POSITIVE_INFINITY })) {
    const metrics = validationMetrics(line);
    if (!metrics) continue;
    validations++;
    const name = knownAs(metric, Object.keys(metrics)); // as --metric is taken where fit says its names before
    const has = Object.hasOwn(metrics, name);
    isKnown ||= has;
    const value = has ? metrics[name] : undefined;
    if (typeof value === "number") best = Math.min(best, value);
    for (const name of Object.keys(metrics)) if (Number.isFinite(metrics[name])) finite.add(name);
  }
  if (best < Number.POSITIVE_INFINITY) return best;
  if (validations === 0) return fail("EMPTY_DATA", `${path} has no validation.`);
  const names = finite.size > 0 ? `: it has ${[...finite].sort().join(", ")}` : ", nor with any other number";
  const message = `${path} has no validation with a finite "${metric}"${names}.`;
  if (!isKnown && finite.size > 0) throw new UnknownMetric(message);
  return fail("EMPTY_DATA", message);
}

async function findLog(folder: string): Promise<string> {
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
