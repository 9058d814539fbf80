import { execFileSync } from "node:child_process";
import type { Random } from "@rsdix/internal";
import { beforeAll, describe, expect, it } from "vitest";
import { backends, type Closeness, cases, compare, floats, ints, randomShape } from "../../test/stock";
import { nativeAvailable } from "../../test/test-support";
import { builtBinary } from "../binary";

const AXES: Record<string, string> = { Sum: "axis", Mean: "axis", Prod: "axis", Max: "reductionIndices", Min: "axis" };

/** The stock mean rounds each x / n; sums of numbers of either sign may nearly cancel. Largest and smallest numbers are exact. */
const CLOSENESS: Record<string, Closeness> = {
  Sum: { rtol: 1e-5, atol: 1e-6 },
  Mean: { rtol: 1e-5, atol: 1e-6 },
  Prod: { rtol: 1e-5, atol: 1e-38 },
};

/** Any axes, in any order, some counted from the end; none at all, which reduces nothing. */
function someAxes(random: Random, rank: number): number[] {
  const axes = Array.from({ length: rank }, (_, i) => i).filter(() => random.int(2) === 0);
  return random.shuffle(axes).map((axis) => (random.int(4) === 0 ? axis - rank : axis));
}

describe.runIf(nativeAvailable)("reductions on native equal the stock kernels", () => {
  beforeAll(async () => void (await backends()));

  it.each(Object.entries(AXES))("%s along 250 random sets of axes", (name, attribute) => {
    cases(name, 250, (random) => {
      const shape = randomShape(random);
      const axes = random.int(8) === 0 ? undefined : someAxes(random, shape.length);
      const closeness = { ...CLOSENESS[name], mayFallThrough: shape.includes(0) };
      compare(name, { x: floats(random, shape) }, { [attribute]: axes, keepDims: random.int(2) === 0 }, closeness);
    });
  });

  it.each(["ArgMax", "ArgMin"])("%s along 250 random axes", (name) => {
    cases(name, 250, (random) => {
      const shape = randomShape(random, { least: 1 });
      const axis = random.int(shape.length) - (random.int(4) === 0 ? shape.length : 0);
      compare(name, { x: floats(random, shape) }, { axis }, { mayFallThrough: shape.includes(0) });
    });
  });

  it.each([
    { shape: [100_003], axes: [0] },
    { shape: [3, 50_000], axes: [1] },
    { shape: [1500, 70], axes: [0] },
    { shape: [400, 300], axes: [0] },
    { shape: [400, 300], axes: [1] },
    { shape: [2, 40_000, 2], axes: [1] },
    { shape: [30, 40, 100], axes: [0, 2] },
    { shape: [30, 40, 100], axes: [1] },
  ])("$axes of $shape on every thread", ({ shape, axes }) => {
    cases(`${shape}${axes}`, 1, (random) => {
      const x = floats(random, shape);
      const closeness = { rtol: 1e-5, atol: 1e-3 }; // the stock mean's roundings of 100,000 terms
      for (const [name, attribute] of Object.entries(AXES)) compare(name, { x }, { [attribute]: axes }, CLOSENESS[name] && closeness);
      for (const name of ["ArgMax", "ArgMin"]) if (axes.length === 1) compare(name, { x }, { axis: axes[0] });
    });
  });

  it("gives the same results on any number of threads", () => {
    const on = (threads: number) => {
      const script = `
        const addon = require(${JSON.stringify(process.env.RSDIX_NATIVE_BINARY ?? builtBinary())});
        addon.configure(${threads});
        const x = Float32Array.from({ length: 300_000 }, (_, i) => Math.sin(i));
        const results = [];
        for (const [outer, n, inner] of [[1, 300_000, 1], [3, 100_000, 1], [1, 3000, 100], [2, 75_000, 2], [300, 10, 100]]) {
          const y = new Float32Array(outer * inner);
          for (const operation of [0, 2, 3]) {
            addon.reduce(operation, x, y, outer, n, inner, 1);
            results.push(...y.slice(0, 400));
          }
        }
        console.log(JSON.stringify(results));`;
      return JSON.parse(execFileSync(process.execPath, ["--eval", script], { encoding: "utf8" })) as number[];
    };
    const expected = on(1);
    for (const threads of [2, 7]) expect(on(threads)).toBeAllclose(expected, { rtol: 1e-6, atol: 1e-9 });
  });

  it.each(["Max", "Min", "ArgMax", "ArgMin"])("%s of rows with a NaN in each place, with infinities and zeros of both signs", (name) => {
    const rows = 70;
    const values = new Float32Array((rows + 3) * rows).map((_, i) => Math.sin(i));
    for (let row = 0; row < rows; row++) values[row * rows + row] = Number.NaN;
    values.fill(Number.NEGATIVE_INFINITY, rows * rows, rows * (rows + 1));
    values.fill(Number.POSITIVE_INFINITY, rows * (rows + 1), rows * (rows + 2));
    for (let i = rows * (rows + 2); i < values.length; i++) values[i] = i % 2 ? 0 : -0;
    const x = { shape: [rows + 3, rows], dtype: "float32" as const, values };
    for (const axis of [0, 1]) compare(name, { x }, { axis, reductionIndices: axis });
  });

  it("leaves int32 to the stock kernels", () => {
    cases("int32", 1, (random) => {
      const x = ints(random, [4, 5]);
      for (const [name, attribute] of Object.entries(AXES))
        compare(name, { x }, { [attribute]: [0] }, { mayFallThrough: true, atol: 1e-6 });
    });
  });

  it("refuses axes that are not there, as the stock kernels do", () => {
    cases("wrong", 1, (random) => {
      for (const [name, attribute] of Object.entries(AXES)) compare(name, { x: floats(random, [2, 3]) }, { [attribute]: [2] });
    });
  });
});
