import { closeSync, existsSync, fsyncSync, mkdirSync, openSync, readFileSync, renameSync, writeSync } from "node:fs";
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
  /** Closes the file. */
  close(): void;
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
 * log.close();
 * ```
 */
export function openRunLog(path: string): RunLog {
  mkdirSync(dirname(path), { recursive: true });
  rewrite(path, readLines(path));
  let file = openSync(path, "a");
  return {
    write(record) {
      attempt(path, () => writeSync(file, `${JSON.stringify(record)}\n`));
    },
    keep(wanted) {
      const kept = readLines(path).filter((line) => wanted(JSON.parse(line)));
      closeSync(file);
      rewrite(path, kept);
      file = openSync(path, "a");
    },
    records: () => readLines(path).map((line) => JSON.parse(line)),
    close: () => closeSync(file),
  };
}

/** Whole lines that are JSON objects; only the last may be broken. */
function readLines(path: string): string[] {
  if (!existsSync(path)) return [];
  const lines = readFileSync(path, "utf8").split("\n").filter(Boolean);
  return lines.filter((line, i) => {
    try {
      return typeof JSON.parse(line) === "object";
    } catch (error) {
      if (i === lines.length - 1) return false;
      return fail("FILE_CORRUPT", `${path}: line ${i + 1} is not JSON. Move the file away to start a new log.`, error);
    }
  });
}

function rewrite(path: string, lines: string[]): void {
  attempt(path, () => {
    const temporary = `${path}.tmp`;
    const file = openSync(temporary, "w");
    writeSync(file, lines.map((line) => `${line}\n`).join(""));
    fsyncSync(file);
    closeSync(file);
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
