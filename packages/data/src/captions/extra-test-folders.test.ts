import { describe, expect, it } from "vitest";
import { memoryFiles } from "../../test/memory-files";
import type { LoadCaptionsOptions } from "./load-captions";
import { captionsCsv } from "./loaders";

/** Each image of two annotations with its split and what is read of it. */
async function read(
  [annotations, own]: readonly [string, readonly string[]],
  [extraTest, further]: readonly [string, readonly string[]],
  files: readonly string[],
  options: LoadCaptionsOptions = {},
) {
  const table = (names: readonly string[]) => `filename,caption\n${names.map((name) => `${name},a lake\n`).join("")}`;
  const all = { [annotations]: table(own), [extraTest]: table(further), ...Object.fromEntries(files.map((name) => [name, name])) };
  const set = await captionsCsv(memoryFiles(all), { annotations, extraTest, split: { train: 100, val: 0, seed: 1 }, ...options });
  const content = async (filename: string) => new TextDecoder().decode(await set.files.read(filename).catch(() => new Uint8Array()));
  const images = await Promise.all(set.images.map(async ({ filename, split }) => [filename, split, await content(filename)]));
  return { images, folder: set.files.name, skipped: set.skipped };
}

describe("the images of a further annotation for testing", () => {
  it("are those beside it, where both have the same names", async () => {
    const files = ["ds/train/0.png", "ds/train/1.png", "ds/test/0.png"];
    const { images, folder } = await read(["ds/train/captions.csv", ["0.png", "1.png"]], ["ds/test/captions.csv", ["0.png"]], files);
    expect(folder).toBe("memory/ds");
    expect(images).toEqual([
      ["train/0.png", "train", "ds/train/0.png"],
      ["train/1.png", "train", "ds/train/1.png"],
      ["test/0.png", "test", "ds/test/0.png"],
    ]);
  });

  it.each([
    ["in images beside it", ["b/c.csv", ["0.tif"]], "b/images/0.png", ["a/0.png"]],
    ["below the first's folder", ["a/b/c.csv", ["0.png"]], "a/b/0.png", ["a/0.png"]],
    ["in another folder, where the first's has none", ["lists/c.csv", ["7.png"]], "b/7.png", ["a/0.png"]],
    ["in the first's folder, where none is beside it", ["lists/c.csv", ["7.png"]], "a/7.png", ["a/0.png", "b/7.png"]],
    ["beside the first's, where several folders have them", ["a/c.csv", ["7.png"]], "a/x/7.png", ["a/x/0.png", "a/y/7.png"]],
  ] as const)("may lie %s", async (_, extra, expected, others) => {
    const { images } = await read(["a/captions.csv", ["0.png"]], extra, [expected, ...others]);
    expect(images.map(([, split, content]) => [split, content])).toEqual([
      ["train", others[0]],
      ["test", expected],
    ]);
  });

  it("are drawn from as without it, by the names in the annotation", async () => {
    const names = Array.from({ length: 20 }, (_, i) => `${i}.png`);
    const files = [...names.map((name) => `a/${name}`), "b/0.png"];
    const split = { train: 50, val: 50, seed: 1 };
    const beside = await read(["a/captions.csv", names], ["b/c.csv", ["0.png"]], files, { split });
    const within = await read(["a/captions.csv", names], ["a/c.csv", ["20.png"]], [...files, "a/20.png"], { split });
    const splits = ({ images }: typeof within) => images.slice(0, 20).map(([, split]) => split);
    expect(splits(beside)).toEqual(splits(within));
  });

  it.each([
    [
      "another name below another folder",
      "a/captions.csv",
      ["b/0.png", "1.png"],
      "a/b/c.csv",
      ["0.png", "2.png"],
      ["a/b/0.png", "a/1.png", "a/b/2.png"],
    ],
    [
      "a name below the top",
      "captions.csv",
      ["a/b/0.png", "a/1.png"],
      "a/b/c.csv",
      ["0.png", "2.png"],
      ["a/b/0.png", "a/1.png", "a/b/2.png"],
    ],
    ["another ending", "a/captions.csv", ["b/0.tif", "1.png"], "a/b/c.csv", ["0.png"], ["a/b/0.png", "a/1.png"]],
    [
      "other accents than the file's, of which there are two kinds",
      "a/captions.csv",
      ["1.png", "\u00e9.png"],
      "a/c.csv",
      ["e\u0301.png"],
      ["a/e\u0301.png", "a/e\u0301.jpg", "a/1.png"],
    ],
    [
      "the same name, in other accents than the file's",
      "a/captions.csv",
      ["\u00e9.png", "1.png"],
      "a/c.csv",
      ["\u00e9.png"],
      ["a/e\u0301.png", "a/1.png"],
    ],
    [
      "the same name, with another ending than the file's",
      "a/captions.csv",
      ["0.tif", "1.png"],
      "a/c.csv",
      ["0.tif"],
      ["a/0.png", "a/1.png"],
    ],
    ["another ending in the same folder", "a/captions.csv", ["0.tif", "1.png"], "a/c.csv", ["0.png"], ["a/0.png", "a/1.png"]],
    ["a name without its usual folder", "a/captions.csv", ["0.png", "1.png"], "a/c.csv", ["images/0.png"], ["a/1.png", "a/images/0.png"]],
    ["a name in a usual folder", "a/captions.csv", ["1.png", "0.png"], "a/images/c.csv", ["0.png"], ["a/1.png", "a/images/0.png"]],
  ] as const)(
    "are refused where they are of a file that the first has too, under %s",
    async (_, annotation, own, further, names, files) => {
      await expect(read([annotation, own], [further, names], files)).rejects.toMatchObject({
        code: "FILE_CORRUPT",
        message: expect.stringMatching(/c\.csv: line 2 names the file "[^"]+" again, after memory\/(a\/)?captions\.csv: line [23]\.$/),
      });
    },
  );
});
