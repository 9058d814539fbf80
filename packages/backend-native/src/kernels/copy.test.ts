import type { Random } from "@rsdix/internal";
import { beforeAll, describe, it } from "vitest";
import { backends, bools, cases, compare, floats, type Given, numbers, randomShape } from "../../test/stock";
import { nativeAvailable } from "../../test/test-support";

/** A box inside a shape; on some axes all of it. */
function box(random: Random, shape: number[]): { begin: number[]; size: number[] } {
  const begin = shape.map((side) => (random.int(3) === 0 ? 0 : random.int(side + 1)));
  const size = shape.map((side, i) => (random.int(3) === 0 ? side - begin[i]! : random.int(side - begin[i]! + 1)));
  return { begin, size };
}

/** Shapes that differ along one axis. */
function alongAxis(random: Random, shape: number[], axis: number, count: number): number[][] {
  return Array.from({ length: count }, () => shape.map((side, i) => (i === axis ? random.int(5) : side)));
}

const order = (random: Random, rank: number) => random.shuffle(Array.from({ length: rank }, (_, i) => i));

describe.runIf(nativeAvailable)("kernels that move numbers on native equal the stock kernels", () => {
  beforeAll(async () => void (await backends()));

  it("Transpose: 600 random orders of up to 6 axes", () => {
    cases("Transpose", 600, (random) => {
      const shape = randomShape(random, { most: 6 });
      compare("Transpose", { x: numbers(random, shape) }, { perm: order(random, shape.length) });
    });
  });

  it.each([
    { shape: [300, 350], perm: [1, 0] },
    { shape: [1024, 64], perm: [1, 0] },
    { shape: [3, 40_001], perm: [1, 0] },
    { shape: [40_001, 3], perm: [1, 0] },
    { shape: [2, 2, 30_001], perm: [0, 2, 1] },
    { shape: [2, 4, 20_003], perm: [0, 2, 1] },
    { shape: [4, 50, 6, 32], perm: [0, 2, 1, 3] },
    { shape: [4, 6, 50, 33], perm: [0, 1, 3, 2] },
    { shape: [2, 64, 64, 3], perm: [0, 3, 1, 2] },
    { shape: [17, 18, 19, 20], perm: [3, 1, 0, 2] },
    { shape: [8, 9, 10, 11, 12], perm: [4, 3, 2, 1, 0] },
  ])("Transpose of $shape to $perm on every thread", ({ shape, perm }) => {
    cases(`${shape}`, 1, (random) => compare("Transpose", { x: floats(random, shape) }, { perm }));
  });

  it("Slice: 500 random boxes", () => {
    cases("Slice", 500, (random) => {
      const shape = randomShape(random, { least: 1 });
      const { begin, size } = box(random, shape);
      compare("Slice", { x: numbers(random, shape) }, { begin, size: random.int(8) === 0 ? shape.map(() => -1) : size });
    });
  });

  it("StridedSlice: 300 random steps, forwards and backwards, with every mask", () => {
    cases("StridedSlice", 300, (random) => {
      const shape = randomShape(random, { least: 1, most: 4 });
      const { begin, size } = box(random, shape);
      const back = shape.map(() => random.int(4) === 0);
      const last = begin.map((start, i) => start + size[i]!);
      const attrs = {
        begin: begin.map((start, i) => (back[i] ? last[i]! - 1 : start)),
        end: last.map((stop, i) => (back[i] ? begin[i]! - 1 : stop)),
        strides: shape.map((_, i) => (back[i] ? -1 : 1) * (1 + random.int(3))),
        beginMask: random.int(4),
        endMask: random.int(4),
        ellipsisMask: 0,
        newAxisMask: random.int(6) === 0 ? 1 : 0,
        shrinkAxisMask: 0,
      };
      compare("StridedSlice", { x: numbers(random, shape) }, attrs, { mayFallThrough: true });
    });
  });

  it("SplitV: 250 random cuts", () => {
    cases("SplitV", 250, (random) => {
      const shape = randomShape(random, { least: 1 });
      const axis = random.int(shape.length);
      const first = random.int(shape[axis]! + 1);
      const numOrSizeSplits = random.int(3) === 0 ? 1 : [first, shape[axis]! - first];
      compare("SplitV", { x: numbers(random, shape) }, { axis: random.int(2) ? axis : axis - shape.length, numOrSizeSplits });
    });
  });

  it("Unpack: 150 random axes", () => {
    cases("Unpack", 150, (random) => {
      const shape = randomShape(random, { least: 1 });
      compare("Unpack", { value: numbers(random, shape) }, { axis: random.int(2 * shape.length) - shape.length });
    });
  });

  it("Concat: 500 random lists", () => {
    cases("Concat", 500, (random) => {
      const shape = randomShape(random, { least: 1 });
      const axis = random.int(shape.length);
      const make = random.int(3) === 0 ? numbers : floats;
      const of = random.fork("type").int(1_000_000);
      const tensors = alongAxis(random, shape, axis, 1 + random.int(5)).map((one, i) => ({ one, i }));
      const given = tensors.map(({ one }) => (make === floats ? floats(random, one) : typed(random, one, of)));
      compare(
        "Concat",
        given,
        { axis: random.int(2) ? axis : axis - shape.length },
        { mayFallThrough: given.every(({ values }) => values.length === 0) },
      );
    });
  });

  it("Pack: 250 random lists", () => {
    cases("Pack", 250, (random) => {
      const shape = randomShape(random, { most: 4 });
      const given = Array.from({ length: 1 + random.int(4) }, () => floats(random, shape));
      compare("Pack", given, { axis: random.int(shape.length + 1) }, { mayFallThrough: shape.includes(0) });
    });
  });

  it("PadV2: 400 random margins", () => {
    cases("PadV2", 400, (random) => {
      const shape = randomShape(random);
      const paddings = shape.map(() => [random.int(4), random.int(4)]);
      compare("PadV2", { x: numbers(random, shape) }, { paddings, constantValue: random.int(2) ? 0 : 7 });
    });
  });

  it("Tile: 300 random repeats", () => {
    cases("Tile", 300, (random) => {
      const shape = randomShape(random, { most: 4 });
      compare("Tile", { x: numbers(random, shape) }, { reps: shape.map(() => random.int(8) && 1 + random.int(3)) });
    });
  });

  it("Reverse: 250 random sets of axes", () => {
    cases("Reverse", 250, (random) => {
      const shape = randomShape(random);
      compare("Reverse", { x: numbers(random, shape) }, { dims: shape.map((_, i) => i).filter(() => random.int(2)) });
    });
  });

  it("moves large arrays on every thread", () => {
    cases("large", 1, (random) => {
      const x = floats(random, [300, 401]);
      compare("Slice", { x }, { begin: [1, 3], size: [290, 397] });
      compare("Slice", { x }, { begin: [7, 0], size: [250, 401] });
      compare("Concat", [x, floats(random, [300, 77])], { axis: 1 });
      compare("Concat", [x, floats(random, [50, 401])], { axis: 0 });
      compare("PadV2", { x }, { paddings: [[1, 2], [3, 4]], constantValue: -1 }); // biome-ignore format: pairs
      compare("Tile", { x }, { reps: [2, 2] });
      compare("Reverse", { x }, { dims: [1] });
    });
  });

  it("refuses what the stock kernels refuse, and leaves other types to them", () => {
    cases("wrong", 1, (random) => {
      const x = floats(random, [3, 4]);
      compare("Slice", { x }, { begin: [2, 0], size: [2, 4] });
      compare("Concat", [x, floats(random, [4, 4])], { axis: 1 });
      compare("Pack", [x, floats(random, [4, 4])], { axis: 0 });
      const mask = bools(random, [3, 4]);
      compare("Slice", { x: mask }, { begin: [1, 1], size: [2, 2] }, { mayFallThrough: true });
      compare("Concat", [mask, mask], { axis: 1 }, { mayFallThrough: true });
      compare("Transpose", { x: mask }, { perm: [1, 0] }, { mayFallThrough: true });
    });
  });
});

/** float32 or int32, as `seed` says. */
function typed(random: Random, shape: number[], seed: number): Given {
  const x = floats(random, shape);
  return seed % 2 ? x : { shape, dtype: "int32", values: Int32Array.from(x.values, (value) => value * 1e6) };
}
