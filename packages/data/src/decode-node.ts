import { parentPort } from "node:worker_threads";
import { decodeImage } from "@rsdix/image/node";
import type { DecodePlatform } from "./batches/platform";

/** Node: sharp, which decodes in threads of its own. */
export const decode: DecodePlatform["decode"] = (bytes, maxPixels) => decodeImage(bytes, maxPixels === undefined ? {} : { maxPixels });

/** In a worker thread. */
export const serve: DecodePlatform["serve"] = (hear) => {
  parentPort!.on("message", hear);
  return (message, transfer) => parentPort!.postMessage(message, transfer);
};
