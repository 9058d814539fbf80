import { checkOptions, checkRange, nextTask } from "@rsdix/internal";
import { checkAborted, checkProgressOptions, type ProgressOptions } from "./progress";

/** How an injected model is called. */
export interface BatchOptions extends ProgressOptions {
  /** Captions or images that the model is given at a time; 64 when left out. */
  readonly batchSize?: number | undefined;
}

/** The names of {@link BatchOptions}. */
export const BATCH_OPTIONS = ["batchSize", "onProgress", "signal"] as const;

/** What a call of an injected model gets beside its batch: the signal to stop at, where there is one. */
export interface CallOptions {
  /** The caller's signal. */
  readonly signal?: AbortSignal;
}

/** The options of a metric that calls a model, checked, with what is left out filled in. */
export function readBatchOptions<T extends BatchOptions>(options: T, known: readonly string[], where: string): T & { batchSize: number } {
  const given = checkOptions(options, [...known, ...BATCH_OPTIONS], where);
  const { batchSize = 64 } = given;
  checkRange(batchSize, "batchSize", { min: 1, integer: true });
  checkProgressOptions(given);
  return { ...given, batchSize };
}

/** Counts what several models have done together, and says so. */
export class Tally {
  private done = 0;
  private total = 0;
  constructor(
    private readonly options: ProgressOptions,
    private readonly where: string,
  ) {}

  expect(items: number): void {
    this.total += items;
  }

  check(): void {
    checkAborted(this.options.signal, this.where, { done: this.done, total: this.total });
  }

  add(items: number): void {
    this.done += items;
    this.options.onProgress?.({ done: this.done, total: this.total });
  }
}

/**
 * Gives a model every distinct item of all groups once, in the order of their first appearance and in full batches, and yields
 * for each group, in order, what the model made of its items. What no later group needs is let go: memory is that of a batch
 * and of the items that come again.
 */
export function distinctBatches<T, R>(
  groups: readonly (readonly T[])[],
  call: (batch: T[]) => Promise<R[]>,
  batchSize: number,
  tally: Tally,
): AsyncGenerator<R[], void> {
  const lastGroup = new Map<T, number>();
  groups.forEach((group, g) => {
    for (const item of group) lastGroup.set(item, g);
  });
  tally.expect(lastGroup.size);
  return run();

  async function* run() {
    const results = new Map<T, R>();
    const upcoming = new Set<T>();
    let ahead = 0; // the group to read next when a batch is filled
    for (const [g, group] of groups.entries()) {
      ahead = Math.max(ahead, g); // what groups before this one needed may be gone already
      while (group.some((item) => !results.has(item))) {
        while (upcoming.size < batchSize && ahead < groups.length) {
          for (const item of groups[ahead++]!) if (!results.has(item)) upcoming.add(item);
        }
        const batch = [...upcoming].slice(0, batchSize);
        await nextTask(); // a model that computes on this thread may never pause by itself
        tally.check();
        const made = await call([...batch]); // a model may pad or sort what it is given
        batch.forEach((item, i) => {
          results.set(item, made[i]!);
          upcoming.delete(item);
        });
        tally.add(batch.length);
      }
      yield group.map((item) => results.get(item)!);
      for (const item of group) if (lastGroup.get(item) === g) results.delete(item);
    }
  }
}
