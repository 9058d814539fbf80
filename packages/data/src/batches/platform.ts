import type { RgbImage } from "@rsdix/image";
import type { WorkerHandle } from "@rsdix/internal";

/** Decoding, and a worker's way to the thread that started it: what `#decode` is for Node and for browsers. */
export interface DecodePlatform {
  /** A file's bytes as an image of at most so many pixels. */
  decode(bytes: Uint8Array, maxPixels?: number): Promise<RgbImage>;
  /** In a worker: hears the messages of the thread that started it, and answers by the function that it gives. */
  serve(hear: (message: unknown) => void): (message: unknown, transfer: ArrayBuffer[]) => void;
}

/** How workers are started: what `#workers` is for Node and for browsers. */
export interface WorkersPlatform {
  /** Starts one; messages are kept for it until it hears them. */
  startWorker(): Promise<DecodeWorkerHandle>;
  /** Who makes the images of a first batch: so many workers; the calling thread while they start; or the calling thread before they start. */
  firstMaker(workers: number): "workers" | "caller" | "caller alone";
}

/** A started worker that decodes. */
export interface DecodeWorkerHandle extends WorkerHandle {
  /** Whether the worker keeps the program from ending. */
  hold(busy: boolean): void;
}
