import { refuse } from "./service-error";

/** What came to be of an item, for whoever sent it. */
type Say<Out> = (at: number, out: Out, last: boolean) => void;

/** How items are brought together. */
export interface BatcherOptions<In, Out> {
  /** Computes a batch; it says of each item what comes of it, some of it as often as it likes, and each `last` once. */
  readonly run: (items: In[], signal: AbortSignal, say: Say<Out>) => Promise<void>;
  /** The most items in a batch. */
  readonly maxBatch: number;
  /** How long, in milliseconds, the first of a batch waits for others. */
  readonly maxWait: number;
  /** The most items that wait. */
  readonly maxQueue: number;
  /** Told of every batch that was computed. */
  readonly onBatch?: (size: number, seconds: number) => void;
}

/** Who sends items. */
export interface Sender<Out> {
  /** Only items of the same key are computed together. */
  readonly key: string;
  /** Takes what is not computed yet out of the queue, and stops a batch that nobody waits for any more. */
  readonly signal: AbortSignal;
  /** Told of everything that is said of the sender's items, by their place among them. */
  readonly onPart?: (at: number, out: Out, last: boolean) => void;
}

interface Job<In, Out> {
  readonly item: In;
  readonly key: string;
  readonly since: number;
  readonly say: (out: Out, last: boolean) => void;
  readonly fail: (error: unknown) => void;
  readonly isWanted: () => boolean;
}

/** Computes what arrives at about the same time together, a batch at a time, the longest waiting first. */
export class Batcher<In, Out> {
  private queue: Job<In, Out>[] = [];
  private running: { jobs: Job<In, Out>[]; controller: AbortController } | undefined;
  private draining = false;
  private hurried = false;
  private wake = () => {};

  constructor(private readonly options: BatcherOptions<In, Out>) {}

  /** Items that wait. */
  get waiting(): number {
    return this.queue.length;
  }

  /** Items that are being computed. */
  get computing(): number {
    return this.running?.jobs.length ?? 0;
  }

  /** Throws when `count` more would be too many to wait. */
  checkRoom(count: number): void {
    const { maxQueue } = this.options;
    if (this.queue.length + count > maxQueue) {
      refuse(503, "QUEUE_FULL", `${this.queue.length} of at most ${maxQueue} images wait already, no room for ${count} more: try again.`);
    }
  }

  /**
   * Computes items, with others' where they come in time.
   *
   * @param items what to compute
   * @param sender which others they may be computed with, and until when they are wanted
   * @returns what was said last of each; rejected with the signal's reason once that is aborted
   */
  submit(items: readonly In[], sender: Sender<Out>): Promise<Out[]> {
    const { key, signal, onPart } = sender;
    signal.throwIfAborted();
    this.checkRoom(items.length);
    return new Promise((resolve, reject) => {
      const results: Out[] = [];
      let missing = items.length;
      const end = (settle: () => void) => {
        signal.removeEventListener("abort", giveUp);
        settle();
      };
      const fail = (error: unknown) => end(() => reject(error));
      const giveUp = () => {
        fail(signal.reason);
        this.forget();
      };
      signal.addEventListener("abort", giveUp);
      const since = performance.now();
      const isWanted = () => !signal.aborted;
      for (const [at, item] of items.entries()) {
        const say = (out: Out, last: boolean) => {
          if (!isWanted()) return;
          onPart?.(at, out, last);
          if (!last) return;
          results[at] = out;
          if (--missing === 0) end(() => resolve(results));
        };
        this.queue.push({ item, key, since, say, fail, isWanted });
      }
      this.wake();
      void this.drain();
    });
  }

  /** From now on nothing waits for others to come. */
  hurry(): void {
    this.hurried = true;
    this.wake();
  }

  private forget(): void {
    this.queue = this.queue.filter(({ isWanted }) => isWanted());
    if (this.running?.jobs.every(({ isWanted }) => !isWanted())) this.running.controller.abort();
    this.wake();
  }

  private async drain(): Promise<void> {
    if (this.draining) return;
    this.draining = true;
    while (this.queue.length > 0) {
      await this.gather();
      const jobs = this.next();
      if (jobs.length > 0) await this.compute(jobs);
    }
    this.draining = false;
  }

  /** Waits until the batch at the head of the queue is full, or its first item has waited long enough. */
  private async gather(): Promise<void> {
    for (;;) {
      const { maxBatch, maxWait } = this.options;
      const [head] = this.queue;
      const left = head === undefined ? 0 : head.since + maxWait - performance.now();
      if (left <= 0 || this.hurried || this.next(false).length === maxBatch) return;
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, left);
        this.wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
      this.wake = () => {};
    }
  }

  private next(take = true): Job<In, Out>[] {
    const key = this.queue[0]?.key;
    const jobs = this.queue.filter((job) => job.key === key).slice(0, this.options.maxBatch);
    if (take) this.queue = this.queue.filter((job) => !jobs.includes(job));
    return jobs;
  }

  private async compute(jobs: Job<In, Out>[]): Promise<void> {
    const controller = new AbortController();
    this.running = { jobs, controller };
    const started = performance.now();
    try {
      const items = jobs.map(({ item }) => item);
      await this.options.run(items, controller.signal, (at, out, last) => jobs[at]!.say(out, last));
      this.options.onBatch?.(jobs.length, (performance.now() - started) / 1000);
    } catch (error) {
      for (const { fail } of jobs) fail(error); // those that are answered already don't hear it
    } finally {
      this.running = undefined;
    }
  }
}
