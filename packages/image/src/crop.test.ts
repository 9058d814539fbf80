import { describe, expect, it } from "vitest";
import { refusal } from "../../../test/refusal";
import { noise } from "../test/noise";
import { centerCrop, crop } from "./crop";

describe("crop", () => {
  it("takes the pixels of the rectangle", () => {
    const image = noise(6, 5);
    const part = crop(image, 2, 1, 3, 4);
    for (let y = 0; y < 4; y++) {
      for (let x = 0; x < 3; x++) {
        const from = ((y + 1) * 6 + x + 2) * 3;
        const to = (y * 3 + x) * 3;
        expect([...part.data.subarray(to, to + 3)]).toEqual([...image.data.subarray(from, from + 3)]);
      }
    }
  });

  it("copies when it takes everything", () => {
    const image = noise(3, 2);
    const all = crop(image, 0, 0, 3, 2);
    expect(all).toEqual(image);
    expect(all.data).not.toBe(image.data);
  });

  it.each([
    [-1, 0, 1, 1],
    [0, 0, 0, 1],
    [0, 0.5, 1, 1],
    [2, 0, 2, 1],
    [0, 1, 1, 2],
    [Number.NaN, 0, 1, 1],
  ])("refuses (%d, %d, %d, %d) on 3 x 2", (left, top, width, height) => {
    expect(() => crop(noise(3, 2), left, top, width, height)).toThrow(refusal("INVALID_ARGUMENT"));
  });
});

describe("centerCrop", () => {
  it("is half a pixel up and left where it cannot be central", () => {
    const image = noise(5, 4);
    expect(centerCrop(image, 2, 1)).toEqual(crop(image, 1, 1, 2, 1));
    expect(centerCrop(image, 5, 4)).toEqual(image);
  });

  it("never pads", () => {
    expect(() => centerCrop(noise(5, 4), 6, 4)).toThrow(/leaves the image of 5 x 4/);
  });
});
