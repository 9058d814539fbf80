import { describe, expect, it } from "vitest";
import { refusal } from "../../../test/refusal";
import { makeRecord } from "../test/make-dataset";
import type { CaptionRecord } from "./caption-dataset";
import { checkDataset, classNames } from "./check-dataset";

/** A data set with two classes in each split, with some images' fields replaced. */
function dataset(changes: Record<number, Partial<CaptionRecord>> = {}) {
  const images = Array.from({ length: 6 }, (_, i) =>
    makeRecord(i, { split: (["train", "val", "test"] as const)[i >> 1]!, label: i % 2 ? "river" : "beach", ...changes[i] }),
  );
  return { dataset: "made", images };
}

describe("checkDataset", () => {
  it("accepts a whole data set, labelled or not, and any choice of splits that have images", () => {
    checkDataset(dataset(), { requireLabels: true });
    const unlabelled = dataset().images.map(({ label, ...image }) => image);
    checkDataset({ dataset: "made", images: unlabelled });
    checkDataset({ dataset: "made", images: unlabelled.slice(0, 2) }, { splits: ["train"] });
    checkDataset(dataset({ 0: { split: "restval" } }));
  });

  it.each([
    ["an empty data set", { dataset: "made", images: [] }, "EMPTY_DATA", '"made" has no images'],
    ["an empty split", { dataset: "made", images: dataset().images.slice(0, 4) }, "EMPTY_DATA", 'no image in the split "test"'],
    ["an empty class", dataset({ 3: { label: "beach" } }), "EMPTY_DATA", 'no image of "river" in the split "val"'],
    ["no captions", dataset({ 2: { sentences: [] } }), "EMPTY_DATA", 'images[2] ("image_2.png") has no caption'],
    ["blank captions", dataset({ 2: { sentences: [{ raw: " " }] } }), "EMPTY_DATA", 'images[2] ("image_2.png") has no caption'],
    ["a file named twice", dataset({ 4: { filename: "image_1.png" } }), "INVALID_ARGUMENT", '"image_1.png" twice: images[1] and images[4]'],
    [
      "a file named twice in two spellings",
      dataset({ 0: { filename: "a.png" }, 1: { filename: "./a.png" } }),
      "INVALID_ARGUMENT",
      '"./a.png" twice',
    ],
    ["an escaping name", dataset({ 1: { filename: "../a.png" } }), "INVALID_ARGUMENT", 'images[1] ("../a.png") leaves the image folder'],
  ])("names %s", (_, data, code, message) => {
    expect(() => checkDataset(data)).toThrow(refusal(code, expect.stringContaining(message)));
  });

  it("names an image without a label when labels are required", () => {
    const { label, ...image } = dataset().images[1]!;
    const images = [...dataset().images, { ...image, filename: "x.png" }];
    checkDataset({ dataset: "made", images });
    expect(() => checkDataset({ dataset: "made", images }, { requireLabels: true })).toThrow(/images\[6\] \("x\.png"\) has no label/);
  });

  it("names at most ten of many empty classes", () => {
    const images = Array.from({ length: 30 }, (_, i) => makeRecord(i, { label: `class ${i}` }));
    images.push(makeRecord(30, { split: "val", label: "class 0" }));
    expect(() => checkDataset({ dataset: "made", images }, { splits: ["train", "val"] })).toThrow(
      /"class 1", .* and 19 more in the split "val"/,
    );
  });

  it("refuses an unknown option and a split that does not exist", () => {
    expect(() => checkDataset(dataset(), { labels: true } as object)).toThrow(refusal("UNKNOWN_OPTION"));
    expect(() => checkDataset(dataset(), { splits: ["dev" as never] })).toThrow(refusal("INVALID_ARGUMENT"));
  });
});

describe("classNames", () => {
  it("gives each class once, sorted, and none without labels", () => {
    expect(classNames(dataset().images)).toEqual(["beach", "river"]);
    expect(classNames([makeRecord(0)])).toEqual([]);
  });

  it("refuses what is no list of records", () => {
    for (const records of [undefined, dataset(), [undefined]])
      expect(() => classNames(records as never)).toThrow(refusal("INVALID_ARGUMENT", /^classNames/));
  });
});
