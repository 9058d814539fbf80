import { describe, expect, it } from "vitest";
import { refusal } from "../../../../test/refusal";
import { makeDataset, makeRecord } from "../../test/make-dataset";
import { subsetDataset } from "./subset-dataset";

const names = (dataset: { images: readonly { filename: string }[] }) => dataset.images.map(({ filename }) => filename);

describe("subsetDataset", () => {
  it("keeps as many as told, in order, and everything else of the data set", () => {
    const dataset = { ...makeDataset(30), more: 1 };
    const kept = subsetDataset(dataset, { count: 12, seed: 1 });
    expect(kept.images).toHaveLength(12);
    expect(kept.more).toBe(1);
    expect(names(dataset).filter((name) => names(kept).includes(name))).toEqual(names(kept));
    expect(subsetDataset(dataset, { fraction: 0.5, seed: 1 }).images).toHaveLength(15);
    expect(subsetDataset(dataset, { fraction: 0.01, seed: 1 }).images).toHaveLength(1);
    expect(subsetDataset(dataset, { fraction: 1, seed: 1 })).toEqual(dataset);
    expect(subsetDataset(dataset, { count: 99, seed: 1 })).toEqual(dataset);
  });

  it("depends on the seed and on which images there are, and a smaller one lies within a larger", () => {
    const dataset = makeDataset(40);
    const kept = (count: number, seed: number) => names(subsetDataset(dataset, { count, seed }));
    const backwards = { ...dataset, images: dataset.images.toReversed() };
    expect(names(subsetDataset(backwards, { count: 9, seed: 2 })).toReversed()).toEqual(kept(9, 2));
    expect(kept(9, 2)).not.toEqual(kept(9, 3));
    expect(kept(20, 2)).toEqual(expect.arrayContaining(kept(9, 2)));
  });

  it("makes one split smaller and leaves the others whole", () => {
    const images = Array.from({ length: 30 }, (_, i) => makeRecord(i, { split: (["train", "restval", "test"] as const)[i % 3]! }));
    const kept = subsetDataset({ dataset: "x", images }, { fraction: 0.25, seed: 1, split: "train" }).images;
    expect(kept.filter(({ split }) => split === "test")).toHaveLength(10);
    expect(kept).toHaveLength(15); // restval counts as train
  });

  it.each([
    [{ seed: 1 }, /by count or by fraction, got neither/],
    [{ seed: 1, count: 1, fraction: 0.5 }, /got both/],
    [{ seed: 1, count: 0 }, /count must be a whole number at least 1/],
    [{ seed: 1, fraction: 0 }, /fraction must be/],
    [{ seed: 1, fraction: 1.5 }, /fraction must be/],
    [{ seed: -1, count: 1 }, /seed/],
    [{ seed: 1, count: 1, split: "dev" as never }, /split must be one of/],
  ])("refuses %j", (options, message) => {
    expect(() => subsetDataset(makeDataset(3), options)).toThrow(refusal("INVALID_ARGUMENT", message));
  });
});
