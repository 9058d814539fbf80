import fs from "node:fs/promises";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { scratchFolder } from "../../../test/scratch-folder";
import { makeDataset, makeRecord } from "../test/make-dataset";
import { readKarpathy } from "./read-karpathy";
import { writeKarpathy } from "./write-karpathy";

let folder = "";
let file = "";
beforeAll(async () => {
  folder = scratchFolder("file");
  file = join(folder, "dataset.json");
});

describe("readKarpathy", () => {
  it("reads what writeKarpathy wrote", async () => {
    const dataset = { dataset: "é", images: [makeRecord(3, { label: "lake", extra: { lat: 1.5, lon: -2 } }), makeRecord(4)] };
    await writeKarpathy(file, dataset);
    expect(await readKarpathy(file)).toEqual(dataset);
  });

  it("reads a file with a byte order mark and without splits", async () => {
    const { split, ...record } = makeRecord(0);
    await fs.writeFile(file, `\uFEFF${JSON.stringify({ dataset: "x", images: [record] })}`);
    expect((await readKarpathy(file, { defaultSplit: "val" })).images[0]!.split).toBe("val");
    await expect(readKarpathy(file)).rejects.toMatchObject({
      code: "FILE_CORRUPT",
      message: expect.stringMatching(/dataset\.json: images\[0\]\.split/),
    });
  });

  it("names a file cut short anywhere, or of another kind", async () => {
    await writeKarpathy(file, makeDataset(3));
    const whole = await fs.readFile(file);
    for (const share of [0, 0.1, 0.5, 0.9, 0.99]) {
      await fs.writeFile(file, whole.subarray(0, Math.floor(whole.length * share)));
      await expect(readKarpathy(file)).rejects.toMatchObject({
        code: "FILE_CORRUPT",
        message: expect.stringMatching(/dataset\.json (is not JSON|has no bytes)/),
      });
    }
    await fs.writeFile(file, Uint8Array.of(0x22, 0xff, 0x22));
    await expect(readKarpathy(file)).rejects.toMatchObject({ code: "FILE_CORRUPT", message: expect.stringMatching(/UTF-8/) });
    await fs.writeFile(file, "[1]");
    await expect(readKarpathy(file)).rejects.toMatchObject({
      code: "FILE_CORRUPT",
      message: expect.stringMatching(/dataset\.json: the file must be an object/),
    });
  });

  it("names a key that stands twice, and leaves out what is wrong when told to", async () => {
    await fs.writeFile(file, '{"dataset":"x",\n"images":[],\n"images":[]}');
    await expect(readKarpathy(file)).rejects.toMatchObject({
      code: "FILE_CORRUPT",
      message: expect.stringMatching(/dataset\.json: line 3 has the key "images" a second time/),
    });
    await fs.writeFile(file, JSON.stringify({ dataset: "x", images: [makeRecord(0), { ...makeRecord(1), imgid: "1" }] }));
    const skipped: unknown[] = [];
    expect((await readKarpathy(file, { onError: "skip", onSkip: (item) => skipped.push(item) })).images).toEqual([makeRecord(0)]);
    expect(skipped).toMatchObject([{ where: `${file}: images[1]` }]);
  });

  it("says when there is no file, when it is a folder, and when it is far too large", async () => {
    await expect(readKarpathy(join(folder, "no.json"))).rejects.toMatchObject({
      code: "FILE_NOT_FOUND",
      message: expect.stringMatching(/no\.json.*no such file/),
    });
    await expect(readKarpathy(folder)).rejects.toMatchObject({ code: "INVALID_ARGUMENT", message: expect.stringMatching(/is a folder/) });
    await fs.writeFile(file, "");
    await fs.truncate(file, 500 * 2 ** 20); // sparse: takes no room on the disk
    await expect(readKarpathy(file)).rejects.toMatchObject({ code: "FILE_TOO_LARGE", message: expect.stringMatching(/524288000 bytes/) });
  });
});
