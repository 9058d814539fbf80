import { join } from "node:path";
import { encodeEvent, frameRecord, type TensorBoardEvent } from "./event-records";
import { appendLog, checkLogPath, makeLogFolder, writing } from "./log-file";
import { checkRecord, type Logger } from "./logger";
import { scalarsOf } from "./scalars";

/** Loggers of one process that start within a second write files of their own. */
let opened = 0;

/**
 * Writes the numbers of steps and validations as an event file that TensorBoard reads (`tensorboard --logdir <folder>`), tagged "loss",
 * "loss/contrastive", "logs/accuracy", "validation/recall" and so on. Every run of the same folder, a resumed one too, writes a file of its own; the file says
 * from which step on it takes the place of what earlier ones have.
 *
 * @param folder Where the event file goes; made when missing.
 * @returns The logger.
 * @throws INVALID_ARGUMENT for what is no path; WRITE_FAILED when the file cannot be opened or, from `write`, written, what was written before being whole.
 * @example
 * ```ts
 * import { mkdtemp, readdir } from "node:fs/promises";
 * import { tmpdir } from "node:os";
 * import { join } from "node:path";
 * import { tensorBoardLogger } from "@rsdix/train/node";
 * const folder = await mkdtemp(join(tmpdir(), "run-"));
 * const logger = tensorBoardLogger(folder);
 * await logger.write({ type: "validation", task: "clip", step: 10, epoch: 1, metrics: { accuracy: 0.25 } });
 * await logger.close();
 * console.log(await readdir(folder)); // events.out.tfevents....
 * ```
 * @see https://github.com/tensorflow/tensorboard/blob/master/tensorboard/compat/proto/event.proto
 */
export function tensorBoardLogger(folder: string): Logger {
  checkLogPath(folder, "tensorBoardLogger: the folder");
  writing(folder, () => makeLogFolder(folder));
  const seconds = String(Math.floor(Date.now() / 1000)).padStart(10, "0"); // TensorBoard reads files in the order of their names
  const path = join(folder, `events.out.tfevents.${seconds}.rsdix.${process.pid}.${opened++}`);
  const append = (event: Omit<TensorBoardEvent, "wallTime">) =>
    appendLog(path, frameRecord(encodeEvent({ wallTime: Date.now() / 1000, ...event })));
  append({ fileVersion: "brain.Event:2", writer: "rsdix" });
  return {
    write(record) {
      checkRecord(record);
      if (record.type === "start") append({ step: record.step + 1, restart: true });
      if (record.type === "step" || record.type === "validation") append({ step: record.step, scalars: scalarsOf(record) });
    },
    close: async () => undefined,
  };
}
