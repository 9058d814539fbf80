import { describe, expect, it } from "vitest";
import { processorTime } from "../../../../test/processor-time";
import { makeZip } from "../../test/make-zip";
import { memoryFiles } from "../../test/memory-files";
import type { LoadCaptionsOptions } from "./load-captions";
import { captionsCsv, captionsJsonLines, karpathy } from "./loaders";

const loaders = {
  csv: { load: captionsCsv, text: (names: readonly string[]) => `filename,caption\n${names.map((name) => `${name},a lake\n`).join("")}` },
  tsv: { load: captionsCsv, text: (names: readonly string[]) => `filename\tcaption\n${names.map((name) => `${name}\ta lake\n`).join("")}` },
  jsonl: {
    load: captionsJsonLines,
    text: (names: readonly string[]) => names.map((filename) => JSON.stringify({ filename, captions: ["a lake"] })).join("\n"),
  },
  json: {
    load: karpathy,
    text: (names: readonly string[]) =>
      JSON.stringify({ images: names.map((filename, imgid) => ({ filename, imgid, split: "train", sentences: [{ raw: "a lake" }] })) }),
  },
} as const;

describe.each(Object.entries(loaders))("the images of an annotation in .%s", (ending, { load, text }) => {
  /** Which files are read for the images of an annotation; "" where there is none. */
  async function read(wanted: readonly string[], at: string, files: readonly string[], options: LoadCaptionsOptions = {}) {
    const annotation = `${at}.${ending}`;
    const store = memoryFiles({ [annotation]: text(wanted), ...Object.fromEntries(files.map((name) => [name, name])) });
    const set = await load(store, { annotations: annotation, ...options });
    return Promise.all(
      set.images.map(({ filename }) =>
        set.files.read(filename).then(
          (bytes) => new TextDecoder().decode(bytes),
          () => "",
        ),
      ),
    );
  }

  it.each([
    ["its own folder", "ds/train/captions", ["0.png", "1.png"], ["ds/train/0.png", "ds/train/1.png"], ["ds/val/0.png", "ds/val/1.png"]],
    ["images in it", "set10/captions", ["0.png"], ["set10/images/0.png"], ["set2/images/0.png"]],
    ["folders in it that rows name", "v2/captions", ["a/1.png"], ["v2/a/1.png"], ["v1/a/1.png", "a/1.png"]],
    ["its own folder, not images in it", "captions", ["0.png"], ["0.png"], ["images/0.png"]],
    ["images in it, not another folder in it", "captions", ["0.png", "1.png"], ["images/0.png", ""], ["all/0.png", "all/1.png"]],
    ["its own, with what is only in images", "captions", ["0.png", "1.png"], ["0.png", "images/1.png"], ["images/0.png"]],
    ["another folder in it, not one beside it", "a/captions", ["0.png"], ["a/x/0.png"], ["b/0.png", "images/0.png"]],
    ["the folder beside it, not one further out", "a/notes/captions", ["0.png"], ["a/x/0.png"], ["b/0.png"]],
    ["images beside it, not another folder", "notes/captions", ["0.png"], ["images/0.png"], ["old/0.png"]],
    [
      "images beside it, not masks below it",
      "annotations/captions",
      ["0.jpg"],
      ["images/0.jpg"],
      ["annotations/masks/0.png", "annotations/0.png"],
    ],
    ["masks below it where there is nothing else", "annotations/captions", ["0.jpg"], ["annotations/masks/0.png"], []],
    ["copies of another kind in it, not others' images", "a/captions", ["0.tif"], ["a/images/0.png"], ["b/images/0.tif"]],
  ])("are those of %s", async (_, at, wanted, expected, others) => {
    expect(await read(wanted, at, [...expected.filter((name) => name !== ""), ...others])).toEqual(expected);
  });

  it("are its own where another folder has more of them: what isn't there isn't another's", async () => {
    expect(await read(["0.png", "1.png", "2.png"], "b/captions", ["b/0.png", "b/1.png", "a/0.png", "a/1.png", "a/2.png"])).toEqual([
      "b/0.png",
      "b/1.png",
      "",
    ]);
  });

  it("are those of the folder that is given, whatever its own has", async () => {
    expect(await read(["0.png"], "a/captions", ["a/0.png", "b/0.png"], { images: "b" })).toEqual(["b/0.png"]);
  });

  it("are refused where two folders have as many, until one is given", async () => {
    const files = ["p/0.png", "q/0.png"];
    await expect(read(["0.png"], "captions", files)).rejects.toMatchObject({
      code: "INVALID_ARGUMENT",
      message:
        'Of the images of the annotation (such as "0.png") as many lie in "p" of memory as in "q": it isn\'t clear which are meant. Say where they are with images.',
    });
    expect(await read(["0.png"], "captions", files, { images: "q" })).toEqual(["q/0.png"]);
    expect(await read(["0.png", "1.png"], "captions", [...files, "q/1.png"])).toEqual(["q/0.png", "q/1.png"]);
  });
});

it("the images of an annotation are found by its own name alone, and of an annotation elsewhere from the top", async () => {
  const table = "filename,caption\n0.png,a lake\n";
  const content = async (set: Awaited<ReturnType<typeof captionsCsv>>) => new TextDecoder().decode(await set.files.read("0.png"));
  const files = { "train/captions.csv": table, "train/0.png": "train", "val/0.png": "val" };
  expect(await content(await captionsCsv(memoryFiles(files)))).toBe("train");
  expect(await content(await captionsCsv(await makeZip(Object.entries(files)), { annotations: "./train\\captions.csv" }))).toBe("train");
  const notes = memoryFiles({ "x/captions.csv": table });
  expect(await content(await captionsCsv(memoryFiles({ "0.png": "top", "x/0.png": "x" }), { annotationsFrom: notes }))).toBe("top");
});

it("folders that COCO's annotation tells apart are not taken where its own has the images without them", async () => {
  const image = { filepath: "train2014", filename: "1.jpg", imgid: 0, split: "train", sentences: [{ raw: "a lake" }] };
  const files = { "b/dataset.json": JSON.stringify({ images: [image] }), "b/1.jpg": "b", "a/train2014/1.jpg": "a" };
  const read = async (options: LoadCaptionsOptions) => {
    const set = await karpathy(memoryFiles(files), { annotations: "b/dataset.json", ...options });
    return [set.images[0]!.filename, new TextDecoder().decode(await set.files.read(set.images[0]!.filename))];
  };
  expect(await read({})).toEqual(["1.jpg", "b"]);
  expect(await read({ images: "a" })).toEqual(["train2014/1.jpg", "a"]);
});

it("images of one name in thousands of folders are found as fast as others", async () => {
  const names = Array.from({ length: 20_000 }, (_, i) => `${i}/rgb.png`);
  const table = `filename,caption\n${names.map((name) => `${name},a lake\n`).join("")}`;
  const store = memoryFiles({ "ds/captions.csv": table, ...Object.fromEntries(names.map((name) => [`ds/images/${name}`, ""])) });
  const seconds = processorTime();
  const { files, images } = await captionsCsv(store);
  expect([files.name, images.length]).toEqual(["memory/ds/images", 20_000]);
  expect(seconds()).toBeLessThan(5); // a look at each image for each takes minutes
});
