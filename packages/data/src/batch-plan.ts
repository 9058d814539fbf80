import { checkOptions, checkRange, fail } from "@rsdix/internal";
import { createRandom } from "./create-random";

/** Options of `batchPlan`. */
export interface BatchPlanOptions {
  /** How many items there are. */
  readonly size: number;
  /** How many items a step takes. */
  readonly batchSize: number;
  /** The same seed gives the same batches. */
  readonly seed: number;
  /** Leave out an epoch's last batch when it would be smaller; false unless told otherwise. */
  readonly dropLast?: boolean;
}

/** Which items each step of a run takes: a pure function of the step, so that resuming at a step needs only its number. */
export interface BatchPlan {
  /** Steps until every item was taken once (or, with `dropLast`, until no whole batch is left). */
  readonly stepsPerEpoch: number;
  /** The items of a step (counted from 0 over the whole run), int32 [batchSize] or fewer in an epoch's last step. */
  indices(step: number): Int32Array;
  /** The epoch that a step belongs to, counted from 0. */
  epoch(step: number): number;
}

/**
 * Plans the batches of a run: each epoch is a new seeded permutation of all items, cut into batches.
 *
 * @param options - `size`, `batchSize`, `seed` and `dropLast` (false).
 * @returns the plan; it may be asked for any step in any order.
 * @throws RsdixError EMPTY_DATA when there are no items, or with `dropLast` fewer than one batch; INVALID_ARGUMENT for a number out of
 * range, also from `indices` and `epoch` for a step that is not a whole number from 0; UNKNOWN_OPTION.
 * @example
 * ```ts
 * import { batchPlan } from "@rsdix/data";
 * const plan = batchPlan({ size: 10, batchSize: 4, seed: 1 });
 * const epoch = [0, 1, 2].flatMap((step) => [...plan.indices(step)]);
 * if (new Set(epoch).size !== 10 || plan.epoch(3) !== 1) throw new Error("expected each item once in three steps");
 * ```
 */
export function batchPlan(options: BatchPlanOptions): BatchPlan {
  const { size, batchSize, seed, dropLast = false } = checkOptions(options, ["size", "batchSize", "seed", "dropLast"], "batchPlan");
  checkRange(size, "size", { min: 0, max: 2 ** 31 - 1, integer: true }); // indices are int32
  checkRange(batchSize, "batchSize", { min: 1, max: 2 ** 31 - 1, integer: true });
  const stepsPerEpoch = dropLast ? Math.floor(size / batchSize) : Math.ceil(size / batchSize);
  if (size === 0) fail("EMPTY_DATA", "There is nothing to take batches of: size is 0.");
  if (stepsPerEpoch === 0) fail("EMPTY_DATA", `${size} items are fewer than one batch of ${batchSize}, and dropLast leaves it out.`);
  const shuffles = createRandom(seed).fork("shuffle");
  let cached: { epoch: number; order: Int32Array } | undefined;

  const epochOf = (step: number) => {
    checkRange(step, "step", { min: 0, max: Number.MAX_SAFE_INTEGER, integer: true });
    return Math.floor(step / stepsPerEpoch);
  };
  const orderOf = (epoch: number) => {
    if (cached?.epoch !== epoch) {
      cached = { epoch, order: shuffles.fork(epoch).shuffle(Int32Array.from({ length: size }, (_, i) => i)) };
    }
    return cached.order;
  };
  return {
    stepsPerEpoch,
    epoch: epochOf,
    indices(step) {
      const epoch = epochOf(step);
      const start = (step - epoch * stepsPerEpoch) * batchSize;
      return orderOf(epoch).slice(start, start + batchSize);
    },
  };
}
