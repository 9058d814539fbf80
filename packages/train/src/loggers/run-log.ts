import { fail, isRecord, show } from "@rsdix/internal";
import { checkFunction } from "../check-given";
import { tryJson } from "../try-json";
import { appendLog, checkLogPath, readLog, replaceLog } from "./log-file";

/** A file of JSON lines, one record each. */
export interface RunLog {
  /** Appends one record. */
  write(record: object): void;
  /** Keeps only some of the records written so far, for example those before the step that a run resumes from. */
  keep(wanted: (record: Record<string, unknown>) => boolean): void;
  /** All records in the file. */
  records(): Record<string, unknown>[];
}

/**
 * Opens a log of JSON lines for appending. A last line that a killed process left half written is dropped; `keep` rewrites under a temporary name and renames.
 *
 * @param path The file; its folder is made when missing.
 * @returns The log.
 * @throws INVALID_ARGUMENT for what is no path; WRITE_FAILED when it cannot be opened or written; FILE_CORRUPT when a line before the last is no JSON object.
 * @example
 * ```ts
 * import { mkdtemp } from "node:fs/promises";
 * import { tmpdir } from "node:os";
 * import { join } from "node:path";
 * import { openRunLog } from "@rsdix/train/node";
 * const log = openRunLog(join(await mkdtemp(join(tmpdir(), "run-")), "run.jsonl"));
 * log.write({ step: 1, loss: 2.3 });
 * console.log(log.records());
 * ```
 * @see https://jsonlines.org
 */
export function openRunLog(path: string): RunLog {
  checkLogPath(path, "A log's file");
  rewrite(path, readLines(path));
  return {
    write(record) {
      if (show(record) !== "[object Object]") fail("INVALID_ARGUMENT", `A log's record must be an object, got ${show(record)}.`);
      appendLog(path, `${JSON.stringify(record)}\n`);
    },
    keep(wanted) {
      checkFunction(wanted, "A log's keep", "a function of a record");
      rewrite(
        path,
        readLines(path).filter((line) => wanted(JSON.parse(line))),
      );
    },
    records: () => readLines(path).map((line) => JSON.parse(line)),
  };
}

/** Whole lines that are JSON objects; only the last may be broken. */
function readLines(path: string): string[] {
  const lines = readLog(path).split("\n").filter(Boolean);
  return lines.filter((line, i) => {
    if (isRecord(tryJson(line))) return true;
    if (i === lines.length - 1) return false;
    return fail("FILE_CORRUPT", `${path}: line ${i + 1} is not a JSON object. Move the file away to start a new log.`);
  });
}

function rewrite(path: string, lines: string[]): void {
  replaceLog(path, lines.map((line) => `${line}\n`).join(""));
}
