import { fail } from "@rsdix/internal";

/** A gate that lets work through as long as its weights together are at most `size`; what weighs more goes alone. First come, first served. */
export interface Slots {
  take(weight?: number): Promise<void>;
  free(weight?: number): void;
  /** Whoever waits, and whoever comes, is ABORTED. */
  stop(): void;
}

export function slots(size: number): Slots {
  let used = 0;
  let stopped = false;
  const waiting: { weight: number; pass(): void; drop(): void }[] = [];
  const fits = (weight: number) => used === 0 || used + weight <= size;
  return {
    take: (weight = 1) =>
      new Promise((resolve, reject) => {
        if (stopped) return reject(stop());
        if (waiting.length > 0 || !fits(weight)) {
          waiting.push({ weight, pass: resolve, drop: () => reject(stop()) });
          return;
        }
        used += weight;
        resolve();
      }),
    free(weight = 1) {
      used -= weight;
      while (waiting[0] && fits(waiting[0].weight)) {
        const next = waiting.shift()!;
        used += next.weight;
        next.pass();
      }
    },
    stop() {
      stopped = true;
      for (const { drop } of waiting.splice(0)) drop();
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
