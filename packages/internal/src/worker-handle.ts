import type { Worker as Thread } from "node:worker_threads";

/** A started worker, which is posted `Request`s and answers by `Reply`s. */
export interface WorkerHandle<Request = unknown, Reply = unknown> {
  post(message: Request, transfer?: ArrayBuffer[]): void;
  /** `onFailure` is called at most once, also when the worker ends by itself, but not after `terminate`. */
  listen(onMessage: (message: Reply) => void, onFailure: (reason: unknown) => void): void;
  /** Returns when the worker has ended. */
  terminate(): Promise<void>;
}

/** What holds a thread of Node. */
export function threadHandle<Request, Reply>(thread: Thread): WorkerHandle<Request, Reply> {
  let over = false;
  return {
    post: (message, transfer) => thread.postMessage(message, transfer),
    listen(onMessage, onFailure) {
      const fail = (reason: unknown) => {
        if (!over) onFailure(reason);
        over = true;
      };
      thread.on("message", onMessage);
      thread.on("messageerror", fail);
      thread.on("error", fail);
      thread.on("exit", (code) => fail(new Error(`it exited with code ${code}`)));
    },
    async terminate() {
      over = true;
      await thread.terminate();
    },
  };
}

/** What holds a web worker. */
export function webWorkerHandle<Request, Reply>(worker: Worker): WorkerHandle<Request, Reply> {
  let over = false;
  return {
    post: (message, transfer = []) => worker.postMessage(message, transfer),
    listen(onMessage, onFailure) {
      const fail = (reason: unknown) => {
        if (!over) onFailure(reason);
        over = true;
      };
      worker.onmessage = ({ data }) => onMessage(data);
      worker.onmessageerror = () => fail(new Error("a message could not be read"));
      worker.onerror = (event) => fail(event.error ?? new Error(event.message || "its script could not be loaded"));
    },
    async terminate() {
      over = true;
      worker.terminate();
    },
  };
}
