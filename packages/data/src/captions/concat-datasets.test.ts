import { describe, expect, it } from "vitest";
import { makeRecord } from "../../test/make-dataset";
import { memoryFiles } from "../../test/memory-files";
import type { ImageDataset } from "../image-dataset";
import { concatDatasets } from "./concat-datasets";

function set(dataset: string, fields: Partial<ImageDataset> = {}): ImageDataset & { closed: boolean } {
  const files = memoryFiles({ "image_0.png": `0 of ${dataset}`, "image_1.png": `1 of ${dataset}` }, `/${dataset}`);
  const made = {
    dataset,
    images: [makeRecord(5, { filename: "image_0.png" }), makeRecord(6, { filename: "image_1.png", split: "test" })],
    closed: false,
  };
  const close = async () => {
    made.closed = true;
  };
  return Object.assign(made, { files: { ...files, close }, ...fields });
}

describe("concatDatasets", () => {
  it("keeps each set's files apart, numbers images anew, keeps splits", async () => {
    const whole = await concatDatasets([set("rsicd"), Promise.resolve(set("ucmd")), set("rsicd")]);
    expect(whole.dataset).toBe("rsicd+ucmd+rsicd");
    expect(whole.images.map(({ filename, imgid, split }) => `${imgid} ${filename} ${split}`)).toEqual([
      ...["0 rsicd/image_0.png train", "1 rsicd/image_1.png test", "2 ucmd/image_0.png train"],
      ...["3 ucmd/image_1.png test", "4 rsicd-2/image_0.png train", "5 rsicd-2/image_1.png test"],
    ]);
    expect(await whole.files.names()).toEqual([
      ...["rsicd-2/image_0.png", "rsicd-2/image_1.png", "rsicd/image_0.png", "rsicd/image_1.png", "ucmd/image_0.png", "ucmd/image_1.png"],
    ]);
    expect(new TextDecoder().decode(await whole.files.read("ucmd/image_1.png"))).toBe("1 of ucmd");
    expect(whole.files.name).toBe("rsicd (/rsicd), ucmd (/ucmd), rsicd-2 (/rsicd)");
    for (const name of ["image_0.png", "other/image_0.png", "", "../image_0.png"]) {
      await expect(whole.files.read(name)).rejects.toMatchObject({
        code: "FILE_NOT_FOUND",
        message: expect.stringMatching(/start with the data set's folder/),
      });
    }
    await expect(whole.files.read("ucmd/no.png")).rejects.toMatchObject({
      code: "FILE_NOT_FOUND",
      message: expect.stringMatching(/"no\.png" in \/ucmd/),
    });
  });

  it("puts classes together where all sets have them, and keeps further fields", async () => {
    const whole = await concatDatasets(
      [set("a", { classes: ["river", "beach"], extra: { year: 1 } }), set("b", { classes: ["beach", "lake"] })],
      { dataset: "both" },
    );
    expect(whole.dataset).toBe("both");
    expect(whole.classes).toEqual(["river", "beach", "lake"]);
    expect(whole.extra).toEqual({ a: { year: 1 } });
    expect((await concatDatasets([set("a", { classes: ["river"] }), set("b")])).classes).toBeUndefined();
  });

  it("names folders so that no data set's name leaves its own", async () => {
    const names = ["../up", "a/b", "", "..", "c:\\d"];
    const whole = await concatDatasets(names.map((name) => set(name)));
    expect(whole.images.filter((_, i) => i % 2 === 0).map(({ filename }) => filename)).toEqual([
      ...[".._up/image_0.png", "a_b/image_0.png", "set/image_0.png", "set-2/image_0.png", "c__d/image_0.png"],
    ]);
    for (const { filename } of whole.images) await whole.files.read(filename);
  });

  it("keeps what was left out", async () => {
    const skipped = [
      { where: "a.json: images[1]", message: "no caption" },
      { where: "x", message: "of no class", filename: "x.png" },
    ];
    const both = await concatDatasets([set("a"), Object.assign(set("b"), { skipped })]);
    expect(both.skipped).toEqual([skipped[0], { ...skipped[1], filename: "b/x.png" }]);
    expect(await concatDatasets([set("a"), set("b")])).not.toHaveProperty("skipped");
  });

  it("closes all, also those that were open when one could not be", async () => {
    const [a, b] = [set("a"), set("b")];
    await (await concatDatasets([a, b])).files.close();
    expect([a.closed, b.closed]).toEqual([true, true]);
    const c = set("c");
    await expect(concatDatasets([c, Promise.reject(new Error("no such folder"))])).rejects.toThrow("no such folder");
    expect(c.closed).toBe(true);
  });

  it("refuses nothing, what is no data set, and unknown options", async () => {
    await expect(concatDatasets([])).rejects.toMatchObject({ code: "EMPTY_DATA" });
    const { files, ...bare } = set("a");
    await expect(concatDatasets([set("b"), bare as never])).rejects.toMatchObject({
      code: "INVALID_ARGUMENT",
      message: expect.stringMatching(/datasets\[1\] must be a data set with files/),
    });
    await expect(concatDatasets([set("a")], { name: "x" } as object)).rejects.toMatchObject({ code: "UNKNOWN_OPTION" });
    await expect(concatDatasets([set("a")], { dataset: 1 as never })).rejects.toMatchObject({
      code: "INVALID_ARGUMENT",
      message: "dataset must be the whole's name, got 1.",
    });
  });
});
