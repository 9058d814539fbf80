import { checkOptions, checkRange } from "@rsdix/internal";
import { checkFunction } from "../check-given";
import { CliSession } from "../cli/session";
import type { Logger } from "./logger";
import { progressOn } from "./progress-on";

/** Where progress is written: a terminal, a pipe, a file. */
export interface ProgressStream {
  /** Takes a text. */
  write(text: string): unknown;
  /** Whether a person is looking on. */
  readonly isTTY?: boolean;
  /** Characters in a line of a terminal. */
  readonly columns?: number;
}

/** Options of `progressLogger`. */
export interface ProgressLoggerOptions {
  /** Where it writes; the process's standard error by default. */
  stream?: ProgressStream;
  /** Seconds of training between two lines where nobody looks on; 30 by default. */
  seconds?: number;
}

/**
 * Shows how far a run is: on a terminal a bar with loss, learning rate, items a second and the time left, elsewhere plain lines; and validations and
 * checkpoints in lines of their own.
 *
 * @param options Where, and how often.
 * @returns The logger.
 * @throws INVALID_ARGUMENT; UNKNOWN_OPTION.
 * @example
 * ```ts
 * import { progressLogger } from "@rsdix/train/node";
 * const logger = progressLogger({ stream: process.stdout });
 * await logger.write({ type: "validation", task: "clip", step: 10, epoch: 1, metrics: { accuracy: 0.25 } }); // validation at step 10: accuracy 0.25
 * await logger.close();
 * ```
 */
export function progressLogger(options: ProgressLoggerOptions = {}): Logger {
  checkOptions(options, ["stream", "seconds"], "progressLogger");
  const { stream = process.stderr, seconds = 30 } = options;
  checkFunction((stream as Partial<ProgressStream> | null)?.write, "progressLogger: stream", "a stream with the method write(text)");
  checkRange(seconds, "seconds", { min: 0 });
  return progressOn(new CliSession({ stdout: stream, stderr: stream, signal: new AbortController().signal }), seconds);
}
