import fs from "node:fs/promises";
import { join } from "node:path";
import { type RgbImage, resize } from "@rsdix/image";
import { encodePng } from "@rsdix/image/node";
import { beforeAll, describe, expect, it, vi } from "vitest";
import { scratchFolder } from "../../../test/scratch-folder";
import { loadImages } from "./load-images";

const COUNT = 30;
const images: RgbImage[] = Array.from({ length: COUNT }, (_, i) => ({
  width: 1 + (i % 4),
  height: 1 + (i % 3),
  data: new Uint8Array((1 + (i % 4)) * (1 + (i % 3)) * 3).fill(i),
}));
const records = images.map((_, i) => ({ filename: `class ${i % 2}/${i}.png` }));

let folder = "";
beforeAll(async () => {
  folder = scratchFolder("file");
  for (const sub of ["class 0", "class 1", "broken"]) await fs.mkdir(join(folder, sub));
  for (const [i, image] of images.entries()) await fs.writeFile(join(folder, records[i]!.filename), await encodePng(image));
  await fs.writeFile(join(folder, "broken", "a.png"), "no image");
});

describe("loadImages", () => {
  it.each([1, 3, 64])("gives the images in order, %d at a time, and counts them", async (concurrency) => {
    const progress: number[] = [];
    const onProgress = ({ done, total }: { done: number; total: number }) => progress.push(total - done);
    expect(await loadImages(records, folder, { concurrency, onProgress })).toEqual(images);
    expect(progress).toEqual(images.map((_, i) => COUNT - 1 - i));
  });

  it("keeps what transform makes of each image, and gives none for no records", async () => {
    const small = await loadImages(records, folder, { transform: (image) => resize(image, 2, 2) });
    expect(small).toEqual(images.map((image) => resize(image, 2, 2)));
    expect(await loadImages([], folder)).toEqual([]);
  });

  it("names every missing and corrupt file in one error", async () => {
    const wrong = [records[0]!, { filename: "class 0/absent.png" }, records[1]!, { filename: "broken/a.png" }];
    const loading = loadImages(wrong, folder, { concurrency: 2 });
    await expect(loading).rejects.toMatchObject({
      code: "FILE_NOT_FOUND",
      message: expect.stringMatching(/^2 of 4 images in .*absent\.png.*broken.a\.png/s),
    });
    await expect(loadImages([{ filename: "broken/a.png" }], folder)).rejects.toMatchObject({
      code: "FILE_CORRUPT",
      message: expect.stringMatching(/^1 of 1/),
    });
  });

  it("names ten of many and counts the rest", async () => {
    const absent = Array.from({ length: 25 }, (_, i) => ({ filename: `absent_${i}.png` }));
    const message = await loadImages(absent, folder).then(String, (error: Error) => error.message);
    expect(message).toMatch(/^25 of 25 images/);
    expect(message).toMatch(/absent_9\.png.*and 15 more$/s);
    expect(message).not.toContain("absent_10.png");
  });

  it("stops at a signal, before and on the way", async () => {
    await expect(loadImages(records, folder, { signal: AbortSignal.abort() })).rejects.toMatchObject({
      code: "ABORTED",
      message: expect.stringMatching(/after 0 of/),
    });
    const controller = new AbortController();
    const onProgress = vi.fn(({ done }: { done: number }) => done === 3 && controller.abort());
    const loading = loadImages(records, folder, { concurrency: 2, onProgress: (p) => void onProgress(p), signal: controller.signal });
    await expect(loading).rejects.toMatchObject({ code: "ABORTED" });
    expect(onProgress.mock.calls.length).toBeLessThan(6);
  });

  it("passes on an error of the caller's own functions, and stops", async () => {
    const transform = vi.fn(() => {
      throw new RangeError("mine");
    });
    await expect(loadImages(records, folder, { concurrency: 1, transform })).rejects.toThrow(new RangeError("mine"));
    expect(transform).toHaveBeenCalledTimes(1);
  });

  it("refuses names that leave the folder, wrong options and numbers", async () => {
    await expect(loadImages([records[0]!, { filename: "../x.png" }], folder)).rejects.toMatchObject({
      code: "INVALID_ARGUMENT",
      message: expect.stringContaining('records[1] leaves the image folder with "..", got "../x.png"'),
    });
    for (const concurrency of [0, 65, 1.5]) {
      await expect(loadImages(records, folder, { concurrency })).rejects.toMatchObject({ code: "INVALID_ARGUMENT" });
    }
    await expect(loadImages(records, folder, { size: 2 } as object)).rejects.toMatchObject({ code: "UNKNOWN_OPTION" });
  });
});
