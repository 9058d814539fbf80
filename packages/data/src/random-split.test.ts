import { describe, expect, it } from "vitest";
import { refusal } from "../../../test/refusal";
import { makeDataset } from "../test/make-dataset";
import { randomSplit } from "./random-split";
import { selectSplit } from "./select-split";

function counts(size: number, options: { train?: number; val?: number; seed?: number } = {}) {
  const dataset = randomSplit(makeDataset(size), { seed: 1, ...options });
  return (["train", "val", "test"] as const).map((split) => selectSplit(dataset, split).length);
}

describe("randomSplit", () => {
  it.each([
    [100, {}, [80, 10, 10]],
    [10_921, {}, [8736, 1092, 1093]],
    [1, {}, [0, 0, 1]],
    [0, {}, [0, 0, 0]],
    [33, { train: 0, val: 0 }, [0, 0, 33]],
    [33, { train: 100, val: 0 }, [33, 0, 0]],
    [33, { train: 0, val: 100 }, [0, 33, 0]],
    [33, { train: 80, val: 20 }, [27, 6, 0]],
    [33, { train: 90, val: 90 }, [29, 4, 0]],
    [33, { train: 33.3, val: 33.3 }, [10, 10, 13]],
  ])("%d images with %j: %j", (size, options, expected) => {
    expect(counts(size, options)).toEqual(expected);
  });

  it("puts each image in one split, whatever the percentages", () => {
    for (let train = 0; train <= 100; train += 9) {
      for (let val = 0; val <= 100; val += 13) {
        const [a, b, c] = counts(57, { train, val });
        expect(a! + b! + c!).toBe(57);
        if (train + val >= 100) expect(c).toBe(0);
      }
    }
  });

  it("is random by the seed alone, and even", () => {
    const dataset = makeDataset(400);
    const splitsOf = (seed: number) => randomSplit(dataset, { seed }).images.map(({ split }) => split);
    expect(splitsOf(3)).toEqual(splitsOf(3));
    expect(splitsOf(3)).not.toEqual(splitsOf(4));
    const timesInTest = new Array(400).fill(0);
    for (let seed = 0; seed < 50; seed++) {
      for (const [i, split] of splitsOf(seed).entries()) if (split === "test") timesInTest[i]++;
    }
    expect(Math.max(...timesInTest)).toBeLessThan(18); // 5 on average, binomial
  });

  it("depends on which images there are, not on their order", () => {
    const dataset = makeDataset(60);
    const byName = (images: typeof dataset.images) =>
      randomSplit({ dataset: "made", images }, { seed: 5 })
        .images.map(({ filename, split }) => `${filename} ${split}`)
        .sort();
    expect(byName(dataset.images.toReversed())).toEqual(byName(dataset.images));
  });

  it("changes splits only, and in a copy", () => {
    const dataset = { ...makeDataset(20), extra: { license: "none" } };
    const result = randomSplit(dataset, { seed: 1 });
    expect(result.extra).toEqual(dataset.extra);
    expect(result.images.map((image) => ({ ...image, split: "train" }))).toEqual(dataset.images);
    expect(dataset.images.every(({ split }) => split === "train")).toBe(true);
  });

  it("refuses wrong percentages, seeds and options", () => {
    const dataset = makeDataset(3);
    for (const options of [{ train: -1 }, { val: 101 }, { train: Number.NaN }, { seed: -1 }, { seed: 0.5 }, { seed: undefined as never }]) {
      expect(() => randomSplit(dataset, { seed: 1, ...options })).toThrow(refusal("INVALID_ARGUMENT"));
    }
    expect(() => randomSplit(dataset, { seed: 1, test: 10 } as never)).toThrow(refusal("UNKNOWN_OPTION"));
  });
});
