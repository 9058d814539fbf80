import { describe, expect, it } from "vitest";
import { refusal } from "../../../test/refusal";
import { noise } from "../test/noise";
import { adjustBrightness } from "./adjust-brightness";
import { adjustSaturation } from "./adjust-saturation";
import { adjustSharpness } from "./adjust-sharpness";
import { colorJitter } from "./color-jitter";
import { resizedCrop } from "./resized-crop";
import { rotate } from "./rotate";
import { sinCos } from "./sin-cos";

const image = noise(13, 9);
const refuses = (run: () => unknown, code: string, message: RegExp) => expect(run).toThrow(refusal(code, message));

describe.each([
  ["adjustBrightness", adjustBrightness],
  ["adjustSaturation", adjustSaturation],
  ["adjustSharpness", adjustSharpness],
])("%s", (_, adjust) => {
  it("copies for 1, and stays within 8 bits for any factor", () => {
    const same = adjust(image, 1);
    expect(same).toEqual(image);
    expect(same.data).not.toBe(image.data);
    // 0 stays 0 also where the factor times 255 is beyond float32
    for (const factor of [1e3, 3.4e38])
      expect(adjust({ width: 4, height: 4, data: new Uint8Array(48) }, factor).data.join("")).toMatch(/^0+$/);
  });

  it.each([-0.1, Number.NaN, Number.POSITIVE_INFINITY, "1" as never])("refuses %s", (factor) => {
    refuses(() => adjust(image, factor), "INVALID_ARGUMENT", /factor must be a finite number at least 0, got/);
  });

  it("refuses what is no image", () => {
    refuses(() => adjust(undefined as never, 1), "INVALID_ARGUMENT", /must be an RgbImage/);
    refuses(() => adjust({ width: 2, height: 1, data: new Uint8Array(8) }, 1), "SHAPE_MISMATCH", /must have 6 bytes/);
  });
});

describe("colorJitter", () => {
  it("does one alone as its own function does", () => {
    expect(colorJitter(image, { brightness: 0.7 })).toEqual(adjustBrightness(image, 0.7));
    expect(colorJitter(image, { saturation: 0.7, first: "saturation" })).toEqual(adjustSaturation(image, 0.7));
    expect(colorJitter(image, { brightness: 1.5, saturation: 2 })).toEqual(adjustSaturation(adjustBrightness(image, 1.5), 2));
  });

  it("refuses wrong options", () => {
    refuses(() => colorJitter(image, {}), "INVALID_ARGUMENT", /colorJitter needs brightness, saturation or both/);
    refuses(() => colorJitter(image, undefined as never), "INVALID_ARGUMENT", /colorJitter needs brightness/);
    refuses(() => colorJitter(image, { brightness: 1, first: "hue" as never }), "INVALID_ARGUMENT", /first must be .*got "hue"/);
    refuses(() => colorJitter(image, { brightness: -1 }), "INVALID_ARGUMENT", /at least 0, got -1/);
    refuses(() => colorJitter(image, { contrast: 1 } as object), "UNKNOWN_OPTION", /colorJitter has no option "contrast"/);
    refuses(() => colorJitter(null as never, { brightness: 1 }), "INVALID_ARGUMENT", /must be an RgbImage/);
  });
});

describe("resizedCrop", () => {
  const box = { left: 1, top: 2, width: 5, height: 5 };

  it("refuses boxes that leave the image, and wrong sizes and filters", () => {
    refuses(() => resizedCrop(image, { ...box, left: 9 }, 4), "INVALID_ARGUMENT", /5 x 5 pixels at \(9, 2\) leaves the image of 13 x 9/);
    refuses(() => resizedCrop(image, { ...box, height: 0 }, 4), "INVALID_ARGUMENT", /height must be a whole number at least 1/);
    refuses(() => resizedCrop(image, undefined as never, 4), "INVALID_ARGUMENT", /box must be .*got undefined/);
    for (const size of [0, 1.5, 65_536, [4, 4] as never]) refuses(() => resizedCrop(image, box, size), "INVALID_ARGUMENT", /^size must be/);
    refuses(() => resizedCrop(image, box, 4, { filter: "x" as never }), "INVALID_ARGUMENT", /filter must be one of/);
    refuses(() => resizedCrop(image, box, 4, { antialias: true } as object), "UNKNOWN_OPTION", /no option "antialias"/);
  });
});

describe("rotate", () => {
  it("turns round and back: whole turns change nothing", () => {
    for (const degrees of [0, 360, -720, 3600]) expect(rotate(image, degrees)).toEqual(image);
    expect(rotate(image, -30)).toEqual(rotate(image, 330));
    expect(rotate(image, 0).data).not.toBe(image.data);
  });

  it.each(["nearest", "bilinear"] as const)("%s reads within the image for any angle", (filter) => {
    for (const [width, height] of [
      [1, 1],
      [1, 30],
      [30, 1],
      [8, 5],
    ] as const) {
      const even = { width, height, data: new Uint8Array(width * height * 3).fill(77) };
      for (let degrees = -400; degrees < 400; degrees += 3.7) {
        for (const value of rotate(even, degrees, { filter }).data) expect(value === 0 || value === 77).toBe(true);
      }
    }
  });

  it("refuses wrong angles, filters and images", () => {
    for (const degrees of [Number.NaN, Number.POSITIVE_INFINITY, "90" as never]) {
      refuses(() => rotate(image, degrees), "INVALID_ARGUMENT", /degrees must be a finite number, got/);
    }
    refuses(() => rotate(image, 1, { filter: "bicubic" as never }), "INVALID_ARGUMENT", /"nearest" or "bilinear", got "bicubic"/);
    refuses(() => rotate(image, 1, { expand: true } as object), "UNKNOWN_OPTION", /rotate has no option "expand"/);
    refuses(() => rotate({} as never, 1), "INVALID_ARGUMENT", /must be an RgbImage/);
  });
});

describe("sinCos", () => {
  it("is the sine and cosine to 15 decimals, exactly at quarter turns", () => {
    for (let degrees = 0; degrees <= 360; degrees += 0.37) {
      const { sin, cos } = sinCos(degrees);
      expect(Math.abs(sin - Math.sin(degrees * (Math.PI / 180)))).toBeLessThan(1.2e-15);
      expect(Math.abs(cos - Math.cos(degrees * (Math.PI / 180)))).toBeLessThan(1.2e-15);
    }
    expect([0, 90, 180, 270, 360].map((degrees) => sinCos(degrees))).toEqual([
      { sin: 0, cos: 1 },
      { sin: 1, cos: 0 },
      { sin: 0, cos: -1 },
      { sin: -1, cos: 0 },
      { sin: 0, cos: 1 },
    ]);
  });
});
