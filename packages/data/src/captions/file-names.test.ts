import { expect, it } from "vitest";
import { refusal } from "../../../../test/refusal";
import { nwpuJson } from "../../test/make-annotations";
import { memoryFiles } from "../../test/memory-files";
import { stringifyCaptionsCsv } from "./csv";
import { captionsCsv, nwpuCaptions } from "./loaders";

it("puts rows of one image together, however they spell its name", async () => {
  const table = "filename,caption\na.jpg,one\n./a.jpg,two\nx//b.jpg,three\nx/b.jpg,four\n";
  const set = await captionsCsv(memoryFiles({ "a.csv": table, "a.jpg": "", "x/b.jpg": "" }));
  expect(set.images.map(({ filename, sentences }) => `${filename} ${sentences.length}`)).toEqual(["a.jpg 2", "x/b.jpg 2"]);
});

it("reads file names that come again in other classes as different files", async () => {
  const json = nwpuJson(["x", "y"], 2, true);
  const set = await nwpuCaptions(memoryFiles({ "dataset_nwpu.json": JSON.stringify(json), "NWPU_images/x/001.jpg": "" }));
  expect(new Set(set.images.map(({ filename }) => filename)).size).toBe(4);
});

it("refuses to write what a table would lose: one file in two spellings, half of a character", () => {
  const image = { imgid: 0, split: "test" as const, sentences: [{ raw: "one" }] };
  const write =
    (...images: object[]) =>
    () =>
      stringifyCaptionsCsv({ dataset: "d", images: images.map((more) => ({ ...image, filename: "a.jpg", ...more })) });
  const refused = (text: string) => refusal("INVALID_ARGUMENT", expect.stringContaining(text));
  expect(write({}, { filename: "./a.jpg" })).toThrow(refused('images[0] and images[1] both have the file "./a.jpg"'));
  expect(write({}, { filename: "b.jpg", sentences: [{ raw: "a \ud83d lake" }] })).toThrow(
    refused('images[1] ("b.jpg") has half of a character'),
  );
  expect(write({ sentences: [{ raw: "a \ud83d\ude00 lake" }] })()).toContain("a \ud83d\ude00 lake");
});
