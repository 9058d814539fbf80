import { describe, expect, it } from "vitest";
import { rsicdJson } from "../../test/make-annotations";
import { memoryFiles } from "../../test/memory-files";
import { csv, each, entry, filesWith, image, lines, nwpu, raws, rsicdWith, xml } from "../../test/wrong-annotations";
import { captionsCsv, captionsJsonLines, karpathy, nwpuCaptions, rsicd, s2lcd, ucmd } from "./loaders";
import type { SkippedItem } from "./reading";

const corrupt = (message: RegExp) => ({ code: "FILE_CORRUPT", message: expect.stringMatching(message) });

describe("onError skip", () => {
  it("leaves out and names what is wrong, and keeps the rest", async () => {
    const changes = {
      0: raws("a", 5, "b"),
      1: raws(""),
      2: { filename: "../x.jpg" },
      3: { split: "dev" },
      4: { filename: "airport_6.jpg" },
      6: { split: undefined },
    };
    const files = rsicdWith(changes, 8);
    const named: SkippedItem[] = [];
    const set = await rsicd(files, { onError: "skip", onSkip: (item) => named.push(item) });
    expect(set.images.map(({ imgid }) => imgid)).toEqual([0, 4, 7]);
    expect(set.images[0]!.sentences).toHaveLength(2);
    expect(set.skipped).toEqual(named);
    expect(named.map(({ where }) => where.replace("set/dataset_rsicd.json: ", ""))).toEqual([
      ...["images[0].sentences[1]", "images[1].sentences[0]", "images[2]", "images[3]"],
      ...["images[1]", "images[5]", "images[6]"],
    ]);
    expect(named[0]!.message).toBe("set/dataset_rsicd.json: images[0].sentences[1].raw must be text, got 5.");
    expect(named[5]!.message).toMatch(/names the file "airport_6\.jpg" again/);
  });

  it("does so in every form", async () => {
    const skip = { onError: "skip" } as const;
    const counts = async (load: ReturnType<typeof rsicd>) => {
      const { images, skipped } = await load;
      return [images.length, images.reduce((sum, { sentences }) => sum + sentences.length, 0), skipped.length];
    };
    const classes = { x: [entry(), entry({ filename: "b.jpg", raw: 1, raw_1: "two" }), 5], y: "no list" };
    expect(await counts(nwpuCaptions(nwpu(classes), skip))).toEqual([2, 2, 3]);
    expect(await counts(captionsCsv(csv("filename,caption\na.jpg,one\nb.jpg\n../c.jpg,two\na.jpg,\nb.jpg,three\n"), skip))).toEqual([
      2, 2, 3,
    ]);
    expect(
      await counts(captionsJsonLines(lines('{"filename":"a.jpg","captions":["one",2]}\n{\n{"filename":"b.jpg","text":"three"}'), skip)),
    ).toEqual([2, 2, 2]);
    const bad = '<image id="x" name="b.jpg"><mask label="one"/></image>';
    expect(await counts(s2lcd(xml(`${image}${bad}<image id="2" name="b.jpg"><mask label=""/><mask label="two"/></image>`), skip))).toEqual([
      2, 2, 2,
    ]);
  });

  it("names a key that stands twice, keeping the last as JSON's readers do", async () => {
    const text = '{"dataset":"x","images":[{"filename":"a.jpg","imgid":0,"split":"val","split":"test","sentences":[{"raw":"a"}]}]}';
    const { images, skipped } = await karpathy(filesWith("a.json", text), { onError: "skip" });
    expect(images[0]!.split).toBe("test");
    expect(skipped[0]!.message).toMatch(/"split" a second time/);
  });

  it("is an error all the same when nothing is left, and when the file cannot be read at all", async () => {
    const none = rsicdWith(each({ imgid: "x" }));
    await expect(rsicd(none, { onError: "skip" })).rejects.toMatchObject({
      code: "EMPTY_DATA",
      message: expect.stringMatching(/has no image with a caption\. 4 items were left out, the first: .*imgid must be a whole number/),
    });
    await expect(
      captionsCsv(filesWith("captions.csv", "filename,caption\na.jpg,\n"), { onError: "skip", split: { train: 100, val: 0, seed: 1 } }),
    ).rejects.toMatchObject({
      code: "EMPTY_DATA",
      message: expect.stringMatching(/ 1 item was left out: .*line 2/),
    });
    await expect(rsicd(filesWith("dataset_rsicd.json", "{"), { onError: "skip" })).rejects.toMatchObject(corrupt(/is not JSON/));
    await expect(rsicd(rsicdWith({}, 0))).rejects.toMatchObject({ code: "EMPTY_DATA" });
  });

  it("passes on errors of a callback", async () => {
    const onSkip = () => {
      throw new Error("enough");
    };
    await expect(rsicd(rsicdWith({ 0: { imgid: "x" } }), { onError: "skip", onSkip })).rejects.toThrow("enough");
  });
});

