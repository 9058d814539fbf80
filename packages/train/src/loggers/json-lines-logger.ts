import { checkRecord, type Logger } from "./logger";
import { openRunLog } from "./run-log";

/**
 * Writes every record as a line of JSON, which `parseRunLog` reads. A run that resumes goes on in the same file: what a killed run wrote after the step
 * resumed from is dropped, as is a line that it left half written; a run that starts at step 0 starts the file anew. JSON has no NaN and no infinity: such
 * a number is written as null.
 *
 * @param path The file; its folder is made when missing.
 * @returns The logger.
 * @throws INVALID_ARGUMENT for what is no path; WRITE_FAILED when it cannot be opened or, from `write`, written, what was written before being whole;
 * FILE_CORRUPT when a line before the last is
 *   no JSON object.
 * @example
 * ```ts
 * import { mkdtemp, readFile } from "node:fs/promises";
 * import { tmpdir } from "node:os";
 * import { join } from "node:path";
 * import { jsonLinesLogger } from "@rsdix/train/node";
 * const path = join(await mkdtemp(join(tmpdir(), "run-")), "log.jsonl");
 * const logger = jsonLinesLogger(path);
 * await logger.write({ type: "start", task: "clip", step: 0, steps: 10 });
 * await logger.close();
 * console.log(await readFile(path, "utf8"));
 * ```
 * @see https://jsonlines.org
 */
export function jsonLinesLogger(path: string): Logger {
  const log = openRunLog(path);
  return {
    write(record) {
      checkRecord(record);
      if (record.type === "start") {
        // A run that goes on has not ended.
        log.keep(({ type, step }) => record.step > 0 && type !== "end" && typeof step === "number" && step <= record.step);
      }
      log.write(record);
    },
    close: async () => undefined,
  };
}
