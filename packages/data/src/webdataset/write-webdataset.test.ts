import { mkdir, open, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { scratchFolder } from "../../../../test/scratch-folder";
import { makeTar, through } from "../../test/make-tar";
import { memoryFiles } from "../../test/memory-files";
import type { CaptionRecord } from "../caption-dataset";
import type { ImageDataset } from "../image-dataset";
import { readWebDataset } from "./read-webdataset";
import type { SkippedSample } from "./samples";
import { webDataset } from "./web-dataset";
import { writeWebDataset } from "./write-webdataset";

let folder = "";
beforeEach(() => {
  folder = scratchFolder();
});
afterEach(() => vi.restoreAllMocks());

const image = (i: number) => Uint8Array.from({ length: 100 + 37 * i }, (_, k) => (i * 31 + k) & 255);

/** Records with everything that a record can have. */
const IMAGES: readonly CaptionRecord[] = [
  {
    filename: "a/lake.1.jpg",
    imgid: 5,
    split: "train",
    sentences: [{ raw: "a lake .", tokens: ["a", "lake"], extra: { sentid: 3 } }, { raw: "two\nlines" }],
  },
  { filename: "größe.TIF", imgid: 6, split: "restval", sentences: [{ raw: "" }], label: "3", extra: { lat: 45.5, more: { a: [1, null] } } },
  { filename: "b/park.png", imgid: 9, split: "test", sentences: [], label: "park", extra: JSON.parse('{"__proto__":1,"key":"x"}') },
  { filename: "deep/er/x.webp", imgid: 0, split: "val", sentences: [{ raw: "😀" }], label: "unlisted" },
];
const DATASET: ImageDataset = {
  dataset: "tiny",
  images: IMAGES,
  files: memoryFiles(Object.fromEntries(IMAGES.map(({ filename }, i) => [filename, image(i)]))),
  classes: ["lake", "park"],
  extra: { source: "here" },
};

describe("writeWebDataset", () => {
  it("writes shards that are read back without loss", async () => {
    const progress: number[] = [];
    const shards = await writeWebDataset(DATASET, join(folder, "new/set"), {
      shardSize: 3,
      name: "x",
      onProgress: ({ done }) => progress.push(done),
    });
    expect(shards).toEqual([3, 1].map((samples, i) => ({ path: join(folder, `new/set/x-00000${i}.tar`), samples })));
    expect(progress).toEqual([1, 2, 3, 4]);
    expect(await readdir(join(folder, "new/set"))).toEqual(["x-000000.tar", "x-000001.tar"]);
    for (const source of [join(folder, "new/set"), join(folder, "new/set/x-{000000..000001}.tar")]) {
      const { files, ...set } = await webDataset(source);
      const { files: _, ...before } = DATASET;
      expect(set).toEqual({ ...before, skipped: [] });
      expect(JSON.stringify(set.images[2]!.extra)).toBe('{"__proto__":1,"key":"x"}');
      expect(await files.names()).toEqual(IMAGES.map(({ filename }) => filename).sort());
      for (const [i, { filename }] of IMAGES.entries()) expect(await files.read(filename)).toEqual(image(i));
      await files.close();
      await expect(files.names()).rejects.toMatchObject({ code: "INVALID_ARGUMENT" });
    }
    const records: CaptionRecord[] = [];
    for await (const { record, image: read } of readWebDataset(join(folder, "new/set"))) {
      expect(read.bytes).toEqual(image(records.length));
      records.push(record);
    }
    expect(records).toEqual(IMAGES);
  });

  it("gives the same bytes for the same data set", async () => {
    const [first] = await writeWebDataset(DATASET, folder, { name: "first" });
    const [second] = await writeWebDataset(DATASET, folder, { name: "second" });
    expect(await readFile(first!.path)).toEqual(await readFile(second!.path));
  });

  it("refuses what can't be read back, before anything is written", async () => {
    const refused = (change: Partial<ImageDataset>, code: string, message: string) =>
      expect(writeWebDataset({ ...DATASET, ...change }, folder)).rejects.toMatchObject({ code, message: expect.stringContaining(message) });
    const record = (fields: object) => ({ images: [{ ...IMAGES[0]!, ...fields }] });
    await refused({ images: [] }, "EMPTY_DATA", 'The data set "tiny" has no images to write.');
    await refused(record({ filename: "a.bmp" }), "INVALID_ARGUMENT", 'images[0] ("a.bmp") must be a .jpg, .jpeg, .png');
    await refused({ images: [IMAGES[0]!, IMAGES[0]!] }, "INVALID_ARGUMENT", 'images[1] ("a/lake.1.jpg") is there twice');
    await refused(record({ sentences: [] }), "INVALID_ARGUMENT", 'images[0] ("a/lake.1.jpg") has neither a caption nor a label');
    await refused(record({ extra: { captions: [] } }), "INVALID_ARGUMENT", 'images[0].extra must not hold "captions"');
    await refused(record({ extra: { split: "x" } }), "INVALID_ARGUMENT", 'images[0].extra must not hold "split"');
    await refused(record({ extra: { lat: Number.NaN } }), "INVALID_ARGUMENT", 'The field "lat" is NaN');
    await refused({ extra: { lat: Number.NaN } }, "INVALID_ARGUMENT", 'The field "lat" is NaN');
    await refused({ files: memoryFiles({}) }, "FILE_NOT_FOUND", 'There is no file "a/lake.1.jpg" in memory.');
    expect(await readdir(folder)).toEqual([]);
    for (const name of ["", "a/b", "{a,b}", 5, null] as string[]) {
      await expect(writeWebDataset(DATASET, folder, { name })).rejects.toMatchObject({ code: "INVALID_ARGUMENT" });
    }
    const controller = new AbortController();
    const hanging = { ...DATASET, files: { ...DATASET.files, read: () => new Promise<never>(() => undefined) } };
    setTimeout(() => controller.abort("enough"), 20);
    await expect(writeWebDataset(hanging, join(folder, "hanging"), { signal: controller.signal })).rejects.toMatchObject({
      ...{ code: "ABORTED", cause: "enough" },
    });
    expect(await readdir(join(folder, "hanging"))).toEqual([]);
    for (const signal of [5, {}, null] as never[]) {
      await expect(writeWebDataset(DATASET, folder, { signal })).rejects.toMatchObject({
        code: "INVALID_ARGUMENT",
        message: expect.stringContaining("signal must be an AbortSignal"),
      });
    }
    await expect(writeWebDataset(DATASET, folder, { onProgress: 5 as never })).rejects.toMatchObject({
      code: "INVALID_ARGUMENT",
      message: "onProgress must be a function, got 5.",
    });
    await expect(writeWebDataset(undefined as never, folder)).rejects.toMatchObject({ code: "INVALID_ARGUMENT" });
    await refused({ images: [null as never] }, "INVALID_ARGUMENT", "images[0] must be a record, got null");
    await expect(writeWebDataset(DATASET, folder, { shardSize: 0 })).rejects.toMatchObject({ code: "INVALID_ARGUMENT" });
    await expect(writeWebDataset(DATASET, folder, { compress: true } as never)).rejects.toMatchObject({ code: "UNKNOWN_OPTION" });
  });

  it("leaves nothing behind where it is stopped or fails, and writes over nothing", async () => {
    const controller = new AbortController();
    const stopped = writeWebDataset(DATASET, folder, {
      shardSize: 1,
      signal: controller.signal,
      onProgress: ({ done }) => done === 2 && controller.abort(),
    });
    await expect(stopped).rejects.toMatchObject({ code: "ABORTED", message: "Writing shards was stopped after 2 of 4 images." });
    expect(await readdir(folder)).toEqual([]);
    const handle = await open(join(folder, "x"), "w");
    vi.spyOn(Object.getPrototypeOf(handle), "writeFile").mockRejectedValue(new Error("ENOSPC: no space left on device, write"));
    await expect(writeWebDataset(DATASET, folder)).rejects.toMatchObject({
      code: "WRITE_FAILED",
      message: expect.stringMatching(
        /shard-000000\.tar could not be written: ENOSPC: no space left on device, write\. Nothing of it was kept\.$/,
      ),
    });
    await handle.close();
    vi.restoreAllMocks();
    expect(await readdir(folder)).toEqual(["x"]);
    await expect(writeWebDataset(DATASET, join(folder, "x"))).rejects.toMatchObject({ code: "WRITE_FAILED" });
    await writeWebDataset(DATASET, folder);
    await expect(writeWebDataset(DATASET, folder)).rejects.toMatchObject({
      code: "INVALID_ARGUMENT",
      message: `${folder} has shards of this name already, such as shard-000000.tar: remove them, or give another folder or name.`,
    });
  });
});

describe("webDataset", () => {
  const samples = (...keys: string[]) =>
    keys.flatMap(
      (key, i) =>
        [
          [`${key}.png`, image(i)],
          [`${key}.txt`, key],
        ] as const,
    );

  it("reads images in any order, and parts of them", async () => {
    await writeFile(join(folder, "b.tar"), await makeTar(samples("1", "2")));
    await mkdir(join(folder, "a"));
    await writeFile(join(folder, "a/c.tar"), await makeTar(samples("1")));
    const { dataset, images, files, classes } = await webDataset(folder);
    expect([dataset, classes]).toEqual([folder, undefined]);
    expect(images.map(({ filename, imgid }) => `${filename} ${imgid}`)).toEqual(["c/1.png 0", "b/1.png 1", "b/2.png 2"]);
    expect(await files.read("b/2.png")).toEqual(image(1));
    const parts: number[] = [];
    for await (const piece of files.stream!("b/2.png", { start: 10, end: 500 })) parts.push(...piece);
    expect(parts).toEqual([...image(1).slice(10)]);
    for await (const piece of files.stream!("b/2.png", { start: 1000 })) expect(piece).toBe("nothing");
    await expect(files.read("b/3.png")).rejects.toMatchObject({
      code: "FILE_NOT_FOUND",
      message: `There is no file "b/3.png" in ${folder}.`,
    });
    await expect(files.read("b/2.png", { maxBytes: 10 })).rejects.toMatchObject({ code: "FILE_TOO_LARGE" });
    await writeFile(join(folder, "b.tar"), "");
    await expect(files.read("b/2.png")).rejects.toMatchObject({
      code: "FILE_CORRUPT",
      message: '"b/2.png" in b.tar has 0 of 137 bytes: the shard was changed.',
    });
  });

  it("refuses shards of which no part can be read alone, and two samples of a file", async () => {
    const tar = await makeTar(samples("1"));
    await writeFile(join(folder, "x.tar.gz"), await through(tar, new CompressionStream("gzip")));
    await expect(webDataset(join(folder, "x.tar.gz"))).rejects.toMatchObject({
      code: "INVALID_ARGUMENT",
      message: expect.stringMatching(
        /x\.tar\.gz is compressed, so that its images can't be found alone: unpack it, or read it with readWebDataset\.$/,
      ),
    });
    await expect(webDataset(memoryFiles({ "x.tar": tar }))).rejects.toMatchObject({
      code: "INVALID_ARGUMENT",
      message: expect.stringMatching(/^No part of x\.tar can be read without the rest/),
    });
    await expect(webDataset(join(folder, "none.tar"))).rejects.toMatchObject({ code: "FILE_NOT_FOUND" });
    const json = '{"filename":"x.png","caption":"x"}';
    const twice = await makeTar([
      ["1.png", image(0)],
      ["1.json", json],
      ["2.png", image(1)],
      ["2.json", json],
      ["3.png", image(2)],
    ]);
    await expect(webDataset(twice)).rejects.toMatchObject({
      code: "FILE_CORRUPT",
      message: 'the shard: the sample "2" at byte 2048 is of the file "x.png", and not the first.',
    });
    const skipped: SkippedSample[] = [];
    const { images, files } = await webDataset(twice, { onError: "skip", onSkip: (problem) => skipped.push(problem) });
    expect([images.length, ...skipped.map(({ key }) => key)]).toEqual([1, "2", "3"]);
    expect(await files.read("x.png")).toEqual(image(0));
  });

  it("refuses what is said of the whole data set where that isn't as it should be", async () => {
    for (const [head, message] of [
      ["[]", /must hold an object/],
      ["{}", /dataset must be text/],
      ['{"dataset":"x","classes":[1]}', /classes must be a list of texts/],
      ['{"dataset":"x","extra":[]}', /extra must be an object/],
    ] as const) {
      const tar = await makeTar([["__dataset__", head], ...samples("1")]);
      await expect(webDataset(tar)).rejects.toMatchObject({ code: "FILE_CORRUPT", message: expect.stringMatching(message) });
    }
  });
});
