import { encodePng } from "@rsdix/image/node";
import { describe, expect, it } from "vitest";
import { makeZip } from "../../test/make-zip";
import { memoryFiles } from "../../test/memory-files";
import type { CaptionRecord } from "../caption-dataset";
import { openClasses } from "../classes/open-classes";
import type { DatasetDeclaration } from "../declarations/declaration";
import { openFiles } from "../files/open-files";
import type { ImageDataset } from "../image-dataset";
import { verify } from "./verify";

const png = (shade: number, side = 2) => encodePng({ width: side, height: side, data: new Uint8Array(side * side * 3).fill(shade) });
const record = (filename: string, split: CaptionRecord["split"] = "train", ...captions: string[]): CaptionRecord => ({
  filename,
  imgid: 0,
  split,
  sentences: captions.map((raw) => ({ raw })),
});
const DECLARED: DatasetDeclaration = {
  id: "tiny",
  title: "Tiny",
  task: "captions",
  about: "",
  layout: { images: [""], extensions: [".png"] },
  imageSize: { width: 2, height: 2 },
  counts: { images: 2, captions: 2, captionsPerImage: 1, train: 1, test: 1 },
  licence: "",
  citation: "",
  sources: [],
};
const open = (files: Record<string, string | Uint8Array>, images: CaptionRecord[], more: Partial<ImageDataset> = {}): ImageDataset => ({
  dataset: "tiny",
  images,
  files: memoryFiles(files, "tiny.zip"),
  ...more,
});
const kinds = (report: { problems: readonly { kind: string; severity: string; count: number }[] }) =>
  report.problems.map(({ kind, severity, count }) => `${severity} ${kind} ${count}`);

