import type { RgbImage } from "@rsdix/image";

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
  startWorker(): Promise<WorkerHandle>;
  /** Who makes the images of a first batch: so many workers; the calling thread while they start; or the calling thread before they start. */
  firstMaker(workers: number): "workers" | "caller" | "caller alone";
}

/** A started worker. */
export interface WorkerHandle {
  post(message: unknown, transfer: ArrayBuffer[]): void;
  /** `onFailure` is called at most once, also when the worker ends by itself, but not after `terminate`. */
  listen(onMessage: (message: unknown) => void, onFailure: (reason: unknown) => void): void;
  /** Whether the worker keeps the program from ending. */
  hold(busy: boolean): void;
  /** Returns when the worker has ended. */
  terminate(): Promise<void>;
}
