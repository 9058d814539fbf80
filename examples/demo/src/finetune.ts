import { Worker } from "node:worker_threads";
import type { OnRecord, StageRecord } from "./stage";
import type { ClipRun } from "./train-clip";

/** What a worker is given. */
export interface FinetuneJob {
  /** The run, without what cannot be sent. */
  run: Omit<ClipRun, "from" | "tokenizer" | "signal" | "onRecord">;
  /** Backend to start. */
  backend: string;
  /** File of the weights to start from. */
  from: string;
  /** File that the weights go to. */
  to: string;
}

/** What a worker says. */
export type FromWorker =
  | { type: "record"; record: StageRecord }
  | { type: "done" }
  | { type: "error"; message: string; code?: string; stack?: string };

/**
 * Runs fine-tunings at once, a thread each.
 *
 * @param jobs what to run
 * @param signal stops them after their step, with a checkpoint each
 * @param onRecord gets the records of all, as they come
 * @returns when all are done
 * @throws the first error of any; the others are stopped with a checkpoint first
 */
export async function finetuneAll(jobs: FinetuneJob[], signal: AbortSignal, onRecord: OnRecord): Promise<void> {
  const stop = new AbortController();
  const together = AbortSignal.any([signal, stop.signal]);
  const runs = jobs.map((job) =>
    finetune(job, together, onRecord).catch((error: unknown) => {
      stop.abort(error);
      throw error;
    }),
  );
  const results = await Promise.allSettled(runs);
  const failures = results.flatMap((result) => (result.status === "rejected" ? [result.reason as Error & { code?: string }] : []));
  // What stopped the others matters more than that they stopped.
  if (failures.length > 0) throw failures.find(({ code }) => code !== "ABORTED") ?? failures[0];
}

function finetune(job: FinetuneJob, signal: AbortSignal, onRecord: OnRecord): Promise<void> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(new URL("./worker.js", import.meta.url), { workerData: job });
    const abort = () => worker.postMessage("stop");
    if (signal.aborted) abort();
    signal.addEventListener("abort", abort, { once: true });
    let outcome: (() => void) | undefined;
    let failure: unknown;
    // An error here would otherwise end the process, and the workers without a checkpoint.
    const pass: OnRecord = (record) => {
      if (failure !== undefined) return;
      try {
        onRecord(record);
      } catch (error) {
        failure = error;
        abort();
      }
    };
    worker.on("message", (message: FromWorker) => {
      if (message.type === "record") pass(message.record);
      else if (message.type === "done") outcome = resolve;
      else
        outcome = () => reject(Object.assign(new Error(message.message), message.code && { code: message.code }, { stack: message.stack }));
    });
    worker.on("error", (error) => {
      outcome = () => reject(error);
    });
    worker.on("exit", (code) => {
      signal.removeEventListener("abort", abort);
      if (failure !== undefined) reject(failure);
      else if (outcome) outcome();
      else reject(new Error(`The worker of "${job.run.stage}" ended with exit code ${code} and said nothing.`));
    });
  });
}
