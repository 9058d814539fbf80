import type { RgbImage } from "@rsdix/image";
import { fail, revive } from "@rsdix/internal";
import { type ImagePool, localMaker, type PoolOptions, poolOf } from "./image-pool";
import type { ImageJob } from "./image-work";
import type { DecodeWorkerHandle, WorkersPlatform } from "./platform";
import { stop } from "./slots";
import type { WorkerReply } from "./worker-messages";

interface Pending {
  readonly job: ImageJob;
  resolve(image: RgbImage): void;
  reject(error: unknown): void;
}

/** One worker and what it has in hand. */
class DecodeWorker {
  readonly pending = new Map<number, Pending>();
  failure: unknown;

  private constructor(
    private readonly handle: DecodeWorkerHandle,
    private readonly store: string,
  ) {}

  static async start(startWorker: WorkersPlatform["startWorker"], { work, files }: PoolOptions): Promise<DecodeWorker> {
    const handle = await startWorker();
    const worker = new DecodeWorker(handle, files.name);
    handle.listen(
      (message) => worker.take(message as WorkerReply),
      (reason) => worker.fail(reason),
    );
    handle.hold(false);
    handle.post({ work }, []);
    return worker;
  }

  send(id: number, job: ImageJob, bytes: Uint8Array): Promise<RgbImage> {
    if (this.failure) return Promise.reject(this.failure);
    return new Promise((resolve, reject) => {
      this.pending.set(id, { job, resolve, reject });
      this.handle.hold(true);
      const own = bytes.slice(); // the store may keep the original, and a view would take its whole buffer along
      this.handle.post({ id, job, bytes: own }, [own.buffer as ArrayBuffer]);
    });
  }

  /** Returns when the worker is gone. */
  async end(): Promise<void> {
    this.drop(stop());
    await this.handle.terminate();
  }

  private take(reply: WorkerReply): void {
    const pending = this.pending.get(reply.id);
    if (!pending) return;
    this.pending.delete(reply.id);
    if (this.pending.size === 0) this.handle.hold(false); // a program that waits for nothing else may end
    if ("image" in reply) pending.resolve(reply.image);
    else pending.reject(revive(reply.error));
  }

  private fail(reason: unknown): void {
    const { code, message = String(reason) } = (reason ?? {}) as { code?: string; message?: string };
    const names = [...this.pending.values()].map(({ job }) => `"${job.filename}"`).join(", ");
    const while_ = names ? ` while it had ${names} of ${this.store}` : "";
    try {
      if (code === "ERR_MODULE_NOT_FOUND" || code === "MODULE_NOT_FOUND") {
        fail(
          "MISSING_DEPENDENCY",
          `The decoding worker cannot be started (${message}). A bundler must leave @rsdix/data outside, or copy decode-worker.js along.`,
          reason,
        );
      }
      if (code === "ERR_WORKER_OUT_OF_MEMORY") fail("OUT_OF_MEMORY", `A decoding worker ran out of memory${while_}.`, reason);
      fail("FILE_CORRUPT", `A decoding worker ended${while_}: ${message}. Find the file with workers: 0 and concurrency: 1.`, reason);
    } catch (error) {
      this.failure = error;
      this.drop(error);
    }
  }

  private drop(error: unknown): void {
    for (const { reject } of this.pending.values()) reject(error);
    this.pending.clear();
  }
}

/** The calling thread reads files; workers decode, augment and preprocess them, but for a first batch that would wait for workers to start. */
export async function workerPool(options: PoolOptions): Promise<ImagePool> {
  const { files, workers: count, concurrency, work } = options;
  const { startWorker, firstMaker } = await import("#workers");
  const maker = firstMaker(count);
  const first = maker === "workers" ? 0 : options.first;
  const makeHere = first > 0 ? await localMaker(work) : undefined;
  const started = whenAsked(() => Promise.all(Array.from({ length: count }, () => DecodeWorker.start(startWorker, options))));
  if (first === 0 || maker === "caller") started.ask();
  let workers: readonly DecodeWorker[] = [];
  let [begun, made, ids] = [0, 0, 0];
  const startIfDue = () => {
    if (made === first && begun > first) started.ask();
  };
  return poolOf({
    files,
    atOnce: count * concurrency,
    async make(bytes, job) {
      if (begun++ < first && makeHere) {
        return makeHere(bytes, job).finally(() => {
          made++;
          startIfDue();
        });
      }
      startIfDue();
      workers = await started.answer;
      const idlest = workers.reduce((best, worker) => (worker.pending.size < best.pending.size ? worker : best));
      return idlest.send(ids++, job, bytes);
    },
    isOwn: (error) => workers.some(({ failure }) => failure === error),
    async end() {
      started.drop();
      const all = await started.answer.catch(() => []);
      await Promise.all(all.map((worker) => worker.end()));
    },
  });
}

/** What is done when it is asked for the first time; after `drop` not any more. */
function whenAsked<T>(act: () => Promise<T>): { readonly answer: Promise<T>; ask(): void; drop(): void } {
  let [ask, drop] = [() => {}, () => {}];
  const answer = new Promise<void>((resolve, reject) => {
    ask = resolve;
    drop = () => reject(stop());
  }).then(act);
  answer.catch(() => undefined); // heard by who waits for it
  return { answer, ask, drop };
}
