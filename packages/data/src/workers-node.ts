import { Worker } from "node:worker_threads";
import type { WorkerHandle } from "./batches/platform";

/** A worker thread. */
export async function startWorker(): Promise<WorkerHandle> {
  const worker = new Worker(new URL("./decode-worker.js", import.meta.url), {
    execArgv: [], // plain JavaScript: a program's loaders are not for it, and it doesn't start with --input-type
  });
  let over = false;
  return {
    post: (message, transfer) => worker.postMessage(message, transfer),
    listen(onMessage, onFailure) {
      const fail = (reason: unknown) => {
        if (!over) onFailure(reason);
        over = true;
      };
      worker.on("message", onMessage);
      worker.on("messageerror", fail);
      worker.on("error", fail);
      worker.on("exit", (code) => fail(new Error(`it exited with code ${code}`)));
    },
    hold: (busy) => (busy ? worker.ref() : worker.unref()),
    async terminate() {
      over = true;
      await worker.terminate();
    },
  };
}
