import { describe, expect, it } from "vitest";
import { makeRecord } from "../../test/make-dataset";
import { memoryFiles } from "../../test/memory-files";
import type { ImageDataset } from "../image-dataset";
import { batches } from "./batches";

/** A PNG of 2 x 1 pixels: red and blue. */
const PNG = Uint8Array.from(
  atob("iVBORw0KGgoAAAANSUhEUgAAAAIAAAABCAIAAAB7QOjdAAAADUlEQVR4nGP4zwAE/wEHAAH/4iOeWQAAAABJRU5ErkJggg=="),
  (letter) => letter.charCodeAt(0),
);

// In Node and in a browser, where the worker is another and so is the decoder.
describe("batches on each platform", () => {
  it.each([0, 2])("decode and preprocess, with %i workers", async (workers) => {
    const images = Array.from({ length: 5 }, (_, i) => makeRecord(i));
    const files = memoryFiles(Object.fromEntries(images.map(({ filename }) => [filename, PNG])));
    const dataset: ImageDataset = { dataset: "made", images, files };
    const found: number[] = [];
    const options = { batchSize: 2, shuffle: false, workers, preprocess: { size: 1, mean: [0, 0, 0], std: [1, 1, 1] } as const };
    for await (const { pixels, shape, captions } of batches(dataset, options)) {
      found.push(shape[0]);
      expect(captions).toHaveLength(shape[0]);
      expect([...pixels.subarray(0, 3)]).toEqual([1, 0, 0]);
    }
    expect(found).toEqual([2, 2, 1]);
    const broken = batches(
      { ...dataset, files: memoryFiles({ "image_0.png": PNG.slice(0, 50) }) },
      { batchSize: 1, shuffle: false, workers },
    );
    await expect(broken[Symbol.asyncIterator]().next()).rejects.toMatchObject({
      code: "FILE_CORRUPT",
      message: expect.stringMatching(/"image_0.png" of memory/),
    });
  });
});
