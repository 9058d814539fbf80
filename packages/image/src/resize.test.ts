import { describe, expect, it } from "vitest";
import { refusal } from "../../../test/refusal";
import { noise, sha256 } from "../test/noise";
import type { ResizeFilter } from "./filters";
import goldens from "./fixtures/resize.json";
import { resize } from "./resize";

describe("resize", () => {
  it.each(goldens)("equals Pillow: $filter $from to $to", ({ filter, from, to, data, sha256: hash }) => {
    const source = noise(from[0]!, from[1]!);
    const before = sha256(source.data);
    const result = resize(source, to[0]!, to[1]!, { filter: filter as ResizeFilter });
    expect([result.width, result.height]).toEqual(to);
    if (data) expect([...result.data]).toEqual(data);
    else expect(sha256(result.data)).toBe(hash);
    expect(sha256(source.data)).toBe(before);
  });

  it("is bicubic unless told otherwise, and copies when nothing changes", () => {
    const image = noise(7, 5);
    expect(resize(image, 4, 9)).toEqual(resize(image, 4, 9, { filter: "bicubic" }));
    const same = resize(image, 7, 5);
    expect(same).toEqual(image);
    expect(same.data).not.toBe(image.data);
  });

  it.each(["nearest", "box", "bilinear", "hamming", "bicubic", "lanczos"] as const)("%s keeps an even image even", (filter) => {
    for (const value of [0, 1, 127, 254, 255]) {
      const image = { width: 13, height: 9, data: new Uint8Array(13 * 9 * 3).fill(value) };
      for (const [w, h] of [
        [5, 4],
        [13, 20],
        [40, 3],
      ] as const) {
        expect(new Set(resize(image, w, h, { filter }).data)).toEqual(new Set([value]));
      }
    }
  });

  it("refuses wrong sizes, filters, options and images", () => {
    const image = noise(2, 2);
    for (const size of [0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, 65_536]) {
      expect(() => resize(image, size, 2)).toThrow(refusal("INVALID_ARGUMENT"));
      expect(() => resize(image, 2, size)).toThrow(refusal("INVALID_ARGUMENT"));
    }
    expect(() => resize(image, 2, 2, { filter: "cubic" as ResizeFilter })).toThrow(/filter must be one of nearest, box.*"cubic"/);
    expect(() => resize(image, 2, 2, { filter: "toString" as ResizeFilter })).toThrow(/filter must be one of/);
    expect(() => resize(image, 2, 2, { fliter: "box" } as object)).toThrow(refusal("UNKNOWN_OPTION"));
    expect(() => resize({ ...image, data: new Uint8Array(16) }, 2, 2)).toThrow(/must have 12 bytes \(RGB\), got 16.*RGBA/);
    expect(() => resize({ ...image, width: 0 }, 2, 2)).toThrow(/at least 1 pixel/);
    expect(() => resize(undefined as never, 2, 2)).toThrow(/must be an RgbImage.*got undefined/);
    expect(() => resize({ pixels: [] } as never, 2, 2)).toThrow(/got { pixels }/);
  });
});
