import { fail } from "@rsdix/internal";
import type { FileStore } from "../files/file-store";
import { untilAborted } from "../until-aborted";
import { type ImagePool, localPool } from "./image-pool";
import { type AnyBatch, makeBatch, type Run } from "./make-batch";
import { workerPool } from "./worker-pool";

/** A batch, or the step whose images were all skipped. */
export type Made = AnyBatch | undefined;

/** The batches from a step on, one after the other, with the next ones in preparation. */
export interface BatchStream {
  /** The step that `take` gives next. */
  readonly next: number;
  take(): Promise<Made>;
  /** Ends workers and what is in work. */
  close(): Promise<void>;
}

/**
 * What the calling thread makes of a first batch while there are no workers: decoding is left to sharp's threads there, too. Augmenting is not, and takes
 * longer than workers take to start.
 */
const MOST_FIRST = 64;

/** Starts workers; batches before `end` are prepared ahead. */
export async function openStream(run: Run, files: FileStore, start: number, end: number): Promise<BatchStream> {
  const { settings } = run;
  const { batchSize, workers, concurrency, prefetch, signal, seed, augment, processor, maxPixels } = settings;
  checkSignal(signal);
  const work = { seed, augment, processor, maxPixels };
  const first = augment ? 0 : Math.min(batchSize, MOST_FIRST);
  const pool: ImagePool = await (workers > 0 ? workerPool : localPool)({ files, work, workers, concurrency, first });
  const queue: Promise<Made>[] = [];
  let [next, planned] = [start, start];
  const closed = new AbortController();
  let closing: Promise<void> | undefined;
  const close = () => {
    signal?.removeEventListener("abort", close);
    closed.abort(); // what waits for a batch
    closing ??= pool.close();
    return closing;
  };
  signal?.addEventListener("abort", close);
  const fill = (length: number) => {
    while (queue.length < length && planned < end) {
      const made = makeBatch(run, pool, planned++);
      made.catch(() => undefined); // heard when it is taken
      queue.push(made);
    }
  };
  return {
    get next() {
      return next;
    },
    async take() {
      try {
        checkSignal(signal);
        fill(Math.max(1, prefetch));
        const batch = await untilAborted(
          closed.signal, // a function of the caller's may never end
          () => "Batches were stopped.",
          () => queue[0]!,
        );
        checkSignal(signal);
        queue.shift();
        next++;
        fill(prefetch);
        return batch;
      } catch (error) {
        await close();
        checkSignal(signal); // says that it was stopped, rather than what broke off by it
        throw error;
      }
    },
    close,
  };
}

function checkSignal(signal: AbortSignal | undefined): void {
  if (signal?.aborted) fail("ABORTED", "Batches were stopped by the signal.", signal.reason);
}
