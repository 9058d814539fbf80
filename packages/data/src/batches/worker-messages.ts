import type { RgbImage } from "@rsdix/image";
import type { SentError } from "@rsdix/internal";
import type { ImageJob, ImageWork } from "./image-work";

/** To a worker: first what is to be done, then image after image. */
export type WorkerRequest = { readonly work: ImageWork } | { readonly id: number; readonly job: ImageJob; readonly bytes: Uint8Array };

/** From a worker: an image, or why there is none. */
export type WorkerReply = { readonly id: number; readonly image: RgbImage } | { readonly id: number; readonly error: SentError };
