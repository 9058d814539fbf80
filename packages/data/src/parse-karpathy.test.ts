import { describe, expect, it } from "vitest";
import { refusal } from "../../../test/refusal";
import { parseKarpathy } from "./parse-karpathy";

const sentence = { raw: "many planes", tokens: ["many", "planes"], imgid: 4, sentid: 20 };
const image = { filename: "airport_1.jpg", imgid: 4, split: "val", sentences: [sentence], sentids: [20], label: "airport", lat: 1.5 };
const file = { dataset: "rsicd", images: [image], license: "none" };

/** The file with one field of its image replaced. */
const withField = (name: string, value: unknown) => ({ ...file, images: [image, { ...image, [name]: value }] });

describe("parseKarpathy", () => {
  it("keeps known fields where they belong and unknown ones in extra, at every level", () => {
    expect(parseKarpathy(file, "a.json")).toEqual({
      dataset: "rsicd",
      extra: { license: "none" },
      images: [
        {
          filename: "airport_1.jpg",
          imgid: 4,
          split: "val",
          label: "airport",
          sentences: [{ raw: "many planes", tokens: ["many", "planes"], extra: { imgid: 4, sentid: 20 } }],
          extra: { sentids: [20], lat: 1.5 },
        },
      ],
    });
  });

  it("has no extra and no label where the file has none", () => {
    const plain = { filename: "a/b.png", imgid: 0, split: "restval", sentences: [{ raw: "" }] };
    const { images } = parseKarpathy({ dataset: "", images: [plain] }, "a.json");
    expect(Object.keys(images[0]!).sort()).toEqual(["filename", "imgid", "sentences", "split"]);
    expect(Object.keys(images[0]!.sentences[0]!)).toEqual(["raw"]);
  });

  it("gives records without a split the default one, and says so when there is none", () => {
    const { split, ...unsplit } = image;
    expect(parseKarpathy({ ...file, images: [unsplit, image] }, "a.json", { defaultSplit: "test" }).images.map((r) => r.split)).toEqual([
      "test",
      split,
    ]);
    expect(() => parseKarpathy({ ...file, images: [unsplit] }, "a.json")).toThrow(/images\[0\]\.split must be .*got nothing.*defaultSplit/);
  });

  it.each([
    ["a null file", null, "a.json: the file must be an object, got null."],
    ["a list", [file], "a.json: the file must be an object, got ["],
    ["no name", { images: [] }, "a.json: dataset must be text, got nothing."],
    ["no images", { dataset: "x" }, "a.json: images must be a list, got nothing."],
    ["images as an object", { dataset: "x", images: {} }, "a.json: images must be a list, got {}."],
    ["an image that is text", { dataset: "x", images: ["a.png"] }, 'a.json: images[0] must be an object, got "a.png".'],
    ["a numeric file name", withField("filename", 5), "a.json: images[1].filename is not text, got 5."],
    ["an empty file name", withField("filename", " "), 'a.json: images[1].filename is empty, got " ".'],
    ["a fractional imgid", withField("imgid", 1.5), "a.json: images[1].imgid must be a whole number, got 1.5."],
    ["an imgid as text", withField("imgid", "1"), 'a.json: images[1].imgid must be a whole number, got "1".'],
    ["a number beyond all", withField("imgid", JSON.parse("1e400")), "images[1].imgid must be a whole number, got Infinity."],
    ["another split", withField("split", "dev"), 'images[1].split must be one of "train", "val", "test", "restval", got "dev".'],
    ["a split from Object.prototype", withField("split", "toString"), 'got "toString".'],
    ["sentences as text", withField("sentences", "x"), 'images[1].sentences must be a list, got "x".'],
    ["a sentence as text", withField("sentences", ["x"]), 'images[1].sentences[0] must be an object, got "x".'],
    ["no raw", withField("sentences", [sentence, {}]), "images[1].sentences[1].raw must be text, got nothing."],
    ["a null raw", withField("sentences", [{ raw: null }]), "images[1].sentences[0].raw must be text, got null."],
    ["a numeric token", withField("sentences", [{ raw: "x", tokens: ["x", 1] }]), "sentences[0].tokens[1] must be text, got 1."],
    ["a numeric label", withField("label", 3), "images[1].label must be text, got 3."],
  ])("names source, image and field: %s", (_, json, message) => {
    expect(() => parseKarpathy(json, "a.json")).toThrow(refusal("FILE_CORRUPT", expect.stringContaining(message)));
  });

  it("cuts long values short", () => {
    expect(() => parseKarpathy(withField("label", Array(10_000).fill(1)), "a.json")).toThrow(/^.{0,200}$/s);
  });

  it.each(["../secret.png", "a/../../b.png", "/etc/passwd", "..", "a\\..\\..\\b", "\\\\server\\x", "C:\\x.png", "c:x.png", "a\0b.png"])(
    "refuses a file name that leaves the folder: %j",
    (filename) => {
      expect(() => parseKarpathy(withField("filename", filename), "a.json")).toThrow(
        refusal("FILE_CORRUPT", expect.stringContaining("images[1].filename")),
      );
    },
  );

  it.each(["a..b.png", "..a.png", "sub folder/é.png", "-rf"])("accepts the file name %j", (filename) => {
    expect(parseKarpathy(withField("filename", filename), "a.json").images[1]!.filename).toBe(filename);
  });

  it.each(["./a/b.png", "a//b.png", "a/./b.png", "a\\b.png"])("gives %j the one spelling of its file", (filename) => {
    expect(parseKarpathy(withField("filename", filename), "a.json").images[1]!.filename).toBe("a/b.png");
  });

  it("lets no file reach into prototypes", () => {
    const json = JSON.parse('{"dataset":"x","images":[],"__proto__":{"polluted":true},"constructor":1}');
    const parsed = parseKarpathy(json, "a.json");
    expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
    expect(Object.keys(parsed.extra ?? {}).sort()).toEqual(["__proto__", "constructor"]);
  });

  it("refuses an unknown option", () => {
    expect(() => parseKarpathy(file, "a.json", { split: "test" } as object)).toThrow(refusal("UNKNOWN_OPTION"));
  });
});
