import { describe, expect, it } from "vitest";
import { refusal } from "../../../../test/refusal";
import { nwpuJson, rsicdJson, s2lcdJson, s2lcdXml } from "../../test/make-annotations";
import { makeRecord, randomDataset } from "../../test/make-dataset";
import type { CaptionDataset, CaptionRecord } from "../caption-dataset";
import { createRandom } from "../create-random";
import { parseKarpathy } from "../parse-karpathy";
import { stringifyKarpathy } from "../stringify-karpathy";
import { parseCaptionsCsv, stringifyCaptionsCsv } from "./csv";
import { parseCaptionsJsonLines, stringifyCaptionsJsonLines } from "./json-lines";
import { parseNwpu } from "./parse-nwpu";
import { parseS2lcdXml, stringifyS2lcdXml } from "./s2lcd-xml";
import { stringifyNwpu } from "./stringify-nwpu";

const karpathy = (dataset: CaptionDataset) => parseKarpathy(JSON.parse(stringifyKarpathy(dataset)), "json");
const throughCsv = (dataset: CaptionDataset) => parseCaptionsCsv(stringifyCaptionsCsv(dataset), "csv", { dataset: dataset.dataset });
const throughLines = (dataset: CaptionDataset) => parseCaptionsJsonLines(stringifyCaptionsJsonLines(dataset), "lines");
const throughXml = (dataset: CaptionDataset) => parseS2lcdXml(stringifyS2lcdXml(dataset), "xml");

/** A data set that NWPU's form can hold, drawn from a seed: classes in the order of their images, texts that are odd. */
function randomNwpu(seed: number): CaptionDataset {
  const random = createRandom(seed);
  const texts = ["a river", "", "é漢🛰\u2028", '"quoted" \\ back', "__proto__", "line\nbreak"];
  const classes = ["dense_residential", "airport", "__proto__", "constructor"].slice(0, 1 + random.int(4));
  const images = classes.flatMap((name, c) =>
    Array.from(
      { length: 1 + random.int(3) },
      (_, i): CaptionRecord => ({
        filename: `${name}/${random.int(2) ? "sub/" : ""}${i}.jpg`,
        imgid: c * 10 + i,
        split: (["train", "val", "test", "restval"] as const)[random.int(4)]!,
        sentences: Array.from({ length: random.int(12) }, () => ({ raw: texts[random.int(texts.length)]! })),
        label: random.int(4) ? name.replaceAll("_", " ") : "another",
        ...(random.int(2) && { extra: { ["__proto__"]: 1, lat: 1.5, raw_01: "no caption" } }),
      }),
    ),
  );
  return { dataset: "nwpu-captions", images };
}

describe("converters lose nothing", () => {
  it("from RSICD's own file into any form and back", async () => {
    const dataset = parseKarpathy(rsicdJson(6), "rsicd");
    expect(JSON.parse(stringifyKarpathy(throughCsv(dataset)))).toEqual(rsicdJson(6));
    expect(JSON.parse(stringifyKarpathy(throughLines(dataset)))).toEqual(rsicdJson(6));
    expect(JSON.parse(stringifyKarpathy(await throughXml(dataset)))).toEqual(rsicdJson(6));
  });

  it("from NWPU's own file to Karpathy's form and back", () => {
    const json = nwpuJson(["dense_residential", "airport"], 5);
    const text = stringifyKarpathy(parseNwpu(json, "nwpu"));
    expect(text).toContain('"filename":"dense_residential/dense_residential_001.jpg"');
    const back = JSON.parse(stringifyNwpu(parseKarpathy(JSON.parse(text), "json")));
    expect(JSON.stringify(back)).toBe(JSON.stringify(json)); // the order of fields too
  });

  it("from S2LCD's own XML to JSON and back, with version, task and run lengths", async () => {
    const dataset = await parseS2lcdXml(s2lcdXml(3), "xml", { defaultSplit: "test" });
    const text = stringifyKarpathy(dataset);
    const back = stringifyS2lcdXml(parseKarpathy(JSON.parse(text), "json"));
    expect(await parseS2lcdXml(back, "xml")).toEqual(dataset);
    expect(back).toContain("<version>1.1</version>\n  <meta>\n    <task>\n      <name>land cover</name>\n    </task>\n  </meta>");
    expect(back).toContain(
      '<mask label="Dense forest &amp; bare soil. (0)" height="4" left="0" occluded="0" rle="3, 5" source="manual" top="0" width="2" z_order="0"/>',
    );
    expect(back).not.toContain("rsdix-json");
  });

  it("from S2LCD's JSON to XML and back", async () => {
    const dataset = parseKarpathy({ ...s2lcdJson(3), dataset: "s2lcd" }, "json", { defaultSplit: "train" });
    expect(await throughXml(dataset)).toEqual(dataset);
  });

  it("whatever the data set: Karpathy's JSON, CSV, JSON lines and XML", async () => {
    for (let seed = 0; seed < 150; seed++) {
      const dataset = randomDataset(seed);
      expect(karpathy(dataset)).toEqual(dataset);
      expect(throughLines(dataset)).toEqual(dataset);
      expect(await throughXml(dataset)).toEqual(dataset);
      if (dataset.images.length > 0) expect(throughCsv(dataset)).toEqual(dataset);
    }
  });

  it("whatever the data set: NWPU's form and Karpathy's", () => {
    for (let seed = 0; seed < 100; seed++) {
      const dataset = randomNwpu(seed);
      const read = parseNwpu(JSON.parse(stringifyNwpu(dataset)), "nwpu");
      expect(read).toEqual(dataset);
      expect(stringifyNwpu(karpathy(read))).toBe(stringifyNwpu(dataset));
    }
  });

  it("but for the order of images whose classes alternate, which NWPU's form has no place for", () => {
    const images = ["a/1.jpg", "b/1.jpg", "a/2.jpg"].map((filename, i) => makeRecord(i, { filename, label: filename[0]! }));
    const read = parseNwpu(JSON.parse(stringifyNwpu({ dataset: "nwpu-captions", images })), "nwpu");
    expect(read.images).toEqual([images[0], images[2], images[1]]);
  });

  it("of characters that XML, CSV or both have a meaning for or leave out", async () => {
    const raws = ["\u0000\u0001\u001f\ufffe", "\ud800 alone", 'a,b "c"\r\n\td', "<&>'\"", " spaces ", "\r", '"', "]]>", "\u0085\u2028"];
    const dataset = { dataset: "<odd>\u0000", images: [makeRecord(0, { sentences: raws.map((raw) => ({ raw })), label: "\u0007&" })] };
    for (const read of [karpathy(dataset), throughLines(dataset), await throughXml(dataset)]) expect(read).toEqual(dataset);
    const [image] = dataset.images; // JSON and XML escape half of a character, CSV has no way to
    const whole = { ...dataset, images: [{ ...image!, sentences: image!.sentences.filter(({ raw }) => !raw.includes("\ud800")) }] };
    expect(throughCsv(whole)).toEqual(whole);
  });

  it("of elements that only look like XML's", async () => {
    const child = { name: "meta", children: ["text", "more text"] };
    for (const elements of [[child], [{ name: "image" }], [{ name: "1" }], [{ name: "a", attributes: { b: 1 } }], "no list", []]) {
      const dataset: CaptionDataset = { dataset: "x", images: [], extra: { "#elements": elements } };
      expect(await throughXml(dataset)).toEqual(dataset);
    }
  });
});

