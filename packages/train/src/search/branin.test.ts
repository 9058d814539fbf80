import { setTimeout as wait } from "node:timers/promises";
import { createRandom } from "@rsdix/internal";
import { describe, expect, it } from "vitest";
import { drain } from "../../../../test/drain";
import { bayesSearch } from "./bayes-search";

const SPACE = { x: { type: "continuous", min: -5, max: 10 }, y: { type: "continuous", min: 0, max: 15 } } as const;
/** Branin's function; its three minima are 0.397887. */
const branin = ({ x, y }: { x: number; y: number }) =>
  (y - (5.1 / (4 * Math.PI ** 2)) * x * x + (5 / Math.PI) * x - 6) ** 2 + 10 * (1 - 1 / (8 * Math.PI)) * Math.cos(x) + 10;
const MINIMUM = 0.397887;
const TRIALS = 30;
const SEEDS = Array.from({ length: 10 }, (_, seed) => seed);

const lowest = (values: readonly number[]) => Math.min(...values) - MINIMUM;

async function bayesGap(randomState: number, count = TRIALS, parallel = 1): Promise<number> {
  const slowly = async (point: { x: number; y: number }) => {
    await wait(1); // as many as may run do so
    return branin(point);
  };
  const trials = await drain(bayesSearch(SPACE, parallel === 1 ? branin : slowly, { nIter: count - 5, randomState, parallel }));
  expect(trials).toHaveLength(count);
  return lowest(trials.map((trial) => (trial.state === "done" ? trial.value : Number.POSITIVE_INFINITY)));
}

function randomGap(seed: number): number {
  const random = createRandom(seed);
  return lowest(Array.from({ length: TRIALS }, () => branin({ x: -5 + 15 * random.next(), y: 15 * random.next() })));
}

describe("bayesSearch on Branin's function", () => {
  it("comes within 0.1 of the minimum in 30 trials for 9 of 10 seeds, where random search does not", async () => {
    const ours: number[] = [];
    for (const seed of SEEDS) ours.push(await bayesGap(seed));
    const random = SEEDS.map(randomGap);
    expect(ours.filter((gap) => gap < 0.1).length).toBeGreaterThanOrEqual(9);
    for (const [i, gap] of ours.entries()) expect(gap).toBeLessThan(random[i]!);
    expect(random.filter((gap) => gap < 0.1).length).toBeLessThan(5);
  });

  it("comes as near in 40 trials, 4 at a time", async () => {
    const gaps: number[] = [];
    for (const seed of SEEDS) gaps.push(await bayesGap(seed, 40, 4));
    expect(gaps.filter((gap) => gap < 0.1).length).toBeGreaterThanOrEqual(9);
  });
});
