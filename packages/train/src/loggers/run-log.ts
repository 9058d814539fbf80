import { appendFileSync, existsSync, mkdirSync, readFileSync, renameSync, statSync, truncateSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { fail } from "@rsdix/internal";

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
 * @throws WRITE_FAILED when it cannot be opened or written; FILE_CORRUPT when a line before the last is no JSON object.
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
 */
export function openRunLog(path: string): RunLog {
  attempt(path, () => mkdirSync(dirname(path), { recursive: true }));
  rewrite(path, readLines(path));
  return {
    write(record) {
      const before = existsSync(path) ? statSync(path).size : 0;
      try {
        appendFileSync(path, `${JSON.stringify(record)}\n`);
      } catch (error) {
        if (existsSync(path)) truncateSync(path, before); // a full disk may have taken half a line
        fail("WRITE_FAILED", `Cannot write ${path}: ${String(error)}. What was written before is whole.`, error);
      }
    },
    keep: (wanted) =>
      rewrite(
        path,
        readLines(path).filter((line) => wanted(JSON.parse(line))),
      ),
    records: () => readLines(path).map((line) => JSON.parse(line)),
  };
}

/** Whole lines that are JSON objects; only the last may be broken. */
function readLines(path: string): string[] {
  if (!existsSync(path)) return [];
  const lines = readFileSync(path, "utf8").split("\n").filter(Boolean);
  return lines.filter((line, i) => {
    if (isRecord(line)) return true;
    if (i === lines.length - 1) return false;
    return fail("FILE_CORRUPT", `${path}: line ${i + 1} is not a JSON object. Move the file away to start a new log.`);
  });
}

function isRecord(line: string): boolean {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === "object" && value !== null && !Array.isArray(value);
  } catch {
    return false;
  }
}

function rewrite(path: string, lines: string[]): void {
  attempt(path, () => {
    const temporary = `${path}.tmp`;
    writeFileSync(temporary, lines.map((line) => `${line}\n`).join(""), { flush: true });
    renameSync(temporary, path);
  });
}

function attempt(path: string, write: () => void): void {
  try {
    write();
  } catch (error) {
    fail("WRITE_FAILED", `Cannot write ${path}: ${String(error)}. What was written before is whole.`, error);
  }
}
