import { describe, expect, it } from "vitest";
import { damaged } from "../../test/damaged";
import { memoryFiles } from "../../test/memory-files";
import { pictureDataset } from "../../test/picture-dataset";
import type { BatchCommon, BatchPixels, SkippedImage } from "../batches/batch-types";
import type { ImageDataset } from "../image-dataset";
import { type EmbedDatasetOptions, embedDataset } from "./embed-dataset";
import { memoryFeatureCache } from "./feature-cache";

const set = await pictureDataset(11);
const OPTIONS = { model: "red@1", preprocess: { size: 1, mean: [0, 0, 0], std: [1, 1, 1] } as const, batchSize: 4 };
const never = () => new Promise<never>(() => undefined);
const embed = ({ pixels, shape: [n] }: BatchPixels) => Float32Array.from({ length: n }, (_, i) => pixels[i * 3]!);

describe("a signal ends embedDataset at once", () => {
  const whole = memoryFeatureCache();
  it.each<[string, ImageDataset | Promise<ImageDataset>, typeof embed | typeof never, Partial<EmbedDatasetOptions>]>([
    ["embed", set, never, {}],
    ["the data set", never(), embed, {}],
    ["a file", { ...set, files: { ...set.files, read: never } }, embed, {}],
    ["a file that is hashed", { ...set, files: { ...set.files, read: never } }, embed, { cache: whole }],
    ["the cache's read", set, embed, { cache: { ...whole, read: never } }],
    ["the cache's write", set, embed, { cache: { ...whole, write: never } }],
  ])("though %s never comes", async (_, dataset, model, options) => {
    const controller = new AbortController();
    const run = embedDataset(dataset, model, { ...OPTIONS, ...options, signal: controller.signal } as typeof OPTIONS);
    setTimeout(() => controller.abort("enough"), 30);
    await expect(run).rejects.toMatchObject({ name: "RsdixError", code: "ABORTED", cause: "enough" });
  });

  it("and embed is given it, and nothing of what it gives later is kept", async () => {
    const controller = new AbortController();
    const cache = memoryFeatureCache();
    let finish = (_: Float32Array) => undefined as unknown;
    const slow = (_: BatchCommon, signal?: AbortSignal) => {
      expect(signal).toBe(controller.signal);
      setTimeout(() => controller.abort());
      return new Promise<Float32Array>((resolve) => {
        finish = resolve;
      });
    };
    const run = embedDataset(set, slow, { ...OPTIONS, batchSize: 11, cache, signal: controller.signal });
    await expect(run).rejects.toMatchObject({ code: "ABORTED", message: "Embedding was stopped by the signal." });
    finish(new Float32Array(11));
    expect((await embedDataset(set, embed, { ...OPTIONS, cache })).cached).toBe(0);
  });
});

describe("images that cannot be used", () => {
  const bad = damaged(set, { "3.png": new Uint8Array(0), "7.png": undefined });

  it("end the embedding, unless they are left out of the rows", async () => {
    await expect(embedDataset(bad, embed, OPTIONS)).rejects.toMatchObject({
      code: "FILE_CORRUPT",
      message: expect.stringContaining('"3.png"'),
    });
    const cached = embedDataset(bad, embed, { ...OPTIONS, cache: memoryFeatureCache() });
    await expect(cached).rejects.toMatchObject({ code: "FILE_NOT_FOUND", message: expect.stringContaining('"7.png"') });
    const whole = await embedDataset(set, embed, OPTIONS);
    const told: SkippedImage[] = [];
    const done: number[] = [];
    const seen: BatchCommon[] = [];
    const looking = (batch: BatchPixels & BatchCommon) => {
      seen.push(batch);
      return embed(batch);
    };
    const found = await embedDataset(bad, looking, {
      ...{ ...OPTIONS, onError: "skip", onSkip: (problem) => told.push(problem), prefetch: 0 },
      onProgress: (progress) => done.push(progress.done),
    });
    const rest = set.images.filter(({ filename }) => !["3.png", "7.png"].includes(filename));
    expect(found.records).toEqual(rest);
    expect([...found.values]).toEqual(rest.map(({ imgid }) => whole.values[imgid]));
    expect(found.skipped.map(({ record, error }) => [record, error.code])).toEqual([
      [set.images[3], "FILE_CORRUPT"],
      [set.images[7], "FILE_NOT_FOUND"],
    ]);
    expect(seen.flatMap(({ records }) => records)).toEqual(rest);
    for (const all of [told, seen.flatMap(({ skipped }) => skipped)]) expect(new Set(all)).toEqual(new Set(found.skipped));
    expect(done).toEqual([0, 4, 8, 11]);
    expect(whole.skipped).toEqual([]);
  });

  it.each(["content", "names"] as const)("are tried again by each run, and the others come from the cache (%s)", async (identify) => {
    const cache = memoryFeatureCache();
    const options = { ...OPTIONS, cache, identify, onError: "skip" } as const;
    const first = await embedDataset(bad, embed, options);
    let embedded = 0;
    const counting = (batch: BatchPixels) => {
      embedded += batch.shape[0];
      return embed(batch);
    };
    const again = await embedDataset(bad, counting, options);
    expect(again).toEqual({ ...first, cached: 9, skipped: again.skipped });
    expect(again.skipped.map(({ record }) => record)).toEqual([set.images[3], set.images[7]]);
    expect(embedded).toBe(0);
    await expect(embedDataset(bad, embed, { ...options, onError: "throw" })).rejects.toMatchObject({
      message: expect.stringMatching(/"[37]\.png"/),
    });
    const mended = await embedDataset(set, counting, options);
    expect(mended).toEqual({ ...(await embedDataset(set, embed, OPTIONS)), cached: identify === "names" ? 9 : 0 });
    expect(embedded).toBe(identify === "names" ? 2 : 11);
    expect((await embedDataset(set, embed, options)).cached).toBe(11);
  });

  it("are an error where they are all", async () => {
    const none = { ...set, files: memoryFiles({}) };
    const run = embedDataset(none, embed, { ...OPTIONS, cache: memoryFeatureCache(), onError: "skip" });
    await expect(run).rejects.toMatchObject({ code: "EMPTY_DATA", message: expect.stringContaining("in a whole epoch") });
    await expect(embedDataset(set, embed as never, { ...OPTIONS, onError: "ignore" } as never)).rejects.toMatchObject({
      code: "INVALID_ARGUMENT",
    });
  });
});
