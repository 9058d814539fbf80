import { checkOptions, fail } from "@rsdix/internal";
import type { StepRecord, ValidationRecord } from "../fit/records";
import { checkLogPath, fileBehind, writing } from "./log-file";
import { checkRecord, type Logger } from "./logger";
import { scalarsOf } from "./scalars";
import { TsvTable } from "./tsv-table";

/** Options of `tsvLogger`. */
export interface TsvLoggerOptions {
  /** The file of validations; by default beside the other, "metrics.tsv" having "metrics.validation.tsv". */
  validations?: string;
}

/**
 * Writes a table of steps and one of validations, a row each, as tab-separated values: numbers in full, an empty cell where a record has none. The first
 * record fixes the columns; one that a later record brings is added at the right, the file being written anew once. A tab, a line break or a backslash in a
 * name is written as \t, \n, \r or \\. A run that resumes goes on in the same files, without what came after the step resumed from; a run that starts at
 * step 0 starts them anew.
 *
 * @param path The file of steps; its folder is made when missing.
 * @param options Where validations go.
 * @returns The logger.
 * @throws WRITE_FAILED when a file cannot be opened or, from `write`, written, what was written before being whole; FILE_CORRUPT when there is a file of
 *   something else; INVALID_ARGUMENT for what is no path, and for one file for both; UNKNOWN_OPTION.
 * @example
 * ```ts
 * import { mkdtemp, readFile } from "node:fs/promises";
 * import { tmpdir } from "node:os";
 * import { join } from "node:path";
 * import { tsvLogger } from "@rsdix/train/node";
 * const folder = await mkdtemp(join(tmpdir(), "run-"));
 * const logger = tsvLogger(join(folder, "metrics.tsv"));
 * await logger.write({ type: "validation", task: "clip", step: 10, epoch: 1, metrics: { loss: 2.5, accuracy: 0.25 } });
 * await logger.close();
 * console.log(await readFile(join(folder, "metrics.validation.tsv"), "utf8"));
 * ```
 * @see https://www.iana.org/assignments/media-types/text/tab-separated-values
 */
export function tsvLogger(path: string, options: TsvLoggerOptions = {}): Logger {
  checkOptions(options, ["validations"], "tsvLogger");
  checkLogPath(path, "tsvLogger: the file of steps");
  const { validations = path.replace(/(\.[^./\\]*)?$/, ".validation$1") } = options;
  checkLogPath(validations, "tsvLogger: validations");
  if (writing(path, () => fileBehind(path) === fileBehind(validations)))
    fail("INVALID_ARGUMENT", `tsvLogger: steps and validations need a file each, got ${path} and ${validations}, which are one.`);
  const tables = { step: new TsvTable(path), validation: new TsvTable(validations) };
  return {
    write(record) {
      checkRecord(record);
      if (record.type === "start") {
        for (const table of Object.values(tables)) table.resume(record.step);
      } else if (record.type === "step" || record.type === "validation") {
        tables[record.type].add(rowOf(record));
      }
    },
    close: async () => undefined,
  };
}

function rowOf(record: StepRecord | ValidationRecord): Map<string, string> {
  const cells: [string, number][] = [
    ["step", record.step],
    ["epoch", record.epoch],
    ...scalarsOf(record).map(([name, value]) => [name, value] as [string, number]),
  ];
  return new Map(cells.map(([name, value]) => [name.replaceAll(/[\t\n\r\\]/g, (character) => ESCAPES[character]!), String(value)]));
}

/** In a name of the task's these would shift the columns, and names made the same would be one column. */
const ESCAPES: Readonly<Record<string, string>> = { "\t": "\\t", "\n": "\\n", "\r": "\\r", "\\": "\\\\" };
