import { describe, expect, it } from "vitest";
import { nwpuJson, rsicdJson, s2lcdJson, s2lcdXml, ucmdJson } from "../../test/make-annotations";
import { memoryFiles } from "../../test/memory-files";
import { NWPU_CAPTIONS } from "../declarations/nwpu-captions";
import { RSICD } from "../declarations/rsicd";
import { captionsCsv, captionsJsonLines, karpathy, nwpuCaptions, rsicd, rsitmd, s2lcd, ucmd } from "./loaders";

const text = (json: unknown) => JSON.stringify(json);
/** An annotation with the images that it names, below a folder. */
function withImages(annotation: string, content: unknown, images: readonly string[], folder: string) {
  const at = (name: string) => (folder === "" ? name : `${folder}/${name}`);
  const annotations = { [annotation]: typeof content === "string" ? content : text(content) };
  return memoryFiles({ ...annotations, ...Object.fromEntries(images.map((name) => [at(name), `bytes of ${name}`])) }, "data");
}
const rsicdFiles = (count: number, folder = "RSICD_images") => {
  const json = rsicdJson(count);
  return withImages(
    "dataset_rsicd.json",
    json,
    json.images.map(({ filename }) => filename),
    folder,
  );
};
const content = async (set: Awaited<ReturnType<typeof rsicd>>, index = 0) =>
  new TextDecoder().decode(await set.files.read(set.images[index]!.filename));