describe("verify", () => {
  it("finds nothing wrong where nothing is", async () => {
    const files = { "a.png": await png(1), "b.png": await png(2), "readme.txt": "" };
    const set = open(files, [record("a.png", "train", "a lake"), record("b.png", "test", "a sea")], { declaration: DECLARED });
    const report = await verify(Promise.resolve(set));
    expect(report).toMatchObject({ problems: [], ok: true, exitCode: 0, counts: { images: 2, decoded: 2, captions: 2, classes: 0 } });
    expect(report.splits).toEqual({ train: 1, val: 0, test: 1 });
    expect([...report.sizes]).toEqual([["2 x 2", 2]]);
    expect(report.text).toBe(
      "tiny in tiny.zip\n  images    2, 2 of them decoded\n  captions  2\n  splits    train 1, val 0, test 1\n  sizes     2 x 2 (2)\nAll is well.",
    );
  });

  it("names missing and unreadable images, empty captions, and images without captions", async () => {
    const whole = await png(1, 40);
    const files = { "cut.png": whole.subarray(0, 60), "empty.png": "", "ok.png": whole };
    const images = [
      record("gone.png", "train", "a"),
      record("cut.png", "train", " "),
      record("empty.png", "val", "b"),
      record("ok.png", "test"),
    ];
    const report = await verify(open(files, images));
    expect(kinds(report)).toEqual(["error empty caption 1", "error no caption 1", "error missing image 1", "error unreadable image 2"]);
    expect(report.exitCode).toBe(1);
    for (const text of ["gone.png", "cut.png: caption 1 of 1", "empty.png: ", "4 kinds of errors, 0 kinds of warnings."]) {
      expect(report.text).toContain(text);
    }
  });

  it("knows one file under two names, which differ in how accents are written", async () => {
    const [composed, apart] = ["NFC", "NFD"].map((form) => "été.png".normalize(form)) as [string, string];
    const files = await openFiles(await makeZip([[composed, await png(1)]]));
    const images = [record(composed, "train", "a"), record(apart, "test", "b")];
    for (const options of [{}, { images: false }]) {
      const report = await verify({ dataset: "tiny", images, files }, options);
      expect(kinds(report)).toEqual(["error same file in two splits 1"]);
      expect(report.text).toContain(`${composed} (train) and ${apart} (test)`);
    }
    const one = await verify({ dataset: "tiny", images: images.slice(1), files });
    expect(one).toMatchObject({ problems: [], counts: { decoded: 1 } });
    const custom = await verify(open({ [composed]: await png(1) }, images.slice(1))); // a store that doesn't find it
    expect(kinds(custom)).toEqual(["error missing image 1"]);
  });

  it("tells the same file in two splits, which is leakage, from the same file twice in one", async () => {
    const [one, two] = [await png(1), await png(2)];
    const files = { "a.png": one, "b.png": one, "c.png": two, "d.png": two, "e.png": one };
    const images = [
      record("a.png", "train"),
      record("b.png", "test"),
      record("c.png", "val"),
      record("d.png", "val"),
      record("e.png", "restval"),
    ];
    const report = await verify(open(files, images));
    expect(kinds(report)).toEqual(["error same file in two splits 1", "warning same file twice 2"]);
    expect(report.problems[0]?.examples).toEqual(["a.png (train) and b.png (test)"]);
    expect(report.problems[1]?.examples).toEqual(["c.png (val) and d.png (val)", "a.png (train) and e.png (train)"]);
  });

  it("compares with the declaration: counts, sizes, captions an image, classes", async () => {
    const files = { "a.png": await png(1), "b.png": await png(2, 3), "c.png": await png(3) };
    const images = ["a.png", "b.png", "c.png"].map((name) => ({ ...record(name, "test", "x", "y"), label: "sea" }));
    const report = await verify(open(files, images, { declaration: DECLARED, classes: ["sea", "dam"] }));
    expect(kinds(report)).toEqual([
      "error count 4",
      "warning number of captions 3",
      "warning class without images 1",
      "warning other size 1",
    ]);
    expect(report.problems[0]?.examples).toEqual([
      "images: 3, published are 2",
      "captions: 6, published are 2",
      'images of the split "train": 0, published are 1',
      'images of the split "test": 3, published are 1',
    ]);
    expect(report.text).toContain("b.png: 3 x 3 instead of 2 x 2");
  });

  it("counts images that tell no class, and warns of them once", async () => {
    const files = memoryFiles({ "sea_1.png": await png(1), "00001.png": await png(2) });
    const declaration = { ...DECLARED, task: "classes" as const, counts: { images: 2 }, classes: [{ name: "sea", folder: "sea" }] };
    const report = await verify(openClasses(files, declaration, { onError: "skip" }));
    expect(report.problems).toEqual([{ kind: "image left out, of no class", severity: "warning", count: 1, examples: ["00001.png"] }]);
  });

  it("warns of images that no record names, and counts what it doesn't name", async () => {
    const files = Object.fromEntries(await Promise.all([...Array(7).keys()].map(async (i) => [`${i}.png`, await png(i)] as const)));
    const report = await verify(open(files, [record("0.png")]), { examples: 2 });
    expect(kinds(report)).toEqual(["warning image that no record names 6"]);
    expect(report).toMatchObject({ ok: true, exitCode: 0 });
    expect(report.text).toContain("  - 2.png\n  - and 4 more");
  });

  it("reads no image when told so, and checks a store that can't list by reading", async () => {
    const files = memoryFiles({ "a.png": await png(1) });
    const read: string[] = [];
    const watched = {
      ...files,
      read: (name: string) => {
        read.push(name);
        return files.read(name);
      },
    };
    const images = [record("a.png"), record("b.png")];
    expect(kinds(await verify({ dataset: "x", images, files: watched }, { images: false }))).toEqual(["error missing image 1"]);
    expect(read).toEqual([]);
    const { fail } = await import("@rsdix/internal");
    const address = { ...watched, names: async () => fail("INVALID_ARGUMENT", "An address can't be listed.") };
    expect(kinds(await verify({ dataset: "x", images, files: address }))).toEqual(["error missing image 1"]);
  });

  it("is the same however many are looked at together", async () => {
    const files = Object.fromEntries(await Promise.all([...Array(20).keys()].map(async (i) => [`${i}.png`, await png(i % 7)] as const)));
    const images = Object.keys(files).map((name, i) => record(name, i % 2 ? "train" : "test"));
    const [one, many] = [await verify(open(files, images), { concurrency: 1 }), await verify(open(files, images), { concurrency: 16 })];
    expect(many).toEqual(one);
    expect(one.problems).toHaveLength(2);
  });

  it("reports progress, and stops when told", async () => {
    const files = { "a.png": await png(1), "b.png": await png(2) };
    const set = open(files, [record("a.png"), record("b.png")]);
    const seen: string[] = [];
    const controller = new AbortController();
    const onProgress = ({ done, total }: { done: number; total: number }) => {
      seen.push(`${done}/${total}`);
      controller.abort();
    };
    const run = verify(set, { concurrency: 1, onProgress, signal: controller.signal });
    await expect(run).rejects.toMatchObject({ code: "ABORTED", message: expect.stringContaining("after 1 of 2") });
    expect(seen).toEqual(["1/2"]);
  });

  it.each<[string, (set: ImageDataset) => ImageDataset | Promise<ImageDataset>, object]>([
    ["the data set", () => new Promise(() => undefined), {}],
    ["the names", (set) => ({ ...set, files: { ...set.files, names: () => new Promise(() => undefined) } }), {}],
    ["a file", (set) => ({ ...set, files: { ...set.files, read: () => new Promise(() => undefined) } }), {}],
    ["decode", (set) => set, { decode: () => new Promise(() => undefined) }],
  ])("stops at once, though %s never comes", async (_, change, options) => {
    const controller = new AbortController();
    const set = change(open({ "a.png": await png(1) }, [record("a.png")]));
    const run = verify(set, { ...options, signal: controller.signal });
    setTimeout(() => controller.abort("enough"), 20);
    await expect(run).rejects.toMatchObject({ name: "RsdixError", code: "ABORTED", cause: "enough" });
  });

  it("tells a file that is there and cannot be read from one that is missing, and names what a store gives in place of bytes", async () => {
    const set = open({ "a.png": await png(1) }, [record("a.png"), record("b.png")]);
    const read = () => Promise.reject(Object.assign(new Error("too many open files"), { code: "EMFILE" }));
    const report = await verify({ ...set, files: { ...set.files, read } });
    expect(kinds(report)).toEqual(["error missing image 1", "error unreadable image 1"]);
    expect(report.text).toContain('  - a.png: "a.png" of tiny.zip cannot be read: too many open files.');
    const text = { ...set, files: { ...set.files, read: async () => "text" as never } };
    await expect(verify(text)).rejects.toMatchObject({ code: "INVALID_ARGUMENT", message: expect.stringContaining('"a.png" of tiny.zip') });
  });

  it("throws what is no fault of a file", async () => {
    const set = open({ "a.png": await png(1) }, [record("a.png")]);
    const decode = async () => {
      throw new TypeError("broken decoder");
    };
    await expect(verify(set, { decode })).rejects.toThrow("broken decoder");
  });

  it("compares no counts when told so, and tells what a loader left out", async () => {
    const files = { "a.png": await png(1) };
    const set = open(files, [record("a.png", "test", "x")], { declaration: DECLARED });
    expect(kinds(await verify(set, { counts: false }))).toEqual([]);
    const skipped = [{ where: "a.json: images[1]", message: "a.json: images[1] has no caption." }];
    const report = await verify(Object.assign(set, { skipped }), { counts: false });
    expect(kinds(report)).toEqual(["error left out of the annotation 1"]);
    expect(report.text).toContain("a.json: images[1] has no caption.");
  });

  it("says that a set is empty", async () => {
    expect(kinds(await verify(open({}, [])))).toEqual(["error count 1"]);
  });

  it.each([
    ["no data set", undefined, {}, "INVALID_ARGUMENT", "verify takes a data set with its files"],
    ["annotations alone", { dataset: "x", images: [] }, {}, "INVALID_ARGUMENT", "with its files"],
    ["no concurrency", open({}, []), { concurrency: 0 }, "INVALID_ARGUMENT", "concurrency"],
    ["an unknown option", open({}, []), { deep: true }, "UNKNOWN_OPTION", "deep"],
  ])("refuses %s", async (_, set, options, code, message) => {
    await expect(verify(set as ImageDataset, options as object)).rejects.toMatchObject({ code, message: expect.stringContaining(message) });
  });
});
