import { describe, expect, it } from "vitest";
import { refusal } from "../../../test/refusal";
import { makeRecord } from "../test/make-dataset";
import { selectSplit } from "./select-split";

const splits = ["test", "train", "restval", "val", "train"] as const;
const dataset = { dataset: "x", images: splits.map((split, i) => makeRecord(i, { split })) };
const ids = (split: "train" | "val" | "test") => selectSplit(dataset, split).map(({ imgid }) => imgid);

describe("selectSplit", () => {
  it("keeps the order and counts restval as training", () => {
    expect(ids("train")).toEqual([1, 2, 4]);
    expect(ids("val")).toEqual([3]);
    expect(ids("test")).toEqual([0]);
    expect(selectSplit(dataset, "train")[1]).toBe(dataset.images[2]);
  });

  it.each(["restval", "validation", undefined, "Train"])("refuses %s", (split) => {
    expect(() => selectSplit(dataset, split as never)).toThrow(refusal("INVALID_ARGUMENT"));
  });

  it.each([undefined, [], { images: [{}] }])("refuses what is no data set: %j", (what) => {
    expect(() => selectSplit(what as never, "train")).toThrow(refusal("INVALID_ARGUMENT", /^selectSplit/));
  });
});