describe("loaders of captions", () => {
  it("opens RSICD: captions, words, further fields, splits, and the files below the images' folder", async () => {
    const set = await rsicd(rsicdFiles(8));
    expect(set.dataset).toBe("RSICD");
    expect(set.declaration).toBe(RSICD);
    expect(set.skipped).toEqual([]);
    expect(set.classes).toBeUndefined();
    expect(set.images.map(({ split }) => split)).toEqual(["train", "train", "val", "test", "train", "train", "val", "test"]);
    expect(set.images[3]).toMatchObject({ filename: "airport_4.jpg", imgid: 3, extra: { sentids: [15, 16, 17, 18, 19] } });
    expect(set.images[3]!.sentences[4]).toEqual({
      raw: "many planes near building 3 .",
      tokens: ["many", "planes", "near", "building", "3"],
      extra: { imgid: 3, sentid: 19 },
    });
    expect(await content(set, 3)).toBe("bytes of airport_4.jpg");
    expect(await set.files.names()).toContain("airport_4.jpg");
    await expect(set.files.read("../dataset_rsicd.json")).rejects.toMatchObject({ code: "INVALID_ARGUMENT" });
  });

  it.each(["", "RSICD_images", "images", "RSICD/RSICD_images", "somewhere/else"])("finds the images in %j", async (folder) => {
    expect(await content(await rsicd(rsicdFiles(3, folder)), 2)).toBe("bytes of airport_3.jpg");
  });

  it("opens a set of which few images are there, whichever they are", async () => {
    const [json, there] = [rsicdJson(2000), ["airport_6.jpg", "airport_11.jpg"]];
    for (const options of [{}, { images: "RSICD_images" }]) {
      const set = await rsicd(withImages("dataset_rsicd.json", json, there, "RSICD_images"), options);
      expect(set.images).toHaveLength(2000);
      expect(await content(set, 10)).toBe("bytes of airport_11.jpg");
    }
  });

  it("finds names whose accents are written apart", async () => {
    const image = { imgid: 1, filename: "for\u00eat/\u00e9t\u00e9.jpg", split: "train", sentences: [{ raw: "a lake" }] };
    const set = await karpathy(withImages("a.json", { images: [image] }, ["fore\u0302t/e\u0301te\u0301.jpg"], "pictures"));
    expect(await content(set)).toBe("bytes of fore\u0302t/e\u0301te\u0301.jpg");
  });

  it("takes the folders that COCO's annotation names apart, where files lie in them", async () => {
    const image = (filepath: string, filename: string) => ({
      ...{ filepath, imgid: 1 },
      filename,
      split: "train",
      sentences: [{ raw: "a lake" }],
      cocoid: 7,
    });
    const json = { images: [image("train2014", "1.jpg"), image("val2014", "2.jpg"), image("../val2014", "3.jpg")] };
    for (const folder of ["", "coco"]) {
      const set = await karpathy(withImages("dataset_coco.json", json, ["train2014/1.jpg", "val2014/2.jpg"], folder));
      expect(set.images.map(({ filename }) => filename)).toEqual(["train2014/1.jpg", "val2014/2.jpg", "3.jpg"]);
      expect(set.images[1]!.extra).toEqual({ cocoid: 7 });
      expect(await content(set, 1)).toBe("bytes of val2014/2.jpg");
    }
    const flat = await karpathy(withImages("dataset_coco.json", json, ["1.jpg", "2.jpg"], "images"));
    expect(flat.images.map(({ filename, extra }) => [filename, extra?.filepath])).toEqual([
      ["1.jpg", "train2014"],
      ["2.jpg", "val2014"],
      ["3.jpg", "../val2014"],
    ]);
  });

  it("takes a file of another kind for one image alone", async () => {
    const json = JSON.stringify({
      dataset: "ucmd",
      images: ["1.tif", "1.jpg", "2.tif", "2.png"].map((filename, imgid) => ({
        ...{ filename, imgid, split: imgid % 2 ? "test" : "train" },
        sentences: [{ raw: "a lake" }],
      })),
    });
    const set = await ucmd(withImages("dataset.json", json, ["1.jpg", "2.jpg"], "imgs"));
    expect(set.images.map(({ filename }) => filename)).toEqual(["1.tif", "1.jpg", "2.jpg", "2.png"]);
  });

  it("opens UCM-Captions with its .tif files, and with copies of another kind", async () => {
    const json = ucmdJson(4);
    const original = await ucmd(withImages("dataset.json", json, ["1.tif", "2.tif", "3.tif", "4.tif"], "imgs"));
    expect(original.images[1]!.filename).toBe("2.tif");
    const copies = await ucmd(
      withImages("dataset_ucmd.json", json, ["1.jpg", "2.JPG", "3.png", "3.txt", "30.png", "4.tif"], "UCMD_images"),
    );
    expect(copies.images.map(({ filename }) => filename)).toEqual(["1.jpg", "2.JPG", "3.png", "4.tif"]);
    expect(await content(copies, 2)).toBe("bytes of 3.png");
  });

  it("opens RSITMD, whose annotation has no images for validation", async () => {
    const json = rsicdJson(2, ".tif");
    json.images[1]!.split = "test";
    const set = await rsitmd(withImages("dataset_RSITMD.json", json, ["airport_1.tif", "airport_2.tif"], "images"));
    expect(set.images.map(({ split }) => split)).toEqual(["train", "test"]);
  });

  it("opens NWPU-Captions: folders, labels, the same file name in two classes", async () => {
    const json = nwpuJson(["dense_residential", "airport"], 4, true);
    const images = Object.entries(json).flatMap(([name, list]) => list.map(({ filename }) => `${name}/${filename}`));
    const set = await nwpuCaptions(withImages("dataset_nwpu.json", json, images, "NWPU_images"));
    expect(set.images).toHaveLength(8);
    expect(set.images[4]).toMatchObject({ filename: "airport/001.jpg", label: "airport", imgid: 4, split: "train" });
    expect(set.images[0]!.sentences.map(({ raw }) => raw)).toEqual(
      ["raw", "raw_1", "raw_2", "raw_3", "raw_4"].map((key) => json.dense_residential![0]![key as "raw"]),
    );
    expect(set.classes).toEqual(["airport", "dense residential"]);
    expect(set.declaration).toBe(NWPU_CAPTIONS);
    expect(await content(set, 4)).toBe("bytes of airport/001.jpg");
  });

  it("opens S2LCD from its XML and from its JSON, and draws the splits that it has not", async () => {
    const images = Array.from({ length: 20 }, (_, i) => `S2A_L1C_20150925_N0204R065_${i}.tif`);
    for (const [name, annotation] of [
      ["annotations.xml", s2lcdXml(20)],
      ["dataset_s2lcd.json", text(s2lcdJson(20))],
    ] as const) {
      const set = await s2lcd(withImages(name, annotation, images, "images"));
      expect(set.dataset).toBe("s2lcd");
      const count = (split: string) => set.images.filter((image) => image.split === split).length;
      expect([count("train"), count("val"), count("test")]).toEqual([16, 2, 2]);
      expect(set.images[7]!.filename).toBe(images[7]);
    }
    const {
      images: [first],
    } = await s2lcd(withImages("annotations.xml", s2lcdXml(1), images.slice(0, 1), ""));
    expect(first!.sentences.map(({ raw }) => raw)).toEqual([
      "Dense forest & bare soil. (0)",
      "Forest area next to grasslands. (0)",
      "Woody areas <near> a town. (0)",
    ]);
  });

  it("opens any annotation in Karpathy's form, CSV, TSV and JSON lines", async () => {
    const json = { dataset: "mine", images: [{ filename: "a.png", imgid: 3, split: "val", sentences: [{ raw: "a river" }] }] };
    expect(
      await karpathy(withImages("x/mine.json", json, ["a.png"], "pictures"), { annotations: "x/mine.json", images: "pictures/" }),
    ).toMatchObject({
      dataset: "mine",
      images: [{ filename: "a.png", imgid: 3, split: "val" }],
    });
    const long = withImages("captions.csv", '\uFEFFfilename,caption\r\na.png,"a river, wide"\r\na.png,a river\r\n', ["a.png"], "images");
    expect((await captionsCsv(long)).images[0]!.sentences).toEqual([{ raw: "a river, wide" }, { raw: "a river" }]);
    const wide = withImages("captions.tsv", "file_name\tcaption_2\tcaption_1\nb/a.png\t\tone, two\n", ["b/a.png"], "");
    expect((await captionsCsv(wide)).images).toMatchObject([{ filename: "b/a.png", sentences: [{ raw: "one, two" }] }]);
    const lines = withImages("metadata.jsonl", '{"file_name":"a.png","text":"one"}\n\n{"file_name":"a.png","text":"two"}\n', ["a.png"], "");
    expect((await captionsJsonLines(lines)).images).toMatchObject([{ filename: "a.png", sentences: [{ raw: "one" }, { raw: "two" }] }]);
  });

  it("takes annotations from elsewhere, and closes what it opened itself only", async () => {
    const closed: string[] = [];
    const watched = (name: string, files: Record<string, string>) => ({
      ...memoryFiles(files, name),
      close: async () => void closed.push(name),
    });
    const notes = watched("notes", { "dataset_rsicd.json": text(rsicdJson(1)) });
    const pictures = watched("pictures", { "airport_1.jpg": "" });
    const set = await rsicd(pictures, { annotationsFrom: notes });
    expect(set.files.name).toBe("pictures");
    await expect(rsicd(pictures, { annotationsFrom: notes, annotations: "no.json" })).rejects.toMatchObject({ code: "FILE_NOT_FOUND" });
    expect(closed).toEqual([]);
    await set.files.close();
    expect(closed).toEqual(["pictures"]);
  });

  it("reads files that cannot be listed once it is told their names", async () => {
    const files = rsicdFiles(2);
    const address = { ...files, names: async () => Promise.reject(Object.assign(new Error("no list"), { code: "INVALID_ARGUMENT" })) };
    await expect(rsicd(address)).rejects.toMatchObject({
      code: "INVALID_ARGUMENT",
      message: expect.stringMatching(/cannot be listed: give annotations/),
    });
    await expect(rsicd(address, { annotations: "dataset_rsicd.json" })).rejects.toMatchObject({
      message: expect.stringMatching(/give images/),
    });
    const set = await rsicd(address, { annotations: "dataset_rsicd.json", images: "RSICD_images" });
    expect(await content(set, 1)).toBe("bytes of airport_2.jpg");
  });
});

