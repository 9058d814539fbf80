import { availableParallelism } from "node:os";
import { Worker } from "node:worker_threads";
import { threadHandle } from "@rsdix/internal";
import type { WorkersPlatform } from "./batches/platform";

/**
 * Until it makes its first image a worker takes a core for as long as ten images do, which the calling thread and sharp's threads can do without where there
 * are cores for all.
 */
export const firstMaker: WorkersPlatform["firstMaker"] = (workers) => (availableParallelism() >= workers + 2 ? "caller" : "caller alone");

/** A worker thread. */
export const startWorker: WorkersPlatform["startWorker"] = async () => {
  const worker = new Worker(new URL("./decode-worker.js", import.meta.url), {
    execArgv: [], // plain JavaScript: a program's loaders are not for it, and it doesn't start with --input-type
  });
  return { ...threadHandle(worker), hold: (busy) => (busy ? worker.ref() : worker.unref()) };
};
