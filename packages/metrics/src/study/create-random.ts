import { createRandom as fromSeed, type Random } from "@rsdix/internal";

export type { Random };

/**
 * A seeded generator of random numbers (Threefry-2x32-20, counter-based), for what makes captions wrong: the same seed gives the same draws in any
 * process, and `fork(label)` names an independent stream.
 *
 * @param seed - a whole number from 0 to 2^53 - 1.
 * @returns the generator.
 * @throws RsdixError INVALID_ARGUMENT for another seed.
 * @example
 * ```ts
 * import { createRandom, shuffleWords } from "@rsdix/metrics/study";
 * const wrong = (seed: number) => shuffleWords("two planes beside a lake", createRandom(seed).fork(0));
 * if (wrong(1)?.caption !== wrong(1)?.caption) throw new Error("the same seed gives the same caption");
 * ```
 * @see Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", SC 2011
 */
export function createRandom(seed: number): Random {
  return fromSeed(seed);
}
