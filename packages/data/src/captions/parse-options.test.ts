import { describe, expect, it } from "vitest";
import { refusal } from "../../../../test/refusal";
import { parseKarpathy } from "../parse-karpathy";
import { parseCaptionsCsv } from "./csv";
import { parseCaptionsJsonLines } from "./json-lines";
import { parseNwpu } from "./parse-nwpu";
import { parseS2lcdXml } from "./s2lcd-xml";

const karpathyJson = { dataset: "mine", images: [{ filename: "a.png", imgid: 0, sentences: [{ raw: "" }] }] };
const nwpuJson = { a: [{ filename: "a.png", imgid: 0, raw: "" }] };
/** Every reader of text or values, given one image without a split and with a blank caption, and its default name. */
const readers = [
  ["parseKarpathy", "mine", async (options: object) => parseKarpathy(karpathyJson, "file", options)],
  ["parseNwpu", "nwpu-captions", async (options: object) => parseNwpu(nwpuJson, "file", options)],
  ["parseCaptionsCsv", "captions", async (options: object) => parseCaptionsCsv("filename,caption\na.png,\n", "file", options)],
  [
    "parseCaptionsJsonLines",
    "captions",
    async (options: object) => parseCaptionsJsonLines('{"filename":"a.png","text":""}', "file", options),
  ],
  [
    "parseS2lcdXml",
    "s2lcd",
    async (options: object) =>
      parseS2lcdXml('<annotations><image id="0" name="a.png"><mask label=""/></image></annotations>', "file", options),
  ],
] as const;

describe.each(readers)("%s", (reader, name, read) => {
  it("gives a default split, or says that there is none", async () => {
    const { dataset, images } = await read({ defaultSplit: "val" });
    expect(dataset).toBe(name);
    expect(images).toMatchObject([{ split: "val", sentences: [{ raw: "" }] }]); // blank captions are kept: only loaders refuse them
    await expect(read({})).rejects.toMatchObject({
      code: "FILE_CORRUPT",
      message: expect.stringMatching(/^file: (?:line \d+: |images\[0\]\.|"\w+"\[0\]\.)split must be .*defaultSplit/),
    });
    expect((await read({ onError: "skip" })).images).toEqual([]);
    await expect(read({ defaultSplit: "dev" })).rejects.toMatchObject({
      code: "INVALID_ARGUMENT",
      message: expect.stringMatching(/defaultSplit must be one of train, val, test, got "dev"/),
    });
  });

  it("refuses options that nobody reads", async () => {
    await expect(read({ split: "val" })).rejects.toMatchObject({
      code: "UNKNOWN_OPTION",
      message: expect.stringMatching(new RegExp(`^${reader} has no option "split"`)),
    });
    await expect(read({ onError: "warn" })).rejects.toMatchObject({ code: "INVALID_ARGUMENT" });
    if (reader !== "parseKarpathy") await expect(read({ dataset: 5 })).rejects.toMatchObject({ code: "INVALID_ARGUMENT" });
    if (reader !== "parseKarpathy") expect((await read({ defaultSplit: "val", dataset: "other" })).dataset).toBe("other");
  });
});

describe("parseCaptionsCsv", () => {
  const csv = (text: string, options = {}) => parseCaptionsCsv(text, "file", { defaultSplit: "train", ...options }).images;
  it("keeps other columns, the caption's or the image's", () => {
    expect(csv("filename,caption,by\na,one,Ann\na,two,Bob\n")[0]!.sentences).toEqual([
      { raw: "one", extra: { by: "Ann" } },
      { raw: "two", extra: { by: "Bob" } },
    ]);
    expect(csv("filename,caption_2,caption,caption_1\na,three,one,two\n")[0]!.sentences.map(({ raw }) => raw)).toEqual([
      "one",
      "two",
      "three",
    ]);
    expect(csv("filename,caption_1,caption_10,caption_2,lat\na,one,ten,two,1.5\n")[0]).toMatchObject({
      sentences: [{ raw: "one" }, { raw: "two" }, { raw: "ten" }],
      extra: { lat: "1.5" },
    });
  });

  it("reads LF, CRLF and CR, blank lines, quotes, and files without a last line end", () => {
    const expected = [{ raw: 'a "b"\nc' }, { raw: "two" }];
    for (const end of ["\n", "\r\n", "\r"]) {
      expect(csv(["filename,caption", 'x,"a ""b""\nc"', "", "x,two"].join(end))[0]!.sentences).toEqual(expected);
    }
    expect(csv("filename,caption\n")).toEqual([]);
  });

  it("takes tabs, and nothing but commas and tabs", () => {
    expect(csv("filename\tcaption\na\tone, two\n", { separator: "\t" })[0]!.sentences).toEqual([{ raw: "one, two" }]);
    expect(() => csv("", { separator: ";" })).toThrow(refusal("INVALID_ARGUMENT"));
  });

  it("takes the rows of an image wherever they are, numbering images by their first", () => {
    expect(
      csv("filename,caption\nb,one\na,two\nb,three\n").map(({ filename, imgid, sentences }) => [filename, imgid, sentences.length]),
    ).toEqual([
      ["b", 0, 2],
      ["a", 1, 1],
    ]);
  });
});
