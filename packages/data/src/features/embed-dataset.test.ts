import { readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { RgbImage } from "@rsdix/image";
import { describe, expect, it } from "vitest";
import { refusal } from "../../../../test/refusal";
import { scratchFolder } from "../../../../test/scratch-folder";
import { countedReads, pictureDataset } from "../../test/picture-dataset";
import type { BatchCommon, BatchPixels } from "../batches/batch-types";
import type { ImageDataset } from "../image-dataset";
import { type EmbedDatasetOptions, embedDataset } from "./embed-dataset";
import { directoryFeatureCache, memoryFeatureCache } from "./feature-cache";
import { folderFeatureCache } from "./folder-feature-cache";

const set = await pictureDataset(11);
const folder = scratchFolder("file");
const OPTIONS = { model: "corners@1", preprocess: { size: 6 }, batchSize: 4 };

/** A model: the first pixel's red, and the last's blue. */
function model() {
  let images = 0;
  return {
    images: () => images,
    embed: ({ pixels, shape: [n] }: BatchPixels & BatchCommon) => {
      images += n;
      return Float32Array.from({ length: n * 2 }, (_, i) => pixels[(i >> 1) * 108 + (i % 2) * 107]!);
    },
  };
}

describe("embedDataset", () => {
  it("embeds in the order of the data set, and a second time from the cache alone", async () => {
    const cache = folderFeatureCache(join(folder, "second"));
    const told: unknown[] = [];
    const first = model();
    const made = await embedDataset(set, first.embed, { ...OPTIONS, cache, onProgress: (progress) => told.push(progress) });
    expect(made).toMatchObject({ dim: 2, cached: 0, records: set.images });
    expect(told).toEqual([0, 4, 8, 11].map((done) => ({ done, total: 11, cached: 0 })));
    const alone = await embedDataset({ ...set, images: [set.images[7]!] }, model().embed, OPTIONS);
    expect([...made.values.subarray(14, 16)]).toEqual([...alone.values]);
    const second = model();
    const again = await embedDataset(Promise.resolve(set), second.embed, { ...OPTIONS, cache, batchSize: 3, workers: 1 });
    expect(again).toEqual({ ...made, cached: 11 });
    expect(second.images()).toBe(0);
    const names = await readdir(join(folder, "second"));
    expect(names.sort()).toEqual([expect.stringMatching(/^[0-9a-f]{64}-00000\.f32$/), expect.stringMatching(/^[0-9a-f]{64}\.json$/)]);
    expect(new Float32Array((await readFile(join(folder, "second", names[0]!))).buffer.slice(0, 88))).toHaveLength(22);
  });

  it("never takes features of another model, preprocessing or image", async () => {
    const cache = memoryFeatureCache();
    await embedDataset(set, model().embed, { ...OPTIONS, cache });
    const changed: ImageDataset = {
      ...set,
      files: { ...set.files, read: (name, options) => set.files.read(name === "3.png" ? "4.png" : name, options) },
    };
    const others: [ImageDataset, Partial<EmbedDatasetOptions<{ size: number }>>][] = [
      [set, { model: "corners@2" }],
      [set, { preprocess: { size: 6, mean: [0, 0, 0] } as { size: number } }],
      [changed, {}],
      [{ ...set, images: set.images.slice(1) }, {}],
      [{ ...set, images: [...set.images].reverse() }, {}],
      [set, { identify: "names" }],
    ];
    for (const [dataset, options] of others) {
      const { cached } = await embedDataset(dataset, model().embed, { ...OPTIONS, cache, ...options });
      expect(cached).toBe(0);
    }
    expect((await embedDataset(set, model().embed, { ...OPTIONS, cache })).cached).toBe(11);
    expect((await embedDataset(changed, model().embed, { ...OPTIONS, cache, identify: "names" })).cached).toBe(11); // as it says
  });

  it("takes up what an embedding that broke off had finished, and makes anew what is damaged", async () => {
    const big = await manyImages(1300); // three parts
    const cache = folderFeatureCache(join(folder, "parts"));
    const options = { model: "m", cache, preprocess: { size: 1 }, batchSize: 100 };
    const whole = await embedDataset(big, firstPixel, { ...options, cache: memoryFeatureCache() });
    const breaking = (batch: BatchPixels & BatchCommon) => (batch.step === 11 ? Promise.reject(new Error("power cut")) : firstPixel(batch));
    await expect(embedDataset(big, breaking, options)).rejects.toThrow("power cut");
    const taken = await embedDataset(big, firstPixel, options);
    expect(taken).toEqual({ ...whole, cached: 1024 });
    const parts = (await readdir(join(folder, "parts"))).filter((name) => name.endsWith(".f32")).sort();
    const second = join(folder, "parts", parts[1]!);
    const bytes = await readFile(second);
    bytes[5]! ^= 1;
    await writeFile(second, bytes);
    expect(await embedDataset(big, firstPixel, options)).toEqual({ ...whole, cached: 788 });
    await writeFile(second, bytes.subarray(0, 100));
    expect(await embedDataset(big, firstPixel, options)).toEqual({ ...whole, cached: 788 });
    await rm(second);
    expect(await embedDataset(big, firstPixel, options)).toEqual({ ...whole, cached: 788 });
    const index = (await readdir(join(folder, "parts"))).find((name) => name.endsWith(".json"))!;
    for (const text of ["{", '{"format":1}', JSON.stringify({ format: 2 })]) {
      await writeFile(join(folder, "parts", index), text);
      expect(await embedDataset(big, firstPixel, options)).toEqual({ ...whole, cached: 0 });
    }
    await rm(second);
    const wide = (batch: BatchPixels & BatchCommon) => new Float32Array(batch.records.length * 7);
    await expect(embedDataset(big, wide, options)).rejects.toThrow(refusal("SHAPE_MISMATCH", "100 x 3 numbers .*got 700. The cache has"));
  });

  it("keeps in a browser's folder", async () => {
    const files = new Map<string, Uint8Array>();
    const cache = directoryFeatureCache(fakeDirectory(files));
    await embedDataset(set, model().embed, { ...OPTIONS, cache });
    expect((await embedDataset(set, model().embed, { ...OPTIONS, cache })).cached).toBe(11);
    expect(files.size).toBe(2);
    const full = directoryFeatureCache(fakeDirectory(files, new Error("full")));
    await expect(full.write("a.f32", new Uint8Array(1))).rejects.toThrow(
      refusal("WRITE_FAILED", 'folder "fake" could not be written: full'),
    );
    expect(await full.read("none")).toBeUndefined();
  });

  it("says what a browser's folder refuses", async () => {
    const reason = () => Promise.reject(Object.assign(new Error("The quota has been exceeded"), { name: "QuotaExceededError" }));
    const full = { getFileHandle: async () => ({ getFile: reason, createWritable: reason }) };
    const cache = directoryFeatureCache(full as never);
    await expect(cache.write("a.f32", Uint8Array.of(1))).rejects.toThrow(
      refusal("WRITE_FAILED", '"a.f32" in the browser\'s storage could not be written: The quota has been exceeded'),
    );
    const picked = directoryFeatureCache({ ...full, name: "features" } as never);
    await expect(picked.read("a.f32")).rejects.toThrow(refusal("FILE_NOT_FOUND", '"a.f32" in the folder "features" cannot be read'));
  });

  it("says what is wrong with options, features and files", async () => {
    const run = (options: object, embed: unknown = model().embed, dataset = set) =>
      embedDataset(dataset, embed as never, { ...OPTIONS, ...options } as never);
    await expect(run({ shuffle: true })).rejects.toThrow(refusal("UNKNOWN_OPTION", 'embedDataset has no option "shuffle"'));
    await expect(run({ model: " " })).rejects.toThrow(refusal("INVALID_ARGUMENT", "model must name"));
    await expect(run({ identify: "no" })).rejects.toThrow(refusal("INVALID_ARGUMENT", "identify must be"));
    await expect(run({ workers: -1 })).rejects.toThrow(refusal("INVALID_ARGUMENT", "workers must be"));
    for (const cache of [5, {}, null]) {
      await expect(run({ cache })).rejects.toThrow(refusal("INVALID_ARGUMENT", "cache must have read and write, .*got"));
    }
    await expect(run({ signal: 5 })).rejects.toThrow(refusal("INVALID_ARGUMENT", "signal must be an AbortSignal, got 5"));
    await expect(run({ onProgress: 5 })).rejects.toThrow(refusal("INVALID_ARGUMENT", "onProgress must be a function, got 5"));
    await expect(embedDataset(set, model().embed as never, undefined as never)).rejects.toThrow(
      refusal("INVALID_ARGUMENT", "model must name .*got undefined"),
    );
    await expect(run({}, undefined, null as never)).rejects.toThrow(refusal("INVALID_ARGUMENT", "with images and files.*got null"));
    await expect(run({}, 5)).rejects.toThrow(refusal("INVALID_ARGUMENT", "embed must be a function"));
    await expect(run({ preprocess: (image: RgbImage) => image })).rejects.toThrow(refusal("INVALID_ARGUMENT", "needs a name"));
    await expect(run({ preprocessing: "x" })).rejects.toThrow(refusal("INVALID_ARGUMENT", "preprocessing names a function"));
    await expect(run({ split: "test" })).rejects.toThrow(refusal("EMPTY_DATA", "split test"));
    await expect(run({}, () => new Float32Array(7))).rejects.toThrow(refusal("SHAPE_MISMATCH", "4 rows of numbers for 4 images, got 7"));
    await expect(run({}, () => [1, 2, 3, 4])).rejects.toThrow(refusal("SHAPE_MISMATCH", "must give a Float32Array"));
    const nan = () => Float32Array.of(1, 1, 1, 1, 1, Number.NaN, 1, 1);
    await expect(run({}, nan)).rejects.toThrow(refusal("NOT_A_NUMBER", '"2.png" have NaN at 1'));
    const gone = { ...set, images: set.images.map((record) => ({ ...record, filename: `x${record.filename}` })) };
    await expect(run({ cache: memoryFeatureCache() }, undefined, gone)).rejects.toThrow(refusal("FILE_NOT_FOUND", "x\\d+.png"));
    const signal = AbortSignal.abort();
    await expect(run({ cache: memoryFeatureCache(), signal })).rejects.toThrow(refusal("ABORTED", "by the signal"));
    expect(() => folderFeatureCache("")).toThrow(refusal("INVALID_ARGUMENT", "folder must be a path"));
    const { files, begun } = countedReads(set.files);
    await run({}, undefined, { ...set, files });
    expect(begun()).toBe(11); // without a cache nothing is hashed
  });

  it("takes a function with a name", async () => {
    const cache = memoryFeatureCache();
    const preprocess = (image: RgbImage) => image;
    const embed = ({ images }: { images: RgbImage[] }) => Float32Array.from(images, ({ data }) => data[0]!);
    for (const [preprocessing, cached] of [
      ["as it is", 0],
      ["as it is", 11],
      ["other", 0],
    ] as const) {
      expect((await embedDataset(set, embed, { model: "m", preprocess, preprocessing, cache })).cached).toBe(cached);
    }
  });
});

const firstPixel = ({ pixels }: BatchPixels & BatchCommon) => pixels;

async function manyImages(size: number): Promise<ImageDataset> {
  const { files } = set;
  const images = Array.from({ length: size }, (_, i) => ({ ...set.images[i % 11]!, filename: `${i}.png`, imgid: i }));
  return {
    dataset: "many",
    images,
    files: { ...files, read: (name, options) => files.read(`${Number.parseInt(name, 10) % 11}.png`, options) },
  };
}

/** What is used of a folder's handle. */
function fakeDirectory(files: Map<string, Uint8Array>, broken?: Error): Parameters<typeof directoryFeatureCache>[0] {
  const missing = Object.assign(new Error("gone"), { name: "NotFoundError" });
  return {
    name: "fake",
    getFileHandle: async (name: string, { create = false } = {}) => {
      if (!create && !files.has(name)) throw missing;
      let written = new Uint8Array(0);
      return {
        getFile: async () => {
          if (broken) throw broken;
          return new Blob([files.get(name)! as Uint8Array<ArrayBuffer>]);
        },
        createWritable: async () => ({
          write: async (bytes: Uint8Array<ArrayBuffer>) => {
            if (broken) throw broken;
            written = bytes;
          },
          abort: async () => undefined,
          close: async () => void files.set(name, written),
        }),
      };
    },
  } as never;
}
