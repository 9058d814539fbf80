import { afterEach, describe, expect, it, vi } from "vitest";
import { add, captions, clear, picture, trained } from "./adding";

// Node has no decoder of a browser.
vi.mock("@rsdix/image/web", async () => import("@rsdix/image/node"));

describe("the images that captions are of", () => {
  afterEach(clear);

  const table = (...names: readonly string[]) => `filename,caption\n${names.map((name) => `${name},of ${name}\n`).join("")}`;
  const values = async () => (await trained()).map(([, , value]) => value).sort();

  it.each([
    ["train/captions.csv", ["0.png", "1.png"], ["train/0.png", "train/1.png"], ["val/0.png", "val/1.png"]],
    ["set10/captions.csv", ["0.png"], ["set10/images/0.png"], ["set2/images/0.png"]],
    ["v2/captions.csv", ["a/1.png"], ["v2/a/1.png"], ["v1/a/1.png", "a/1.png"]],
    ["captions.csv", ["0.png"], ["0.png"], ["images/0.png"]],
    ["captions.csv", ["0.png", "1.png"], ["0.png", "images/1.png"], ["images/0.png", "x/0.png", "x/1.png"]],
  ])("are the nearest to %s of those that have the names %s", async (at, names, own, others) => {
    const [mine, another] = [await picture(10), await picture(20)];
    const images = { ...Object.fromEntries(own.map((name) => [name, mine])), ...Object.fromEntries(others.map((name) => [name, another])) };
    const said = await add(
      Object.fromEntries(Object.entries({ [at]: table(...names), ...images }).map(([name, file]) => [`ds/${name}`, file])),
    );
    expect(said).toMatchObject({ notes: [], passed: [], skipped: [], captions: { images: names.length } });
    expect(await values()).toEqual(names.map(() => 10));
  });

  it("are its own where another folder has more, and what is missing is taken where one file has that name alone, which is said", async () => {
    const [mine, another] = [await picture(10), await picture(20)];
    const files = { "ds/b/captions.csv": table("0.png", "1.png", "2.png"), "ds/b/0.png": mine, "ds/b/1.png": mine };
    const more = { "ds/a/0.png": another, "ds/a/1.png": another, "ds/a/2.png": another };
    const said = await add({ ...files, ...more });
    expect(await values()).toEqual([10, 10, 20]);
    expect(said.notes).toEqual(["b/captions.csv: 1 of its 3 images are not in its folder but elsewhere (for 2.png a/2.png is taken)."]);
    for (const other of ["ds/2.png", "ds/c/2.png"]) {
      const unclear = await add({ ...files, ...more, [other]: another });
      expect(await values()).toEqual([10, 10]);
      expect(unclear.notes).toEqual([expect.stringMatching(/^b\/captions.csv: captions of 1 of its 3 .+\(2.png may be .*a\/2.png.*\)/)]);
    }
    const far = await add({ "ds/v2/captions.csv": table("a/1.png"), "ds/v1/a/1.png": another });
    expect(far.notes).toEqual([
      "v2/captions.csv: 1 of its 1 images are not in its folder but elsewhere (for a/1.png v1/a/1.png is taken).",
    ]);
  });

  it("are not those of either of two folders that have as many, and what is said of it comes before files that were passed over", async () => {
    const image = await picture(10);
    const none = await add({ "captions.csv": table("0.png"), "p/0.png": image, "q/0.png": image });
    expect(none.captions).toBeUndefined();
    expect(none.skipped).toEqual([{ name: "captions.csv", reason: expect.stringContaining("(0.png may be p/0.png or q/0.png)") }]);
    const wrong = Object.fromEntries(["a", "b", "c", "d"].map((name) => [`${name}.jsonl`, "{}"]));
    const said = await add({
      ...wrong,
      "z.jsonl": '{"filename":"0.png","captions":["one"]}',
      "x/0.png": image,
      "x/1.png": image,
      "y/0.png": image,
    });
    expect([said.notes, said.passed.length]).toEqual([[], 0]); // as many in both
    const lines = ["0.png", "1.png"].map((filename) => JSON.stringify({ filename, captions: ["one"] })).join("\n");
    const guess = await add({ ...wrong, "z.jsonl": lines, "x/0.png": image, "x/1.png": image, "y/0.png": image });
    expect(guess.notes).toEqual([expect.stringMatching(/^z\.jsonl: .*the folder nearby that has most, such as x\/0\.png\.$/)]);
    expect(guess.passed).toHaveLength(4);
  });

  it.each(["x", "y"])(
    "are those of the folders that Karpathy's form tells apart from names, where it lies beside %s and another",
    async (set) => {
      const images = ["train2014", "val2014"].map((filepath, imgid) => {
        return { filepath, filename: "1.png", imgid, split: "train", sentences: [{ raw: `of ${filepath}` }] };
      });
      const [train, val] = [await picture(10), await picture(20)];
      const other = set === "x" ? "y" : "x";
      const files = { "ds.json": JSON.stringify({ images }), [`${set}/train2014/1.png`]: train, [`${other}/val2014/1.png`]: val };
      const said = await add({ ...files, "z/sub/1.png": await picture(30) });
      expect(captions().map(([, text]) => text)).toEqual(["of train2014", "of val2014"]);
      expect(await values()).toEqual([10, 20]);
      expect(said.notes).toEqual([expect.stringMatching(/^ds\.json: 2 of its 2 images are not in its folder but elsewhere/)]);
      await add({ "ds.json": files["ds.json"], "z/val2014/1.png": val, "x/train2014/2.png": train, "y/train2014/2.png": train });
      expect(captions()).toEqual([["val2014/1.png", "of val2014"]]); // not train2014's, of which there is none
      const capitals = Object.fromEntries(Object.entries(files).map(([name, file]) => [name.replace(/20(?=14)/, "_20"), file]));
      await add({
        ...capitals,
        "ds.json": files["ds.json"].replaceAll("2014", "_2014").replaceAll("train_", "TRAIN_").replaceAll("val_", "VAL_"),
      });
      expect(await values()).toEqual([10, 20]);
    },
  );

  it("are found by their names where Karpathy's form tells folders of another place apart", async () => {
    const images = ["0.png", "1.png"].map((filename, imgid) => ({
      filepath: "elsewhere",
      filename,
      imgid,
      sentences: [{ raw: filename }],
    }));
    const [a, b] = [await picture(10), await picture(20)];
    await add({ "ds.json": JSON.stringify({ images }), "x/0.png": a, "y/1.png": b });
    expect(captions()).toEqual([
      ["0.png", "0.png"],
      ["1.png", "1.png"],
    ]);
    expect(await values()).toEqual([10, 20]);
  });

  it("are without those that rows name but that aren't shown: of other kinds, damaged, hidden", async () => {
    const image = await picture(10);
    const names = ["a.png", "b.bmp", "c.avif", ".c/b.png"];
    const said = await add({ "captions.csv": table(...names), "a.png": image, "b.bmp": "BM", "c.avif": "no", ".c/b.png": image });
    expect(captions()).toEqual([["a.png", "of a.png"]]);
    expect(await values()).toEqual([10]);
    expect(said.notes).toEqual([
      expect.stringMatching(/captions of 3 of its 4 images are left out, .+ can't be used \(the first: b\.bmp\)/),
    ]);
  });

  it("have their captions where all rows differ from their names in capital letters", async () => {
    const image = await picture(10);
    const said = await add({ "captions.csv": table("A.PNG", "Images/B.png"), "a.png": image, "images/b.png": image });
    expect(said).toMatchObject({ notes: [], skipped: [], captions: { images: 2 } });
  });

  it("have no caption of a text of which it isn't clear whose it is, which is said, and none of another folder's", async () => {
    const image = await picture(10);
    const files = { "lake.png": image, "LAKE.txt": "one", "Lake.txt": "two", "Train/1.png": image, "train/1.txt": "three" };
    const more = { "sea.png": image, "sea.txt": "sea", "SEA.txt": "another", "sea.TXT": "a third" };
    const said = await add({ ...files, ...more, "Hut.png": image, "HUT.png": image, "hut.txt": "a hut" });
    expect(captions()).toEqual([["sea.png", "sea"]]);
    expect(said.passed).toEqual([
      "sea.TXT: captions are taken from sea.txt.",
      expect.stringMatching(/^HUT\.png: .+\(Hut\.png, hut\.txt\)/),
      expect.stringMatching(/^lake\.png: .+\(LAKE\.txt, Lake\.txt\)/),
    ]);
  });

  it.each(["lake.png", "lake.bmp"])(
    "have no caption of the text of %s, which is damaged or isn't read, but for capital letters",
    async (other) => {
      const image = await picture(10);
      await add({ [other]: image.subarray(0, 40), "LAKE.png": image, "lake.txt": "a lake", "sea.png": image, "SEA.txt": "a sea" });
      expect(captions()).toEqual([["sea.png", "a sea"]]);
      const unclear = await add({
        [other]: image.subarray(0, 40),
        "LAKE.png": image,
        "Lake.txt": "a lake",
        "sea.png": image,
        "sea.txt": "a sea",
      });
      expect(captions()).toEqual([["sea.png", "a sea"]]);
      expect(unclear.passed).toEqual([expect.stringMatching(/^LAKE\.png: it isn't clear which text is its own/)]);
    },
  );
});
