import type { WorkersPlatform } from "./batches/platform";

/** A page is not to stand still while images are decoded. */
export const firstMaker: WorkersPlatform["firstMaker"] = () => "workers";

/** A web worker. */
export const startWorker: WorkersPlatform["startWorker"] = async () => {
  const worker = new Worker(new URL("./decode-worker.js", import.meta.url), { type: "module" });
  let over = false;
  return {
    post: (message, transfer) => worker.postMessage(message, transfer),
    listen(onMessage, onFailure) {
      const fail = (reason: unknown) => {
        if (!over) onFailure(reason);
        over = true;
      };
      worker.onmessage = ({ data }) => onMessage(data);
      worker.onmessageerror = () => fail(new Error("a message could not be read"));
      worker.onerror = (event) => fail(event.error ?? new Error(event.message || "its script could not be loaded"));
    },
    hold: () => undefined, // a page ends its workers
    async terminate() {
      over = true;
      worker.terminate();
    },
  };
};