describe("converters refuse what their form cannot hold", () => {
  const nwpu = (fields: Partial<CaptionRecord>) =>
    stringifyNwpu({ dataset: "x", images: [makeRecord(0, { filename: "a/b.jpg", label: "a", ...fields })] });
  it.each([
    [
      "an image in no folder",
      () => nwpu({ filename: "b.jpg" }),
      /images\[0\] \("b\.jpg"\): NWPU's form has no place for an image that lies in no folder/,
    ],
    ["words", () => nwpu({ sentences: [{ raw: "a" }, { raw: "b", tokens: ["b"] }] }), /sentences\[1\]: .* no place for a caption's words/],
    [
      "fields of a caption",
      () => nwpu({ sentences: [{ raw: "a", extra: { sentid: 1 } }] }),
      /no place for a caption's further fields \(sentid\)/,
    ],
    ["a field like a caption", () => nwpu({ extra: { raw_7: "x" } }), /extra must not hold "raw_7"/],
    [
      "fields of the file",
      () => stringifyNwpu({ dataset: "x", images: [], extra: { year: 1 } }),
      /no place for fields of the whole file \(year\)/,
    ],
    [
      "no label",
      () => stringifyNwpu({ dataset: "x", images: [makeRecord(0, { filename: "a/b.jpg" })] }),
      /no place for an image without a label/,
    ],
    [
      "one file twice in CSV",
      () => stringifyCaptionsCsv({ dataset: "x", images: [makeRecord(0), makeRecord(0)] }),
      /images\[0\] and images\[1\] both have the file/,
    ],
    [
      "fields of a CSV file without images",
      () => stringifyCaptionsCsv({ dataset: "x", images: [], extra: { a: 1 } }),
      /no place for fields of the whole file/,
    ],
    [
      "a number that JSON has not",
      () => stringifyCaptionsCsv({ dataset: "x", images: [makeRecord(0, { extra: { lat: Number.NaN } })] }),
      /JSON cannot hold/,
    ],
    [
      "a file name with control characters in XML",
      () => stringifyS2lcdXml({ dataset: "x", images: [makeRecord(0, { filename: "a\u0001" })] }),
      /XML cannot hold/,
    ],
    [
      "a hidden attribute",
      () => stringifyS2lcdXml({ dataset: "x", images: [makeRecord(0, { extra: { "rsdix-json": "1" } })] }),
      /must not hold "rsdix-json"/,
    ],
    [
      "an image's field in a line",
      () => stringifyCaptionsJsonLines({ dataset: "x", images: [], extra: { filename: "a" } }),
      /must not hold "filename"/,
    ],
  ])("%s", (_, write, message) => {
    expect(write).toThrow(refusal("INVALID_ARGUMENT", message));
  });
});
