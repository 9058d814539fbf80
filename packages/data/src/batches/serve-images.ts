import type { RgbImage } from "@rsdix/image";
import { sentError } from "@rsdix/internal";
import { type ImageJob, imageWorker } from "./image-work";
import type { DecodePlatform } from "./platform";
import type { WorkerReply, WorkerRequest } from "./worker-messages";

/** A worker's life: it decodes as many images at a time as it is sent. */
export function serveImages({ decode, serve }: DecodePlatform): void {
  let prepare: ((image: RgbImage, job: ImageJob) => RgbImage) | undefined;
  let maxPixels: number | undefined;
  const answer = serve(async (message) => {
    const request = message as WorkerRequest;
    if ("work" in request) {
      prepare = imageWorker(request.work);
      maxPixels = request.work.maxPixels;
      return;
    }
    const { id, job, bytes } = request;
    let reply: WorkerReply;
    try {
      reply = { id, image: owned(prepare!(await decode(bytes, maxPixels), job)) };
    } catch (error) {
      reply = { id, error: sentError(error) };
    }
    answer(reply, "image" in reply ? [reply.image.data.buffer as ArrayBuffer] : []);
  });
}

/** A view of a larger buffer would take all of it along. */
function owned(image: RgbImage): RgbImage {
  return image.data.byteLength === image.data.buffer.byteLength ? image : { ...image, data: image.data.slice() };
}
