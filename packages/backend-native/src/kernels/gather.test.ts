import { beforeAll, describe, expect, it } from "vitest";
import { backends, bools, cases, compare, floats, type Given, ints, numbers, randomShape } from "../../test/stock";
import { nativeAvailable } from "../../test/test-support";
import { size } from "../native-backend";

describe.runIf(nativeAvailable)("kernels that pick, add up and convert on native equal the stock kernels", () => {
  beforeAll(async () => void (await backends()));

  it("GatherV2: 500 random lists of indices, along any axis, in batches too", () => {
    cases("GatherV2", 500, (random) => {
      const shape = randomShape(random, { least: 1, most: 4 });
      const axis = random.int(shape.length);
      const batchDims = random.int(3) === 0 ? random.int(axis + 1) : 0;
      const picked = [...shape.slice(0, batchDims), ...randomShape(random, { most: 2 }).map((side) => Math.min(side, 6))];
      const indices = ints(random, picked, 0, Math.max(1, shape[axis]!));
      compare("GatherV2", { x: numbers(random, shape), indices }, { axis, batchDims }, { mayFallThrough: true });
    });
  });

  it("GatherV2 natively where there is anything to pick, on every thread", () => {
    cases("rows", 1, (random) => {
      const x = floats(random, [500, 96]);
      compare("GatherV2", { x, indices: ints(random, [40, 50], 0, 500) }, { axis: 0, batchDims: 0 });
      compare("GatherV2", { x, indices: ints(random, [100], 0, 96) }, { axis: 1 });
    });
  });

  it.each([-1, 5, 2147483647, -2147483648])("GatherV2 refuses the index %d of 5", (index) => {
    const indices: Given = { shape: [2], dtype: "int32", values: Int32Array.of(0, index) };
    cases("wrong", 1, (random) => compare("GatherV2", { x: floats(random, [5, 3]), indices }, { axis: 0, batchDims: 0 }));
  });

  it("UnsortedSegmentSum: 250 random lists of segments, some ids outside", () => {
    cases("UnsortedSegmentSum", 250, (random) => {
      const shape = randomShape(random, { least: 1, most: 4 });
      const x = floats(random, shape);
      x.values = x.values.map((value) => (Number.isFinite(value) ? value : 0)); // the stock kernel spreads NaN to every segment
      const segmentIds = ints(random, [shape[0]!], -1, 6);
      compare("UnsortedSegmentSum", { x, segmentIds }, { numSegments: 1 + random.int(6) }, { rtol: 1e-5, atol: 1e-5 });
    });
  });

  it("but UnsortedSegmentSum keeps a NaN in its segment, which the stock kernel spreads to every one", async () => {
    const { native } = await backends();
    const y = new Float32Array(3);
    native.addon.segmentSum(Float32Array.of(1, Number.NaN, 3), Int32Array.of(0, 1, 0), y, 3, 3, 1);
    expect([...y]).toEqual([4, Number.NaN, 0]);
  });

  it("UnsortedSegmentSum on every thread", () => {
    cases("segments", 1, (random) => {
      const [x, segmentIds] = [floats(random, [700, 90]), ints(random, [700], 0, 40)];
      x.values = x.values.map((value) => (Number.isFinite(value) ? value : 0));
      compare("UnsortedSegmentSum", { x, segmentIds }, { numSegments: 40 }, { rtol: 1e-5, atol: 1e-4 });
    });
  });

  it("ScatterNd: 250 random places, some twice", () => {
    cases("ScatterNd", 250, (random) => {
      const shape = randomShape(random, { least: 1, most: 4 }).map((side) => Math.max(1, side));
      const depth = 1 + random.int(shape.length);
      const count = random.int(6);
      const places = Array.from({ length: count }, () => shape.slice(0, depth).map((side) => random.int(side))).flat();
      const indices: Given = { shape: [count, depth], dtype: "int32", values: Int32Array.from(places) };
      const updates = floats(random, [count, ...shape.slice(depth)]);
      compare("ScatterNd", { indices, updates }, { shape }, { rtol: 1e-5, atol: 1e-6 });
    });
  });

  it("ScatterNd refuses places outside", () => {
    const indices: Given = { shape: [1, 1], dtype: "int32", values: Int32Array.of(4) };
    cases("wrong", 1, (random) => compare("ScatterNd", { indices, updates: floats(random, [1, 2]) }, { shape: [4, 2] }));
  });

  it.each(["float32", "int32", "bool"] as const)("Cast of %s, 60 random shapes, to every type", (from) => {
    const make = { float32: (random, shape) => floats(random, shape, 1e9), int32: ints, bool: bools } as Record<
      string,
      (...args: Parameters<typeof bools>) => Given
    >;
    cases(`Cast ${from}`, 60, (random) => {
      const x = make[from]!(random, randomShape(random));
      for (const dtype of ["float32", "int32", "bool"]) compare("Cast", { x }, { dtype }, { mayFallThrough: dtype === "bool" });
    });
  });

  it("Fill, ZerosLike, OnesLike: 60 random shapes of each", () => {
    cases("Fill", 60, (random) => {
      const shape = randomShape(random);
      compare("Fill", [], { shape, value: random.normal(), dtype: "float32" });
      compare("Fill", [], { shape, value: 3, dtype: "int32" }, { mayFallThrough: true });
      for (const name of ["ZerosLike", "OnesLike"]) compare(name, { x: floats(random, shape) });
    });
  });

  it("makes no numbers out of arrays that were used before", async () => {
    const { native } = await backends();
    const used = native.allocate(5000).fill(Number.NaN);
    native.disposeData(native.result([5000], used).dataId);
    expect(native.unusedBytes).toBeGreaterThanOrEqual(20_000);
    cases("recycled", 1, (random) => {
      const ids: Given = { shape: [1], dtype: "int32", values: Int32Array.of(0) };
      compare("ZerosLike", { x: floats(random, [5000]) });
      const x = floats(random, [1, 1000]);
      x.values.fill(1);
      native.disposeData(native.result([5000], native.allocate(5000).fill(Number.NaN)).dataId);
      compare("UnsortedSegmentSum", { x, segmentIds: ids }, { numSegments: 5 });
      native.disposeData(native.result([5000], native.allocate(5000).fill(Number.NaN)).dataId);
      compare("PadV2", { x }, { paddings: [[2, 2], [0, 0]], constantValue: 0 }); // biome-ignore format: pairs
    });
    expect(size([2, 3])).toBe(6);
  });
});
