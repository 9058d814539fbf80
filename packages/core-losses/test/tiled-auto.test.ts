import * as tf from "@tensorflow/tfjs-core";
import { expect, it, vi } from "vitest";
import { onEachBackend } from "../../../test/tensors";
import type { planOf } from "../src/plan";
import { inputsOf, TILED, type TiledLoss } from "./all-losses";
import { evaluate, expectSame, matrix, scalar } from "./gradients";
import { unitRows } from "./random-batch";

type Plans = { planOf: typeof planOf };

/** How often the sides of matrices, strips and tiles are shorter than those that a plan is made for. */
const scale = vi.hoisted(() => ({ by: 1 }));

// The plan for four times as many pairs, with all sides by four, keeps as many matrices, of a sixteenth of the numbers. plan.test.ts has its true sizes.
vi.mock("../src/plan", async (original) => {
  const plans = await original<Plans>();
  const down = (side: number) => Math.ceil(side / scale.by);
  const planOf: Plans["planOf"] = (tile, m, n) => {
    const { rows, tile: sides, kept } = plans.planOf(tile, scale.by * m, scale.by * n);
    return { rows: down(rows), tile: { rows: down(sides.rows), columns: down(sides.columns) }, kept };
  };
  return { ...plans, planOf };
});

/** Numbers of pairs on both sides of where "auto" keeps one matrix less, how many it keeps, and of which losses; those that are also `whole` at full size. */
const SIZES = [
  { size: 2100, kept: 3, names: /MSE/, whole: /MSE/ },
  { size: 2400, kept: 0, names: /MSE/, whole: /MSE/ }, // there is room for two, and it keeps three or none
  { size: 2800, kept: 2, names: /"lambda":0.1}|rsdixLoss/ },
  { size: 2900, kept: 1, names: /^infoNCE$|by labels|^sigmoidLoss$|"lambda":0.1}|rsdixLoss/, whole: /rsdixLoss/ },
  { size: 4100, kept: 0, names: /^infoNCE$|rsdixLoss/ },
];

const BY = 4;

interface Case {
  size: number;
  kept: number;
  loss: TiledLoss;
}

const casesOf = (which: "names" | "whole", by: number) =>
  SIZES.flatMap(({ size, kept, [which]: names }) =>
    TILED.filter(({ name }) => names?.test(name)).map((loss) => ({ size: size / by, kept, loss, name: loss.name })),
  );

/** What `evaluate` returns, and the most bytes that it took beyond the tensors that were there. */
async function profiled(...args: Parameters<typeof evaluate>) {
  const before = tf.memory().numBytes;
  let result: ReturnType<typeof evaluate> | undefined;
  const { peakBytes, result: nothing } = await tf.profile(() => {
    result = evaluate(...args);
    return tf.scalar(0);
  });
  tf.dispose(nothing);
  return { result: result!, bytes: peakBytes - before };
}

async function expectSameInMemory({ size, kept, loss }: Case, by: number) {
  scale.by = by;
  const mib = 2 ** 20 / by ** 2;
  const inputs = [matrix(unitRows(1, size, 5)), matrix(unitRows(2, size, 5)), ...loss.scalars.map(scalar)];
  const [auto, dense] = [await profiled(loss.of(size, size, { tile: "auto" }), inputs), await profiled(loss.of(size, size, {}), inputs)];
  expectSame(auto.result, dense.result, 1e-5, 1e-9);
  // Strips of 4 MiB lie beside what is kept, at least two and at most ten; vectors, which are longer beside short sides, are up to a hundred.
  // Saving for the gradient copies what is kept until the forward pass ends.
  expect(auto.bytes).toBeGreaterThan(kept * 4 * size ** 2 + (kept > 0 ? 8 * mib : 0));
  expect(auto.bytes).toBeLessThan(2 * kept * 4 * size ** 2 + 40 * mib + (by > 1 ? 100 * 4 * size : 0));
  expect(dense.bytes).toBeGreaterThan(4 * 4 * size ** 2);
}

onEachBackend("a loss with tile auto", (backend) => {
  // On plain JavaScript it would take minutes.
  const run = it.runIf(backend === "wasm" || backend === "native");

  run.each(casesOf("names", BY))(`is the same for $size pairs, in the memory of what it should keep, sides by ${BY}: $name`, (test) =>
    expectSameInMemory(test, BY),
  );

  run.each(casesOf("whole", 1))("is the same for $size pairs, in the memory of what it should keep: $name", (test) =>
    expectSameInMemory(test, 1),
  );

  const similarityMSE = TILED.find(({ name }) => name === "similarityMSE")!;

  it.each([
    [1100, 1900],
    [1900, 1100],
  ])(`is the same with strips that are kept, %i images and %i texts, sides by ${BY}: similarityMSE`, (m, n) => {
    scale.by = BY;
    const inputs = inputsOf(similarityMSE, m / BY, n / BY);
    const [dense, auto] = [{}, { tile: "auto" as const }].map((options) => evaluate(similarityMSE.of(m / BY, n / BY, options), inputs));
    expectSame(auto!, dense!, 1e-5, 1e-9);
  });
});