describe("files that are not found", () => {
  const message = (text: RegExp) => ({ code: "FILE_NOT_FOUND", message: expect.stringMatching(text) });
  it("says which annotations were looked for and what is there", async () => {
    const files = memoryFiles({ "RSICD_images/a.jpg": "", "readme.txt": "", "__MACOSX/._dataset.json": "" }, "folder");
    await expect(ucmd(files)).rejects.toMatchObject(
      message(
        /^No annotation file in folder: looked for dataset_ucmd\.json, then dataset\.json, then the only file that ends in \.json\. It has RSICD_images\/, __MACOSX\/, readme\.txt\./,
      ),
    );
    await expect(rsicd(memoryFiles({ "a.json": "", "b.json": "" }))).rejects.toMatchObject(message(/2 files end so: a\.json, b\.json\./));
    await expect(rsicd(memoryFiles({}))).rejects.toMatchObject(message(/It has nothing\./));
    const many = Object.fromEntries(Array.from({ length: 25 }, (_, i) => [`file ${i}.txt`, ""]));
    await expect(rsicd(memoryFiles(many))).rejects.toMatchObject(message(/and 15 more\. Say which file it is with annotations/));
  });

  it("takes the annotation nearest to the top, and asks when two are as near", async () => {
    const json = JSON.stringify(rsicdJson(1));
    const images = { "images/airport_1.jpg": "" };
    expect((await rsicd(memoryFiles({ "dataset_rsicd.json": json, "old/dataset_rsicd.json": "", ...images }))).images).toHaveLength(1);
    expect((await rsicd(memoryFiles({ "a/DATASET_RSICD.json": json, ...images }))).images).toHaveLength(1);
    await expect(rsicd(memoryFiles({ "a/dataset_rsicd.json": "", "b/dataset_rsicd.json": "" }))).rejects.toMatchObject({
      code: "INVALID_ARGUMENT",
      message: expect.stringMatching(/more than one dataset_rsicd\.json: a\/dataset_rsicd\.json, b\/dataset_rsicd\.json/),
    });
  });

  it("says where images were looked for", async () => {
    const files = memoryFiles({ "dataset_rsicd.json": JSON.stringify(rsicdJson(1)), "pictures/other.jpg": "" }, "folder");
    await expect(rsicd(files)).rejects.toMatchObject(
      message(
        /^None of the images of the annotation \(such as "airport_1\.jpg"\) is in folder: looked in RSICD_images, images, every other folder\. It has dataset_rsicd\.json, pictures\/\./,
      ),
    );
    await expect(rsicd(files, { images: "pictures" })).rejects.toMatchObject(message(/looked in "pictures"/));
  });

  it("leaves single images that are not there for whoever reads them", async () => {
    const json = rsicdJson(3);
    const set = await rsicd(filesWith("dataset_rsicd.json", JSON.stringify(json), ["airport_1.jpg", "airport_2.jpg"]));
    expect(set.images).toHaveLength(3);
    await expect(set.files.read(set.images[2]!.filename)).rejects.toMatchObject({ code: "FILE_NOT_FOUND" });
  });
});
