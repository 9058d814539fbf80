import { describe, expect, it, vi } from "vitest";
import { pictureDataset } from "../../test/picture-dataset";
import type { ImageDataset } from "../image-dataset";
import type { SkippedImage } from "./batch-types";
import { batches } from "./batches";

// Workers make the first batch, too: it is they that are tested.
vi.mock("../workers-node", async (original) => ({ ...(await original<typeof import("../workers-node")>()), firstMaker: () => "workers" }));

const set = await pictureDataset(4);

/** The set, one of whose files its store reads otherwise. */
const otherwise = (read: () => unknown): ImageDataset => ({
  ...set,
  files: { ...set.files, read: (name, options) => (name === "2.png" ? (read() as Promise<Uint8Array>) : set.files.read(name, options)) },
});

const THROWN = Object.assign(new Error("too many open files"), { code: "EMFILE" });

describe.each([0, 2])("with %i workers, a store", (workers) => {
  const options = { batchSize: 4, shuffle: false, workers, preprocess: { size: 4 } } as const;

  it.each([
    ["gives a text", async () => "text", "INVALID_ARGUMENT", "as a Uint8Array, got text"],
    ["gives an ArrayBuffer", async () => new ArrayBuffer(8), "INVALID_ARGUMENT", "as a Uint8Array, got [object ArrayBuffer]"],
    ["throws a TypeError", () => Promise.reject(new TypeError("x is no function")), "FILE_NOT_FOUND", "cannot be read: x is no function"],
    ["throws an error of the system", () => Promise.reject(THROWN), "FILE_NOT_FOUND", "cannot be read: too many open files"],
  ])("that %s is a typed error that names the file, or the image is left out", async (_, read, code, message) => {
    const dataset = otherwise(read);
    const error = { name: "RsdixError", code, message: expect.stringContaining(message) };
    const run = batches(dataset, options).batch(0);
    await expect(run).rejects.toMatchObject(error);
    await expect(run).rejects.toThrow('The image "2.png" of memory cannot be used');
    const told: SkippedImage[] = [];
    const source = batches(dataset, { ...options, onError: "skip", onSkip: (problem) => told.push(problem) });
    expect((await source.batch(0)).records.map(({ filename }) => filename)).toEqual(["0.png", "1.png", "3.png"]);
    expect(told[0]).toMatchObject({ record: { filename: "2.png" }, error });
    await source.close();
  });

  it("that never answers doesn't keep a run from stopping, nor is an image left out for it", async () => {
    const controller = new AbortController();
    const told: unknown[] = [];
    const dataset = otherwise(() => new Promise(() => undefined));
    const stopped = { onError: "skip", onSkip: (problem: unknown) => told.push(problem), signal: controller.signal } as const;
    const run = batches(dataset, { ...options, ...stopped }).batch(0);
    setTimeout(() => controller.abort("enough"), 50);
    await expect(run).rejects.toMatchObject({ code: "ABORTED", cause: "enough" });
    expect(told).toEqual([]);
  });
});

it.each([0, 2])("an image of more pixels than maxPixels is refused before it is decoded, with %i workers", async (workers) => {
  const run = (maxPixels: number) => batches(set, { batchSize: 4, workers, maxPixels, prefetch: 0 }).batch(0);
  await expect(run(143)).rejects.toMatchObject({
    code: "FILE_TOO_LARGE",
    message: expect.stringMatching(/"\d\.png" of memory .* has 12 x 12 pixels, more than the limit of 143\. .* larger maxPixels/),
  });
  expect((await run(144)).records).toHaveLength(4);
});
