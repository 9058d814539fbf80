import { describe, expect, it } from "vitest";
import { refusal } from "../../../test/refusal";
import { batchPlan } from "./batch-plan";
import { createRandom } from "./create-random";

const sorted = (values: Iterable<number>) => [...values].sort((a, b) => a - b);
const range = (n: number) => Array.from({ length: n }, (_, i) => i);

describe("batchPlan", () => {
  it("takes every item exactly once an epoch, whatever the sizes", () => {
    const random = createRandom(1);
    for (let round = 0; round < 60; round++) {
      const size = 1 + random.int(50);
      const batchSize = 1 + random.int(60);
      const plan = batchPlan({ size, batchSize, seed: round });
      expect(plan.stepsPerEpoch).toBe(Math.ceil(size / batchSize));
      for (let epoch = 0; epoch < 3; epoch++) {
        const steps = range(plan.stepsPerEpoch).map((i) => epoch * plan.stepsPerEpoch + i);
        expect(steps.map(plan.epoch)).toEqual(steps.map(() => epoch));
        const batches = steps.map((step) => plan.indices(step));
        expect(sorted(batches.flatMap((batch) => [...batch]))).toEqual(range(size));
        for (const batch of batches.slice(0, -1)) expect(batch).toHaveLength(batchSize);
      }
    }
  });

  it("leaves out a small last batch on demand: whole batches, no item twice", () => {
    const plan = batchPlan({ size: 11, batchSize: 4, seed: 5, dropLast: true });
    expect(plan.stepsPerEpoch).toBe(2);
    for (let epoch = 0; epoch < 20; epoch++) {
      const items = [...plan.indices(2 * epoch), ...plan.indices(2 * epoch + 1)];
      expect(new Set(items).size).toBe(8);
    }
    const left = range(20).flatMap((step) => [...plan.indices(step)]);
    expect(new Set(left).size).toBe(11); // over epochs nothing is left out for good
  });

  it("depends on the step alone, not on what was asked before", () => {
    const options = { size: 23, batchSize: 5, seed: 9 };
    const steps = range(40);
    const forward = batchPlan(options);
    const expected = new Map(steps.map((step) => [step, forward.indices(step)]));
    const shuffled = createRandom(2).shuffle([...steps, ...steps]);
    const plan = batchPlan(options);
    for (const step of shuffled) expect(plan.indices(step)).toEqual(expected.get(step));
    for (const step of [39, 17]) expect(batchPlan(options).indices(step)).toEqual(expected.get(step));
  });

  it("hands out copies: changing a batch changes no later one", () => {
    const plan = batchPlan({ size: 8, batchSize: 4, seed: 1 });
    const batch = plan.indices(1);
    const before = [...batch];
    batch.fill(-1);
    expect([...plan.indices(1)]).toEqual(before);
    expect(plan.indices(0)).toBeInstanceOf(Int32Array);
  });

  it("shuffles each epoch anew and differs between seeds", () => {
    const epoch = (seed: number, n: number) => batchPlan({ size: 50, batchSize: 50, seed }).indices(n).join();
    expect(new Set([epoch(1, 0), epoch(1, 1), epoch(1, 2), epoch(2, 0), epoch(3, 0)]).size).toBe(5);
    expect(epoch(1, 0)).toBe(
      [
        ...createRandom(1)
          .fork("shuffle")
          .fork(0)
          .shuffle(Int32Array.from(range(50))),
      ].join(),
    );
  });

  it("refuses nothing to take, wrong numbers and unknown options", () => {
    const good = { size: 10, batchSize: 4, seed: 1 };
    expect(() => batchPlan({ ...good, size: 0 })).toThrow(refusal("EMPTY_DATA"));
    expect(() => batchPlan({ ...good, size: 3, dropLast: true })).toThrow(/3 items are fewer than one batch of 4/);
    for (const wrong of [{ size: -1 }, { size: 2.5 }, { batchSize: 0 }, { batchSize: Number.NaN }, { seed: -1 }, { seed: "1" as never }]) {
      expect(() => batchPlan({ ...good, ...wrong })).toThrow(refusal("INVALID_ARGUMENT"));
    }
    expect(() => batchPlan({ ...good, shuffle: false } as never)).toThrow(refusal("UNKNOWN_OPTION"));
    for (const step of [-1, 0.5, Number.NaN, 2 ** 53]) {
      expect(() => batchPlan(good).indices(step)).toThrow(refusal("INVALID_ARGUMENT"));
      expect(() => batchPlan(good).epoch(step)).toThrow(refusal("INVALID_ARGUMENT"));
    }
  });
});
