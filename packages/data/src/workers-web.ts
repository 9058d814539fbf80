import { webWorkerHandle } from "@rsdix/internal";
import type { WorkersPlatform } from "./batches/platform";

/** A page is not to stand still while images are decoded. */
export const firstMaker: WorkersPlatform["firstMaker"] = () => "workers";

/** A web worker. */
export const startWorker: WorkersPlatform["startWorker"] = async () => {
  const worker = new Worker(new URL("./decode-worker.js", import.meta.url), { type: "module" });
  return { ...webWorkerHandle(worker), hold: () => undefined }; // a page ends its workers
};