describe("what loaders do with splits", () => {
  const splitsOf = async (options: Parameters<typeof rsicd>[1], files = rsicdFiles(40)) => {
    const { images } = await rsicd(files, options);
    return Object.fromEntries(images.map(({ filename, split }) => [filename, split]));
  };
  const counted = (splits: Record<string, string>) =>
    ["train", "val", "test"].map((name) => Object.values(splits).filter((split) => split === name).length);

  it("draws new ones from a seed, whatever the order of the annotation", async () => {
    const json = rsicdJson(40);
    const backwards = withImages(
      "dataset_rsicd.json",
      { ...json, images: json.images.toReversed() },
      json.images.map(({ filename }) => filename),
      "",
    );
    const drawn = await splitsOf({ split: { train: 50, val: 25, seed: 3 } });
    expect(counted(drawn)).toEqual([20, 10, 10]);
    expect(await splitsOf({ split: { train: 50, val: 25, seed: 3 } }, backwards)).toEqual(drawn);
    expect(await splitsOf({ split: { train: 50, val: 25, seed: 4 } })).not.toEqual(drawn);
    expect(counted(await splitsOf({ split: { train: 90, val: 20, seed: 1 } }))).toEqual([36, 4, 0]);
    expect(counted(await splitsOf({ split: { train: 0, val: 0, seed: 1 } }))).toEqual([0, 0, 40]);
  });

  it("adds a further annotation for testing, and refuses an image that both have", async () => {
    const json = rsicdJson(6);
    const [more, main] = [json.images.slice(4), json.images.slice(0, 4)];
    const names = json.images.map(({ filename }) => filename);
    const files = (extra: unknown) =>
      memoryFiles({
        "dataset_rsicd.json": text({ ...json, images: main }),
        "more.json": text({ dataset: "more", images: extra }),
        ...Object.fromEntries(names.map((name) => [`images/${name}`, ""])),
      });
    const splits = await splitsOf({ extraTest: "more.json", split: { train: 100, val: 0, seed: 1 } }, files(more));
    expect(counted(splits)).toEqual([4, 0, 2]);
    expect([splits["airport_5.jpg"], splits["airport_6.jpg"]]).toEqual(["test", "test"]);
    const both = files([main[0], ...more]);
    await expect(rsicd(both, { extraTest: "more.json" })).rejects.toMatchObject({
      code: "FILE_CORRUPT",
      message: expect.stringMatching(
        /more\.json: images\[0\] names the file "airport_1\.jpg" again, after .*dataset_rsicd\.json: images\[0\]/,
      ),
    });
    const left = await rsicd(both, { extraTest: "more.json", onError: "skip" });
    expect(left.images.find(({ filename }) => filename === "airport_1.jpg")!.split).toBe("train");
    expect(left.skipped).toHaveLength(1);
  });

  it("keeps a subset, the same for a seed", async () => {
    const some = (options: object) => rsicd(rsicdFiles(40), { subset: { seed: 5, ...options } }).then(({ images }) => images);
    expect(await some({ count: 7 })).toHaveLength(7);
    expect(await some({ fraction: 0.1 })).toHaveLength(4);
    expect(await some({ count: 7 })).toEqual(await some({ count: 7 }));
    const fewer = await some({ split: "train", count: 2 });
    expect(
      fewer
        .map(({ split }) => split)
        .sort()
        .join(),
    ).toBe(`${"test,".repeat(10)}train,train${",val".repeat(10)}`);
  });

  it("refuses options that nobody reads, and splits that are none", async () => {
    await expect(rsicd(rsicdFiles(1), { splits: "annotation" } as object)).rejects.toMatchObject({
      code: "UNKNOWN_OPTION",
      message: expect.stringMatching(/rsicd has no option "splits"/),
    });
    for (const split of ["random", 80, null]) {
      await expect(rsicd(rsicdFiles(1), { split: split as never })).rejects.toMatchObject({
        code: "INVALID_ARGUMENT",
        message: expect.stringMatching(/split must be "annotation"/),
      });
    }
    for (const wrong of [{ annotations: 5 }, { images: null }, { extraTest: {} }] as object[]) {
      await expect(rsicd(rsicdFiles(1), wrong)).rejects.toMatchObject({
        code: "INVALID_ARGUMENT",
        message: expect.stringMatching(/^(annotations|images|extraTest) must be a name among the files/),
      });
    }
    await expect(rsicd(rsicdFiles(1), { split: { train: 101, seed: 1 } })).rejects.toMatchObject({ code: "INVALID_ARGUMENT" });
    await expect(rsicd(rsicdFiles(1), { onError: "ignore" as never })).rejects.toMatchObject({
      code: "INVALID_ARGUMENT",
      message: expect.stringMatching(/onError/),
    });
  });
});
