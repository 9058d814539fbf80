import type { RgbImage } from "@rsdix/image";
import type { FileStore } from "../files/file-store";
import { readBytes } from "../files/read-bytes";
import { decodingRoom } from "./decoding-room";
import { type ImageJob, type ImageWork, imageWorker, nameFile } from "./image-work";
import { slots, stop } from "./slots";

/** Reads, decodes and prepares images, a limited number at a time, first come first served. */
export interface ImagePool {
  /** An image as `use` takes it, which counts as in work until that is done: before a slow one images would pile up. What `use` throws passes as it is. */
  load<T>(job: ImageJob, use: (image: RgbImage) => T | Promise<T>): Promise<T>;
  /** Ends everything: what is in work fails with ABORTED. Returns when no worker is left. */
  close(): Promise<void>;
}

/** How a pool is set up. */
export interface PoolOptions {
  readonly files: FileStore;
  readonly work: ImageWork;
  readonly workers: number;
  readonly concurrency: number;
  /** How many images at most the calling thread makes by itself before workers have any. */
  readonly first: number;
}

/** What makes images of bytes, and how many at a time. */
interface ImageMaker {
  readonly files: FileStore;
  readonly atOnce: number;
  make(bytes: Uint8Array, job: ImageJob): Promise<RgbImage>;
  /** Whether an error is no image's, as far as one can tell. */
  isOwn?(error: unknown): boolean;
  end?(): Promise<unknown>;
}

/** The pool of whatever makes images. */
export function poolOf({ files, atOnce, make, isOwn, end }: ImageMaker): ImagePool {
  const gate = slots(atOnce);
  const room = decodingRoom();
  const stopped = new AbortController();
  const checkStopped = () => {
    if (stopped.signal.aborted) throw stop();
  };
  return {
    async load(job, use) {
      const about = (error: unknown): never => {
        checkStopped(); // of an image that nobody waits for there is nothing to be told
        if (isOwn?.(error)) throw error;
        return nameFile(error, job.filename, files.name);
      };
      await gate.take();
      try {
        const bytes = await readBytes(files, job.filename, { signal: stopped.signal }).catch(about);
        return await room.hold(bytes, async () => {
          checkStopped();
          const image = await make(bytes, job).catch(about);
          checkStopped();
          return use(image);
        });
      } finally {
        gate.free();
      }
    },
    async close() {
      stopped.abort();
      gate.stop();
      room.stop();
      await end?.();
    },
  };
}

/** Everything on the calling thread; sharp decodes beside it, in threads of its own. */
export async function localPool({ files, work, concurrency }: PoolOptions): Promise<ImagePool> {
  return poolOf({ files, atOnce: concurrency, make: await localMaker(work) });
}

/** Makes images on the calling thread. */
export async function localMaker(work: ImageWork): Promise<ImageMaker["make"]> {
  const { decode } = await import("#decode");
  const prepare = imageWorker(work);
  return async (bytes, job) => prepare(await decode(bytes, work.maxPixels), job);
}
