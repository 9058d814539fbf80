import { describe, expect, it } from "vitest";
import { rsicdJson, s2lcdXml } from "../../test/make-annotations";
import { csv, each, entry, filesWith, image, lines, nwpu, raws, rsicdWith, xml } from "../../test/wrong-annotations";
import { captionsCsv, captionsJsonLines, karpathy, nwpuCaptions, rsicd, s2lcd } from "./loaders";

const bytes = (...values: number[]) => Uint8Array.from(values);
const corrupt = (message: RegExp) => ({ code: "FILE_CORRUPT", message: expect.stringMatching(message) });

describe("what is wrong is an error that names file and place", () => {
  it.each([
    [
      "a caption that is a number",
      () => rsicd(rsicdWith({ 1: raws("a", "b", 5) })),
      /^set\/dataset_rsicd\.json: images\[1\]\.sentences\[2\]\.raw must be text, got 5\.$/,
    ],
    ["a blank caption", () => rsicd(rsicdWith({ 1: raws("a", "b", " \n") })), /images\[1\]\.sentences\[2\]\.raw is a blank caption/],
    ["no caption", () => rsicd(rsicdWith({ 2: raws() })), /images\[2\] \("airport_3\.jpg"\) has no caption/],
    ["one image without a split", () => rsicd(rsicdWith({ 3: { split: undefined } })), /images\[3\]\.split must be .*got nothing/],
    ["an unknown split", () => rsicd(rsicdWith({ 3: { split: "dev" } })), /images\[3\]\.split must be .*got "dev"/],
    [
      "no split, where the annotation's is wanted",
      () => rsicd(rsicdWith(each({ split: undefined })), { split: "annotation" }),
      /images\[0\]\.split must be/,
    ],
    [
      "a file named twice",
      () => rsicd(rsicdWith({ 3: { filename: "airport_1.jpg" } })),
      /images\[3\] names the file "airport_1\.jpg" again, after .*images\[0\]/,
    ],
    [
      "a file named twice, with another separator",
      () => rsicd(rsicdWith({ 0: { filename: "a/b.jpg" }, 3: { filename: "a\\b.jpg" } })),
      /images\[3\] names the file "a\/b\.jpg" again/,
    ],
    ...["./a/b.jpg", "a//b.jpg", "a/./b.jpg", ".//a\\.\\b.jpg"].map((filename): [string, () => ReturnType<typeof rsicd>, RegExp] => [
      `a file named twice, again as ${filename}`,
      () => rsicd(rsicdWith({ 0: { filename: "a/b.jpg" }, 3: { filename } })),
      /images\[3\] names the file "a\/b\.jpg" again/,
    ]),
    ["a name that is a folder's", () => rsicd(rsicdWith({ 0: { filename: "./" } })), /images\[0\]\.filename names a folder, got "\.\/"/],
    [
      "a name that leaves the folder",
      () => rsicd(rsicdWith({ 0: { filename: "..\\..\\x.jpg" } })),
      /images\[0\]\.filename leaves the image folder/,
    ],
    ["no bytes", () => rsicd(filesWith("dataset_rsicd.json", "")), /^set\/dataset_rsicd\.json has no bytes/],
    ["blanks only", () => rsicd(filesWith("dataset_rsicd.json", " \n")), /is not JSON/],
    [
      "a truncated file",
      () => rsicd(filesWith("dataset_rsicd.json", JSON.stringify(rsicdJson(2)).slice(0, 300))),
      /dataset_rsicd\.json is not JSON/,
    ],
    [
      "another encoding",
      () => rsicd(filesWith("dataset_rsicd.json", bytes(0x7b, 0x0a, 0x0a, 0x22, 0xe9, 0x22, 0x7d))),
      /line 3 is not UTF-8 \(byte 4 of 7\)/,
    ],
    [
      "UTF-8 that ends within a character",
      () => rsicd(filesWith("dataset_rsicd.json", bytes(0x22, 0xc3))),
      /line 1 is not UTF-8 \(byte 1 of 2\)/,
    ],
    ["UTF-16", () => rsicd(filesWith("dataset_rsicd.json", bytes(0xff, 0xfe, 0x7b, 0))), /looks like UTF-16: save it as UTF-8/],
    [
      "a key twice in an image",
      () =>
        karpathy(
          filesWith(
            "a.json",
            '{"dataset":"x",\n"images":[{"filename":"a.jpg","imgid":0,"split":"val",\n"split":"test","sentences":[{"raw":"a"}]}]}',
          ),
        ),
      /set\/a\.json: line 3 has the key "split" a second time/,
    ],
    [
      "a key twice in a caption",
      () =>
        karpathy(
          filesWith(
            "a.json",
            '{"dataset":"x","images":[{"filename":"a.jpg","imgid":0,"split":"val","sentences":[{"raw":"a","raw":"b"}]}]}',
          ),
        ),
      /a\.json has the key "raw" a second time/,
    ],
    [
      "JSON lines: captions twice",
      () => captionsJsonLines(filesWith("a.jsonl", '{"file_name":"a.jpg","captions":["one"],"captions":["two"]}')),
      /a\.jsonl: line 1 has the key "captions" a second time/,
    ],
    [
      "JSON lines: caption twice",
      () => captionsJsonLines(filesWith("a.jsonl", '{"file_name":"a.jpg","caption":"one","caption":"two"}')),
      /a\.jsonl: line 1 has the key "caption" a second time/,
    ],
    [
      "JSON lines: file_name twice",
      () => captionsJsonLines(filesWith("a.jsonl", '{"file_name":"a.jpg","caption":"one","file_name":"b.jpg"}')),
      /a\.jsonl: line 1 has the key "file_name" a second time/,
    ],
    [
      "a key twice, once written with an escape",
      () => captionsJsonLines(filesWith("a.jsonl", '{"filename":"a.jpg","\\u0066ilename":"b.jpg","caption":"one"}')),
      /line 1 has the key "\\u0066ilename" a second time/,
    ],
    [
      "CSV: a key twice in its JSON",
      () => captionsCsv(filesWith("a.csv", 'filename,caption,rsdix_json\na.jpg,one,"{""tokens"":[""a""],""tokens"":[""b""]}"\n')),
      /line 2: rsdix_json has the key "tokens" a second time/,
    ],
    [
      "NWPU: a class twice",
      () =>
        nwpu2(
          '{"x":[{"filename":"a.jpg","imgid":0,"split":"val","raw":"one"}],\n"x":[{"filename":"b.jpg","imgid":1,"split":"val","raw":"one"}]}',
        ),
      /line 2 has the key "x" a second time/,
    ],
    [
      "NWPU: a caption that is missing between others",
      () => nwpu2({ x: [entry(), entry({ filename: "b.jpg", raw_2: "three" })] }),
      /^set\/dataset_nwpu\.json: "x"\[1\]\.raw_1 must be text, got nothing/,
    ],
    ["NWPU: a caption that is a number", () => nwpu2({ x: [entry({ raw_1: 7 })] }), /"x"\[0\]\.raw_1 must be text, got 7/],
    ["NWPU: a class that is a path", () => nwpu2({ "../x": [entry()] }), /"\.\.\/x" is no name of a class/],
    ["NWPU: a class that leaves the folder", () => nwpu2({ "..": [entry()] }), /"\.\."\[0\]\.filename leaves the image folder/],
    ["NWPU: a class that is no list", () => nwpu2({ x: { a: 1 } }), /"x" must be a list/],
    ["NWPU: Karpathy's form", () => nwpu2({ dataset: "x", images: [] }), /"dataset" must be a list, got "x"/],
    [
      "CSV: too few fields",
      () => captionsCsv(csv("filename,caption\na.jpg,one\na.jpg\n")),
      /^set\/a\.csv: line 3 has 1 fields, the header has 2/,
    ],
    [
      "CSV: a comma outside of quotes",
      () => captionsCsv(csv('filename,caption\na.jpg,"one\ntwo"\na.jpg,one, two\n')),
      /line 4 has 3 fields, .* comma in it must be in quotes/,
    ],
    [
      "CSV: a quote that is never closed",
      () => captionsCsv(csv('filename,caption\na.jpg,one\na.jpg,"two\nb.jpg,three\n')),
      /line 3 opens a quote that is never closed/,
    ],
    [
      "CSV: other columns",
      () => captionsCsv(csv("image;title\na.jpg;one\n")),
      /line 1 must name the columns filename and caption .*got "image;title"/,
    ],
    ["CSV: a column twice", () => captionsCsv(csv("filename,caption,caption\n")), /line 1 names the column "caption" twice/],
    ["CSV: a blank caption", () => captionsCsv(csv("filename,caption\na.jpg,one\na.jpg,\n")), /line 3: caption is a blank caption/],
    [
      "CSV: an image with two splits",
      () => captionsCsv(csv("filename,split,caption\na.jpg,val,one\na.jpg,test,two\n")),
      /line 3: split must be "val", as in the image's first line .*line 2\), got "test"/,
    ],
    [
      "CSV: a number that is none",
      () => captionsCsv(csv("filename,imgid,caption\na.jpg,1.5,one\n")),
      /line 2: imgid must be a whole number, got "1\.5"/,
    ],
    ["CSV: JSON that is none", () => captionsCsv(csv("filename,caption,rsdix_json\na.jpg,one,{\n")), /line 2: rsdix_json is not JSON/],
    [
      "CSV: JSON of another kind",
      () => captionsCsv(csv('filename,caption,rsdix_json\na.jpg,one,"{""word"":{}}"\n')),
      /rsdix_json has a field "word"/,
    ],
    [
      "JSON lines: no JSON",
      () => captionsJsonLines(lines('{"filename":"a.jpg","caption":"one"}\n{"file\n')),
      /^set\/a\.jsonl: line 2 is not JSON/,
    ],
    ["JSON lines: a list", () => captionsJsonLines(lines("[1]")), /line 1 must be an object/],
    [
      "JSON lines: no caption",
      () => captionsJsonLines(lines('{"filename":"a.jpg"}')),
      /line 1: sentences must be a list, got nothing\. A line has "sentences", "captions", "caption" or "text"/,
    ],
    [
      "JSON lines: a number",
      () => captionsJsonLines(lines('{"filename":"a.jpg","captions":["one",2]}')),
      /line 1: captions\[1\] must be text, got 2/,
    ],
    [
      "JSON lines: a key twice",
      () => captionsJsonLines(lines('\n{"filename":"a.jpg","split":"val","split":"test","caption":"one"}')),
      /line 2 has the key "split" a second time/,
    ],
    [
      "JSON lines: an image with two classes",
      () => captionsJsonLines(lines('{"filename":"a.jpg","caption":"one"}\n{"filename":"a.jpg","label":"x","caption":"two"}')),
      /line 2: label must be absent, .*got "x"/,
    ],
    ["XML: cut off", () => s2lcd(filesWith("a.xml", s2lcdXml(2).slice(0, 700))), /^set\/a\.xml: line \d+ is not XML \(unclosed tag/],
    [
      "XML: an entity that grows",
      () => s2lcd(filesWith("a.xml", `<!DOCTYPE a [<!ENTITY l "lol"><!ENTITY m "&l;&l;">]>\n<annotations>${image}</annotations>`)),
      /line 1 has a document type declaration/,
    ],
    [
      "XML: an entity that reads a file",
      () => s2lcd(filesWith("a.xml", '<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><annotations>&x;</annotations>')),
      /document type declaration/,
    ],
    [
      "XML: an entity that XML has not",
      () => s2lcd(xml('<image id="0" name="a.jpg"><mask label="&nbsp;"/></image>')),
      /line 2 is not XML \(undefined entity/,
    ],
    [
      "XML: an attribute twice",
      () => s2lcd(xml('<image id="0" id="1" name="a.jpg"><mask label="one"/></image>')),
      /line 2 is not XML \(duplicate attribute: id\)/,
    ],
    ["XML: another root", () => s2lcd(filesWith("a.xml", "<a/>")), /line 1 must be the element <annotations>, got "<a>"/],
    [
      "XML: no caption",
      () => s2lcd(xml(`${image}\n<image id="1" name="b.jpg"><mask/></image>`)),
      /line 3: label must be text, got nothing/,
    ],
    [
      "XML: a blank caption",
      () => s2lcd(xml('<image id="0" name="a.jpg">\n<mask label=" "/></image>')),
      /line 3: label is a blank caption/,
    ],
    [
      "XML: no number",
      () => s2lcd(xml('<image name="a.jpg"><mask label="one"/></image>')),
      /line 2: id must be a whole number, got nothing/,
    ],
    ["XML: no name", () => s2lcd(xml('<image id="0"><mask label="one"/></image>')), /line 2: name is not text/],
    ["XML: elements without end", () => s2lcd(xml("<a>".repeat(1_000))), /line 2 is 32 elements deep/],
    ["XML: JSON that is none", () => s2lcd(xml('<image id="0" name="a.jpg" rsdix-json="["/>')), /rsdix-json is not an object in JSON/],
  ])("%s", async (_, load, message) => {
    await expect(load()).rejects.toMatchObject(corrupt(message));
  });

  function nwpu2(json: unknown) {
    return nwpuCaptions(nwpu(json));
  }

  it("reads what is odd but not wrong", async () => {
    const windows = { filename: ".\\airport_1.jpg" };
    const odd = rsicdWith({ 0: windows, 1: raws("no words"), 2: raws('the "split": is not a key here') });
    const set = await rsicd(odd);
    expect(set.images[0]!.filename).toBe("airport_1.jpg");
    expect(set.images[1]!.sentences[0]!.tokens).toBeUndefined();
    const mark = new Uint8Array([0xef, 0xbb, 0xbf, ...new TextEncoder().encode(JSON.stringify(rsicdJson(1)))]);
    expect((await rsicd(filesWith("dataset_rsicd.json", mark))).images).toHaveLength(1);
  });
});
