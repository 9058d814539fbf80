import { augment, type RgbImage, RSDIX_AUGMENTATION } from "@rsdix/image";
import { sha256 } from "@rsdix/internal";
import { expect, it } from "vitest";
import { makeDataset, makeRecord } from "../test/make-dataset";
import { memoryFiles } from "../test/memory-files";
import { batches } from "./batches/batches";
import { subsetDataset } from "./captions/subset-dataset";
import { createRandom } from "./create-random";
import { randomSplit } from "./random-split";

// Hashes of what seeds give. Node and a browser both run this file, on every system: what one of them makes otherwise fails there. Whoever changes on purpose
// what a seed gives changes the hash, and says so to those who have runs and splits from before.
const hashed = (value: unknown) => sha256(new TextEncoder().encode(JSON.stringify(value)));

/** An image of noise. */
function noise(seed: number, width: number, height: number): RgbImage {
  const random = createRandom(seed);
  return { width, height, data: Uint8Array.from({ length: width * height * 3 }, () => random.int(256)) };
}

/** A PNG of 2 x 1 pixels: red and blue. */
const PNG = Uint8Array.from(
  atob("iVBORw0KGgoAAAANSUhEUgAAAAIAAAABCAIAAAB7QOjdAAAADUlEQVR4nGP4zwAE/wEHAAH/4iOeWQAAAABJRU5ErkJggg=="),
  (letter) => letter.charCodeAt(0),
);

it("a seed gives the same split everywhere", async () => {
  const { images } = randomSplit(makeDataset(1000), { train: 70, val: 15, seed: 42 });
  expect(await hashed(images.map(({ filename, split }) => [filename, split]))).toBe(
    "cf434175bd4a90692653b1bc0611e8a4ab2987967ae705f4fffdc592ced203d9",
  );
});

it("a seed gives the same subset everywhere", async () => {
  const { images } = subsetDataset(makeDataset(1000), { count: 100, seed: 7 });
  expect(await hashed(images.map(({ filename }) => filename))).toBe("51f8917407e1350f1caeb7ca25dd0fabafe499ad8ed3ecd3a5aaa06f7f398aa0");
});

it("a seed gives the same augmented pixels everywhere", async () => {
  const made = Array.from({ length: 6 }, (_, i) =>
    augment(noise(i, 64, 48), createRandom(3).fork(i), { ...RSDIX_AUGMENTATION, probability: 1 }),
  );
  expect(made.every(({ width, height }) => width === 224 && height === 224)).toBe(true);
  expect(await hashed(await Promise.all(made.map(({ data }) => sha256(data))))).toBe(
    "5d9e87a5127d5b8ca61b675d1385b25ade26759bb3c513eea1d05924f719944a",
  );
});

it.each([0, 2])("a seed gives the same batches everywhere, with %i workers", async (workers) => {
  const images = Array.from({ length: 20 }, (_, i) => makeRecord(i, { sentences: [{ raw: `one of ${i}` }, { raw: `two of ${i}` }] }));
  const files = memoryFiles(Object.fromEntries(images.map(({ filename }) => [filename, PNG])));
  const options = { batchSize: 6, seed: 5, epochs: 2, workers, augment: RSDIX_AUGMENTATION, preprocess: { size: 8 } } as const;
  const seen: unknown[] = [];
  for await (const { records, captions, pixels } of batches({ dataset: "made", images, files }, options)) {
    seen.push([
      records.map(({ filename }) => filename),
      captions,
      await sha256(new Uint8Array(pixels.buffer, pixels.byteOffset, pixels.byteLength)),
    ]);
  }
  expect(await hashed(seen)).toBe("c7a1b0029c7550648bc5ee84f23bfc5179b7bea71682c8bd50a5889ab5161742");
});
