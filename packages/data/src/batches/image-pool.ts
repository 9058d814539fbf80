import type { RgbImage } from "@rsdix/image";
import type { FileStore } from "../files/file-store";
import { readBytes } from "../files/read-bytes";
import { decodingRoom } from "./decoding-room";
import { type ImageJob, type ImageWork, imageWorker, nameFile } from "./image-work";
import { slots } from "./slots";

/** Reads, decodes and prepares images, a limited number at a time, first come first served. */
export interface ImagePool {
  load(job: ImageJob): Promise<RgbImage>;
  /** Ends everything: what is in work fails with ABORTED. Returns when no worker is left. */
  close(): Promise<void>;
}

/** How a pool is set up. */
export interface PoolOptions {
  readonly files: FileStore;
  readonly work: ImageWork;
  readonly workers: number;
  readonly concurrency: number;
}

/** Everything on the calling thread; sharp decodes beside it, in threads of its own. */
export async function localPool({ files, work, concurrency }: PoolOptions): Promise<ImagePool> {
  const { decode } = await import("#decode");
  const prepare = imageWorker(work);
  const gate = slots(concurrency);
  const room = decodingRoom();
  const stopped = new AbortController();
  return {
    async load(job) {
      await gate.take();
      try {
        const bytes = await readBytes(files, job.filename, { signal: stopped.signal });
        return await room.hold(bytes, async () => prepare(await decode(bytes, work.maxPixels), job));
      } catch (error) {
        return nameFile(error, job.filename, files.name);
      } finally {
        gate.free();
      }
    },
    async close() {
      stopped.abort();
      gate.stop();
      room.stop();
    },
  };
}
