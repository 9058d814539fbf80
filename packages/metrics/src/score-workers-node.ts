import { threadHandle } from "@rsdix/internal";
import type { ScoreReply, ScoreRequest, ScoreWorkerHandle } from "./evaluate/score-messages";

/** A worker thread. */
export async function startWorker(): Promise<ScoreWorkerHandle> {
  const { Worker } = await import("node:worker_threads"); // here, as hardly any program needs it
  const worker = new Worker(new URL("./score-worker.js", import.meta.url), {
    execArgv: [], // plain JavaScript: a program's loaders are not for it, and it doesn't start with --input-type
  });
  return threadHandle(worker);
}

/** In a worker: hears the messages of the thread that started it, and answers by the function that it gives. */
export async function serve(hear: (request: ScoreRequest) => void): Promise<(reply: ScoreReply) => void> {
  const { parentPort } = await import("node:worker_threads"); // it keeps what comes before somebody hears
  parentPort!.on("message", hear);
  return (reply) => parentPort!.postMessage(reply);
}
