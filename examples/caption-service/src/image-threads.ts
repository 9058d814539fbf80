import { Worker } from "node:worker_threads";
import type { RgbImage } from "@rsdix/image";
import { ServiceError } from "./service-error";
import type { ImageJob } from "./small-image";
import { turns } from "./turns";

type Reply = { readonly image: RgbImage } | Pick<ServiceError, "status" | "code" | "message">;

/** Decoding takes the memory of the pixels, and resizing a core: so many at a time, of all requests together, each in a thread of its own. */
const inTurn = turns(2);

/** Threads that wait for an image; they end with the process. */
const idle: Worker[] = [];

/**
 * Decodes an image and brings it to the model's size in another thread, while this one answers.
 *
 * @param job the file, and what it is to become
 * @param signal stops it before it begins; what has begun is finished
 * @returns the small image
 */
export function smallImageElsewhere(job: ImageJob, signal: AbortSignal): Promise<RgbImage> {
  return inTurn(signal, async () => {
    const thread = idle.pop() ?? startThread();
    const reply = await replyOf(thread, job);
    idle.push(thread);
    if ("image" in reply) return reply.image;
    throw new ServiceError(reply.status, reply.code, reply.message);
  });
}

function startThread(): Worker {
  const thread = new Worker(new URL("./image-worker.js", import.meta.url));
  thread.unref();
  thread.on("error", () => {}); // heard by what waits for it
  thread.on("exit", () => idle.includes(thread) && idle.splice(idle.indexOf(thread), 1));
  return thread;
}

/** What the thread answers; rejected where it ends in place of that. */
function replyOf(thread: Worker, job: ImageJob): Promise<Reply> {
  return new Promise<Reply>((resolve, reject) => {
    const gone = (code: number) => reject(new Error(`A thread ended with code ${code} while it decoded ${job.name}.`));
    const answered = (reply: Reply) => {
      thread.off("error", reject).off("exit", gone);
      resolve(reply);
    };
    thread.once("message", answered).once("error", reject).once("exit", gone);
    thread.postMessage(job);
  });
}
