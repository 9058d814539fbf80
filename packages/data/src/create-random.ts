import { createRandom as fromSeed, type Random } from "@rsdix/internal";

export type { Random };

/**
 * A seeded generator of random numbers (Threefry-2x32-20, counter-based). The same seed gives the same numbers in any process and on any
 * machine, and `fork(label)` names an independent stream, so that a resumed run needs only its seed and step.
 *
 * @param seed - a whole number from 0 to 2^53 - 1.
 * @returns the generator.
 * @throws RsdixError INVALID_ARGUMENT for another seed.
 * @example
 * ```ts
 * import { createRandom } from "@rsdix/data";
 * const random = createRandom(1).fork("augmentation").fork(42);
 * const turn = random.int(4);
 * if (turn !== createRandom(1).fork("augmentation").fork(42).int(4)) throw new Error("a stream is named, not remembered");
 * ```
 * @see Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", SC 2011
 */
export function createRandom(seed: number): Random {
  return fromSeed(seed);
}
