import { describe, expect, it } from "vitest";
import { memoryFiles } from "../../test/memory-files";
import type { FileStore } from "../files/file-store";
import { karpathy } from "./loaders";

const image = (filepath: string, filename: string, split?: string) => ({
  ...{ filepath, filename, imgid: 1, cocoid: 7 },
  ...(split && { split }),
  sentences: [{ raw: "a lake" }],
});
const files = (json: object, names: readonly string[]) =>
  memoryFiles({ "dataset.json": JSON.stringify(json), ...Object.fromEntries(names.map((name) => [name, name])) });

describe("two images of one name in the two folders that the annotation tells apart from it", () => {
  const images = [image("train2014", "1.jpg", "train"), image("val2014", "1.jpg", "val")];

  it.each(["", "coco/"])("are two images, below %j", async (top) => {
    const names = images.map(({ filepath, filename }) => `${top}${filepath}/${filename}`);
    for (const options of [{}, { onError: "skip" }, { split: { train: 50, val: 50, seed: 1 } }] as const) {
      const set = await karpathy(files({ images }, names), options);
      expect(set.images.map(({ filename }) => filename)).toEqual(["train2014/1.jpg", "val2014/1.jpg"]);
      expect(set.images.map(({ extra }) => extra)).toEqual([{ cocoid: 7 }, { cocoid: 7 }]);
      expect(set.skipped).toEqual([]);
      const read = await Promise.all(set.images.map(({ filename }) => set.files.read(filename)));
      expect(read.map((bytes) => new TextDecoder().decode(bytes))).toEqual(names);
    }
  });

  it("may be of an extra test file, which stays for testing", async () => {
    const store = memoryFiles({
      "dataset.json": JSON.stringify({ images: [images[0]] }),
      "extra.json": JSON.stringify({ images: [images[1]] }),
      "train2014/1.jpg": "",
      "val2014/1.jpg": "",
    });
    const set = await karpathy(store, { annotations: "dataset.json", extraTest: "extra.json", split: { train: 100, val: 0, seed: 1 } });
    expect(set.images.map(({ filename, split }) => [filename, split])).toEqual([
      ["train2014/1.jpg", "train"],
      ["val2014/1.jpg", "test"],
    ]);
  });

  it("are one file where the files don't lie so, and in one folder: that is refused", async () => {
    const again = (where: string, filename: string) => ({
      code: "FILE_CORRUPT",
      message: `memory/dataset.json: images[1] names the file "${filename}" again, after ${where}.`,
    });
    await expect(karpathy(files({ images }, ["1.jpg"]))).rejects.toMatchObject(again("memory/dataset.json: images[0]", "1.jpg"));
    const twice = { images: [images[0], images[0]] };
    await expect(karpathy(files(twice, ["train2014/1.jpg"]))).rejects.toMatchObject(
      again("memory/dataset.json: images[0]", "train2014/1.jpg"),
    );
  });

  it("are two images where the files can't be listed and it is said that they lie so, and one where it is said that they don't", async () => {
    const listed = files(
      { images },
      images.map(({ filepath, filename }) => `coco/${filepath}/${filename}`),
    );
    const unlisted = { ...listed, names: () => Promise.reject(Object.assign(new Error("no list"), { code: "INVALID_ARGUMENT" })) };
    const load = (inFolders: boolean | undefined, store: FileStore = unlisted) =>
      karpathy(store, { annotations: "dataset.json", images: "coco", ...(inFolders !== undefined && { inFolders }) });
    const set = await load(true);
    expect(set.images.map(({ filename, extra }) => [filename, extra])).toEqual([
      ["train2014/1.jpg", { cocoid: 7 }],
      ["val2014/1.jpg", { cocoid: 7 }],
    ]);
    expect(new TextDecoder().decode(await set.files.read("val2014/1.jpg"))).toBe("coco/val2014/1.jpg");
    for (const [inFolders, store] of [[undefined, unlisted] as const, [false, listed] as const])
      await expect(load(inFolders, store)).rejects.toMatchObject({
        code: "FILE_CORRUPT",
        message: expect.stringMatching(/"1\.jpg" again/),
      });
    await expect(load("yes" as unknown as boolean)).rejects.toMatchObject({
      code: "INVALID_ARGUMENT",
      message: expect.stringMatching(/^inFolders must be true or false, got .*yes/),
    });
  });
});
