import { readFile } from "node:fs/promises";
import { afterEach, describe, expect, it, vi } from "vitest";
import { addImages, imagesOf, pixelsOf } from "../src/worker/images";
import { add, captions, clear, given, ids, picture, trained, zip } from "./adding";

// Node has no decoder of a browser.
vi.mock("@rsdix/image/web", async () => import("@rsdix/image/node"));

describe("images that are added", () => {
  afterEach(clear);

  it("are trained on without those that are damaged, whose captions aren't counted", async () => {
    const [a, b] = [await picture(10), await picture(20)];
    const table = "filename,caption\na.png,one\nb.png,two\nbroken.png,three\ngone.png,four\n";
    const said = await add({ "set/a.png": a, "set/b.png": b, "set/broken.png": a.subarray(0, 40), "set/captions.csv": table });
    expect(said).toMatchObject({ added: 2, captions: { images: 2, captions: 2, source: "captions.csv" } });
    expect(said.skipped.map(({ name }) => name)).toEqual(["broken.png"]);
    expect(said.notes).toEqual([
      "captions.csv: captions of 2 of its 4 images are left out, as these aren't here or can't be used (the first: broken.png).",
    ]);
    expect((await trained()).map(([, , value]) => value).sort()).toEqual([10, 20]);
  });

  it("have their captions wherever the table says that they lie", async () => {
    const table = "filename,caption\na.png,one\nimages/b.png,two\n";
    const said = await add({ "captions.csv": table, "images/a.png": await picture(10), "images/b.png": await picture(20) });
    expect(said).toMatchObject({ added: 2, skipped: [], notes: [], captions: { images: 2, captions: 2 } });
    expect((await trained()).map(([, , value]) => value).sort()).toEqual([10, 20]);
  });

  it("have their captions where some rows name them by folder and some don't, wherever one file has that name", async () => {
    const rows = ["images/a.png,one", "images/b.png,two", "images/c.png,three", "d.png,four", "E.PNG,five", "caf\u00e9.png,six"];
    const [image, other] = [await picture(10), await picture(20)];
    const files = { "images/a.png": image, "images/b.png": image, "images/c.png": image, "images/d.png": other };
    const more = { "more/deep/e.png": other, "more/cafe\u0301.png": other };
    const said = await add({ "captions.csv": `filename,caption\n${rows.join("\n")}\n`, ...files, ...more });
    expect(said).toMatchObject({ added: 6, skipped: [], passed: [], captions: { images: 6, captions: 6 } });
    expect(said.notes).toEqual([
      "captions.csv: 2 of its 6 images are not in its folder but elsewhere (for E.PNG more/deep/e.png is taken).",
    ]);
    expect((await trained()).map(([, , value]) => value).sort()).toEqual([10, 10, 10, 20, 20, 20]);
  });

  it("have their captions where rows name the folder that was dropped, or the zip file, too", async () => {
    const [image, other] = [await picture(10), await picture(20)];
    const files = { "images/a.png": image, "images/b.png": other };
    for (const rows of [
      "set/images/a.png,one\nset/images/b.png,two\n",
      "set/images/a.png,one\nimages/b.png,two\n",
      "set/images/a.png,one\nb.png,two\n",
    ]) {
      const all = { ...files, "captions.csv": `filename,caption\n${rows}` };
      for (const given of [
        Object.fromEntries(Object.entries(all).map(([name, file]) => [`set/${name}`, file])),
        { "set.zip": await zip(all) },
      ]) {
        const said = await add(given);
        expect(said).toMatchObject({ added: 2, skipped: [], notes: [], captions: { images: 2, captions: 2 } });
        expect((await trained()).map(([, , value]) => value).sort()).toEqual([10, 20]);
      }
    }
  });

  it("are without captions where their name is of several files, and it is said of which", async () => {
    const table = "filename,caption\nimages/a.png,one\nimages/b.png,two\nc.png,three\n";
    const image = await picture(10);
    const files = { "images/a.png": image, "images/b.png": image, "new/c.png": image, "old/c.png": image };
    const said = await add({ "captions.csv": table, ...files });
    expect(captions()).toEqual([
      ["images/a.png", "one"],
      ["images/b.png", "two"],
    ]);
    expect(said.notes).toEqual([
      "captions.csv: captions of 1 of its 3 images are left out, as several files have that name (c.png may be new/c.png or old/c.png): write the folder too.",
    ]);
    const nearer = await add({
      "set/captions.csv": table,
      ...Object.fromEntries(Object.entries(files).map(([n, f]) => [`set/${n}`, f])),
      "x/c.png": image,
    });
    expect(nearer.notes).toEqual([expect.stringContaining("(c.png may be set/new/c.png or set/old/c.png)")]);
    const only = await add({ "captions.csv": table, "new/c.png": image, "new/sub/c.png": image, "z.png": image });
    expect(only.skipped).toEqual([
      { name: "captions.csv", reason: "none of its 3 images is here and can be used (the first: images/a.png)" },
    ]);
  });

  it("are those of the folder with most of them where two folders have the names, which is said", async () => {
    const [image, other] = [await picture(10), await picture(20)];
    const files = { "p/a.png": image, "p/b.png": image, "q/a.png": other };
    const said = await add({ "captions.csv": "filename,caption\na.png,one\nb.png,two\n", ...files });
    expect((await trained()).map(([, , value]) => value)).toEqual([10, 10]);
    expect(said.notes).toEqual([
      "captions.csv: several files have the names of 1 of its 2 images (a.png may be p/a.png or q/a.png): taken are those of the folder nearby that has most, such as p/a.png.",
    ]);
  });

  it("are one for one file that rows name in two ways, with all captions", async () => {
    const image = await picture(10);
    const rows = ["b.png,one", "images/b.png,two", "IMAGES/B.png,three", "images/c.png,four"];
    const files = { "images/b.png": image, "images/c.png": image };
    const said = await add({ "captions.csv": `filename,caption\n${rows.join("\n")}\n`, ...files });
    expect(captions().map(([, ...texts]) => texts)).toEqual([["one", "two", "three"], ["four"]]);
    expect(said).toMatchObject({ notes: [], captions: { images: 2, captions: 4 } });
    const lines = rows.map((row) => row.split(",")).map(([filename, caption]) => JSON.stringify({ filename, captions: [caption] }));
    await add({ "captions.jsonl": lines.join("\n"), ...files });
    expect(captions().map(([, ...texts]) => texts)).toEqual([["one", "two", "three"], ["four"]]);
  });

  it("give their captions to no other image where they are damaged", async () => {
    const [a, b] = [await picture(10), await picture(20)];
    const table = "filename,caption\nimages/a.png,one\nimages/b.png,two\n";
    const said = await add({ "captions.csv": table, "images/a.png": a.subarray(0, 40), "images/a.jpg": b, "images/b.png": b });
    expect(captions()).toEqual([["images/b.png", "two"]]);
    expect(said.notes).toEqual([expect.stringContaining("the first: images/a.png")]);
  });

  it("have the captions of all zip files, of images of one name too", async () => {
    const set = async (value: number, caption: string) =>
      zip({ "a.png": await picture(value), "captions.csv": `filename,caption\na.png,${caption}\n` });
    const said = await add({ "first.zip": await set(10, "one"), "second.zip": await set(20, "two") });
    expect(said.captions).toEqual({ source: "captions.csv of first.zip and captions.csv of second.zip", images: 2, captions: 2 });
    expect(captions().map(([, text]) => text)).toEqual(["one", "two"]);
    expect((await trained()).map(([, , value]) => value).sort()).toEqual([10, 20]);
  });

  it("have the captions of captions.csv, and it is said what was passed over", async () => {
    const a = await picture(10);
    const good = "filename,caption\na.png,one\n";
    const first = await add({ "a.png": a, "aaa.csv": "x,y\n1,2\n", "captions.csv": good });
    expect(captions()).toEqual([["a.png", "one"]]);
    expect(first.passed).toEqual(["aaa.csv: captions are taken from captions.csv."]);
    const second = await add({ "a.png": a, "aaa.csv": "x,y\n1,2\n", "bbb.csv": good });
    expect(second.captions?.source).toBe("bbb.csv");
    expect(second.passed).toEqual([expect.stringMatching(/^aaa\.csv: .+/)]);
    expect(second.skipped).toEqual([]);
  });

  it("are without entries that are no captions, of which it is said once where they are, in the page's words", async () => {
    const a = await picture(10);
    const table = await add({ "jl/a.png": a, "jl/captions.csv": "filename,caption\na.png,one\na.png,\n" });
    expect(table.notes).toEqual([
      "captions.csv: 1 of its entries is left out (jl/captions.csv: line 3: caption is a blank caption. Write one).",
    ]);
    const line = (caption: unknown) => `${JSON.stringify({ filename: "a.png", captions: [caption] })}\n`;
    const lines = await add({ "jl/a.png": a, "jl/captions.jsonl": line("one") + line(5) + line(6) });
    expect(lines.notes).toEqual([
      "captions.jsonl: 4 of its entries are left out (the first: jl/captions.jsonl: line 2: captions[0] must be text, got 5).",
    ]);
    const none = await add({ "jl/a.png": a, "jl/captions.csv": "filename,caption\na.png,\n" });
    expect(none.skipped).toEqual([{ name: "captions.csv", reason: expect.stringMatching(/ 1 item was left out: .+ Write one\.$/) }]);
    const gone = await add({ "jl/a.png": a, "jl/captions.csv": "filename,caption\nb.png,one\n" });
    expect(gone.skipped).toEqual([
      { name: "captions.csv", reason: expect.stringMatching(/captions\.csv\. Drop the captions and their images together\.$/) },
    ]);
  });

  it("have the captions of texts beside them, whatever other JSON is there", async () => {
    const said = await add({ "lake.png": await picture(10), "lake.txt": "a lake", "info.json": '{"a": 1}' });
    expect(captions()).toEqual([["lake.png", "a lake"]]);
    expect(said.passed).toEqual([expect.stringMatching(/^info\.json: .+/)]);
  });

  it("have the captions of texts whose names are written in other letters, each of one image", async () => {
    const image = await picture(10);
    await add({
      "LAKE.png": image,
      "lake.TXT": "a lake",
      "a.png": image,
      "A.png": image,
      "a.txt": "a sea",
      "caf\u00e9.png": image,
      "cafe\u0301.txt": "a house",
    });
    expect(captions()).toEqual([
      ["LAKE.png", "a lake"],
      ["a.png", "a sea"],
      ["caf\u00e9.png", "a house"],
    ]);
  });

  it("have the captions of the other texts beside them where one isn't UTF-8 or is too long, and it is said which", async () => {
    const image = await picture(10);
    const latin1 = Uint8Array.from("caf\xe9", (letter) => letter.charCodeAt(0));
    const long = "x".repeat((1 << 20) + 1);
    const said = await add({ "a.png": image, "a.txt": latin1, "b.png": image, "b.txt": "a lake", "c.png": image, "c.txt": long });
    expect(captions()).toEqual([["b.png", "a lake"]]);
    expect(said).toMatchObject({ added: 3, skipped: [], captions: { images: 1, captions: 1 } });
    expect(said.passed).toEqual(["a.txt: the text isn't UTF-8: save it as UTF-8.", expect.stringMatching(/^c\.txt: .*1048576.*\.$/)]);
    const none = await add({ "a.png": image, "a.txt": latin1 });
    expect(none.skipped).toEqual([{ name: "a.txt", reason: "the text isn't UTF-8: save it as UTF-8" }]);
  });

  it("are trained on only where they are shown: not hidden ones, nor those that were left when adding was stopped", async () => {
    const image = await picture(10);
    await add({ "lake.png": image, "lake.txt": "a lake", ".checkpoints/lake.png": image, ".checkpoints/lake.txt": "an old lake" });
    expect(captions()).toEqual([["lake.png", "a lake"]]);
    const stop = new AbortController();
    const emit = () => stop.abort(); // after the first
    const files = { "a.png": image, "b.png": image, "captions.csv": "filename,caption\na.png,one\nb.png,two\n" };
    const said = await addImages({ files: await given(files) }, { emit, signal: stop.signal });
    expect(said).toMatchObject({ added: 1, captions: { images: 1, captions: 1 } });
    expect(captions()).toEqual([["a.png", "one"]]);
  });

  it("aren't a model's files", async () => {
    await expect(add({ "m/config.json": "{}", "m/preprocessor_config.json": "{}", "m/model.safetensors": "x" })).rejects.toThrowError(
      "These are a model's files (config.json), and no images: pick them in step 2, Model.",
    );
  });

  it("are upright, where they are shown and where they are trained on", async () => {
    const fixture = new URL("../../../packages/image/src/fixtures/orientation.json", import.meta.url);
    const { files } = JSON.parse(await readFile(fixture, "utf8")) as { files: { name: string; file: string }[] };
    const turned = new Uint8Array(Buffer.from(files.find(({ name }) => name === "jpeg 6")!.file, "base64"));
    await add({ "a.jpg": turned, "a.txt": "turned" });
    const shown = await pixelsOf(imagesOf(ids)[0]!);
    expect(shown.height).toBeGreaterThan(shown.width); // it lies on its side in the file
    expect(await trained()).toEqual([[shown.width, shown.height, shown.data[0]]]);
  });
});
