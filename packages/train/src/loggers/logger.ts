import { fail, show } from "@rsdix/internal";
import { checkList, withMethod } from "../check-given";
import type { FitRecord } from "../fit/records";

/** A consumer of a run's records: a log file, a progress bar, event files. */
export interface Logger {
  /**
   * Takes one record.
   *
   * @param record What `fit` yielded.
   */
  write(record: FitRecord): void | Promise<void>;
  /** Ends the log; nothing is written afterwards. */
  close(): Promise<void>;
}

/** Throws on what is no record, which a log would be silent about, or be wrong. */
export function checkRecord(record: FitRecord): void {
  if (typeof record?.type !== "string") fail("INVALID_ARGUMENT", `A logger takes the records of fit, got ${show(record)}.`);
}

/**
 * Hands each record to loggers, then passes it on. However the stream ends, by itself, by an error or by a loop that is left, the loggers are closed.
 *
 * @param records The records, of `fit` as a rule.
 * @param loggers What takes them, in this order.
 * @returns The same records.
 * @throws INVALID_ARGUMENT for what are no records or no loggers; what `fit` throws (ABORTED, NOT_A_NUMBER and others), and WRITE_FAILED of a logger. A logger
 *   that cannot write ends the run: a run whose log has holes cannot be told from one that went wrong.
 * @example
 * ```ts
 * import { type FitRecord, logTo } from "@rsdix/train";
 * async function* records(): AsyncGenerator<FitRecord> {
 *   yield { type: "start", task: "clip", step: 0, steps: 10 };
 * }
 * const print = { write: (record: FitRecord) => console.log(record.type, record.step), close: async () => undefined };
 * for await (const record of logTo(records(), [print])) console.log(record.task);
 * ```
 */
export async function* logTo(records: AsyncIterable<FitRecord>, loggers: readonly Logger[]): AsyncGenerator<FitRecord, void, undefined> {
  const stream = records as Partial<AsyncIterable<FitRecord>> | null | undefined;
  if (typeof stream?.[Symbol.asyncIterator] !== "function")
    fail("INVALID_ARGUMENT", `logTo takes the records of fit, got ${show(records)}.`);
  checkList(loggers, "logTo: loggers", "loggers");
  for (const [i, logger] of loggers.entries()) {
    for (const method of ["write", "close"] as const)
      withMethod(logger, method, `logTo: loggers[${i}] must have write(record) and close(), as those of @rsdix/train/node`);
  }
  let failed = false;
  try {
    for await (const record of records) {
      for (const logger of loggers) await logger.write(record);
      yield record;
    }
  } catch (error) {
    failed = true;
    throw error;
  } finally {
    const closed = await Promise.allSettled(loggers.map((logger) => logger.close()));
    const broken = closed.find(({ status }) => status === "rejected") as PromiseRejectedResult | undefined;
    // biome-ignore lint/correctness/noUnsafeFinally: only where no earlier error would be lost
    if (broken && !failed) throw broken.reason;
  }
}
