/** A thread that decodes and resizes the images that it is sent, one after the other. */
import { parentPort } from "node:worker_threads";
import { toServiceError } from "./service-error";
import { type ImageJob, smallImage } from "./small-image";

const port = parentPort!;

port.on("message", async (job: ImageJob) => {
  try {
    const image = await smallImage(job);
    port.postMessage({ image }, [image.data.buffer as ArrayBuffer]);
  } catch (error) {
    const { status, code, message } = toServiceError(error);
    port.postMessage({ status, code, message });
  }
});
