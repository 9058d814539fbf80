import type { RgbImage } from "@rsdix/image";
import { fail } from "@rsdix/internal";
import type { FileStore } from "../files/file-store";
import { readBytes } from "../files/read-bytes";
import { type ImageJob, type ImageWork, imageWorker, nameFile } from "./image-work";

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

/** A gate that at most `size` pass at a time, in order. */
export function slots(size: number): { take(): Promise<void>; free(): void; stop(): void } {
  let open = size;
  let stopped = false;
  const waiting: { pass(): void; fail(): void }[] = [];
  return {
    take: () =>
      new Promise((resolve, reject) => {
        if (stopped) return reject(stop());
        if (open > 0) {
          open--;
          return resolve();
        }
        waiting.push({ pass: resolve, fail: () => reject(stop()) });
      }),
    free() {
      const next = waiting.shift();
      if (next) next.pass();
      else open++;
    },
    stop() {
      stopped = true;
      for (const { fail: drop } of waiting.splice(0)) drop();
    },
  };
}

/** What work that isn't needed any more ends with. */
export function stop(): unknown {
  try {
    fail("ABORTED", "Batches were stopped.");
  } catch (error) {
    return error;
  }
}

/** Everything on the calling thread; sharp decodes beside it, in threads of its own. */
export async function localPool({ files, work, concurrency }: PoolOptions): Promise<ImagePool> {
  const { decode } = await import("#decode");
  const prepare = imageWorker(work);
  const gate = slots(concurrency);
  const stopped = new AbortController();
  return {
    async load(job) {
      await gate.take();
      try {
        const bytes = await readBytes(files, job.filename, { signal: stopped.signal });
        return prepare(await decode(bytes), job);
      } catch (error) {
        return nameFile(error, job.filename, files.name);
      } finally {
        gate.free();
      }
    },
    async close() {
      stopped.abort();
      gate.stop();
    },
  };
}
