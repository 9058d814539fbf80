import { describe, expect, it } from "vitest";
import { refusal } from "../../../test/refusal";
import { makeDataset, makeRecord, randomDataset } from "../test/make-dataset";
import type { CaptionDataset, CaptionRecord, JsonValue } from "./caption-dataset";
import { parseKarpathy } from "./parse-karpathy";
import { stringifyKarpathy } from "./stringify-karpathy";

const withExtra = (extra: Record<string, JsonValue>): CaptionDataset => ({ dataset: "x", images: [makeRecord(0, { extra })] });

describe("stringifyKarpathy", () => {
  it("loses nothing: whatever the data set, reading gives it back", () => {
    for (let seed = 0; seed < 200; seed++) {
      const dataset = randomDataset(seed);
      const text = stringifyKarpathy(dataset);
      const read = parseKarpathy(JSON.parse(text), "text");
      expect(read).toEqual(dataset);
      expect(stringifyKarpathy(read)).toBe(text);
    }
  });

  it("keeps every field of a file in RSICD's form, with label, lat and lon", () => {
    const sentence = { tokens: ["a", "lake"], raw: "a lake .", imgid: 0, sentid: 0 };
    const image = {
      lat: -12.25,
      filename: "lake_1.jpg",
      lon: 1e-7,
      imgid: 0,
      sentences: [sentence],
      split: "test",
      sentids: [0],
      label: "lake",
    };
    const file = { images: [image], dataset: "rsicd", source: { year: 2017 } };
    expect(JSON.parse(stringifyKarpathy(parseKarpathy(file, "file")))).toEqual(file);
  });

  it("writes an image a line and does not depend on the order of fields", () => {
    const { filename, imgid, split, sentences } = makeRecord(1);
    const one = { filename, imgid, split, sentences, extra: { lat: 1, lon: 2 } };
    const other = { extra: { lon: 2, lat: 1 }, sentences, split, imgid, filename };
    const text = stringifyKarpathy({ dataset: "x", images: [one, other] });
    const lines = text.split("\n");
    expect(lines).toHaveLength(5);
    expect(lines[1]).toBe(`${lines[2]},`);
    expect(lines[2]).toBe('{"filename":"image_1.png","imgid":1,"split":"train","sentences":[{"raw":"caption 1"}],"lat":1,"lon":2}');
  });

  it("writes an empty data set", () => {
    expect(parseKarpathy(JSON.parse(stringifyKarpathy(makeDataset(0))), "text")).toEqual(makeDataset(0));
  });

  it("refuses extra fields that would hide known ones", () => {
    expect(() => stringifyKarpathy(withExtra({ filename: "b.png" }))).toThrow(/images\[0\]\.extra must not hold "filename"/);
    expect(() => stringifyKarpathy(withExtra({ label: "x" }))).toThrow(/must not hold "label"/);
    expect(() => stringifyKarpathy({ dataset: "x", images: [], extra: { images: [] } })).toThrow(/must not hold "images"/);
    const image = makeRecord(0, { sentences: [{ raw: "a", extra: { tokens: [] } }] });
    expect(() => stringifyKarpathy({ dataset: "x", images: [image] })).toThrow(/images\[0\]\.sentences\[0\]\.extra must not hold "tokens"/);
  });

  it.each([Number.NaN, Number.POSITIVE_INFINITY, undefined, () => 1])("refuses %s, which JSON would lose", (value) => {
    expect(() => stringifyKarpathy(withExtra({ lat: value as never }))).toThrow(
      refusal("INVALID_ARGUMENT", expect.stringContaining('"lat"')),
    );
    expect(() => stringifyKarpathy(withExtra({ nested: [{ lat: value as never }] }))).toThrow(/JSON cannot hold/);
  });

  it("refuses what could not be read back", () => {
    const images = [makeRecord(0), makeRecord(1, { filename: "../x.png" })];
    expect(() => stringifyKarpathy({ dataset: "x", images })).toThrow(/images\[1\]\.filename leaves the image folder/);
    expect(() => stringifyKarpathy({ dataset: "x", images: [{ ...makeRecord(0), imgid: "1" } as unknown as CaptionRecord] })).toThrow(
      /imgid/,
    );
  });
});
