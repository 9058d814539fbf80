import { describe, expect, it } from "vitest";
import { refusal } from "../../../test/refusal";
import { noise } from "../test/noise";
import { CLIP_MEAN, CLIP_STD, normalize, type Rgb, toBatch } from "./normalize";

describe("toBatch", () => {
  it("puts channels first, image after image", () => {
    const images = [noise(3, 2), noise(3, 2), { width: 3, height: 2, data: new Uint8Array(18).fill(255) }];
    const values = toBatch(images, { mean: [0, 0, 0], std: [1, 1, 1] });
    expect(values).toBeInstanceOf(Float32Array);
    images.forEach((image, n) => {
      for (let c = 0; c < 3; c++) {
        for (let pixel = 0; pixel < 6; pixel++) {
          expect(values[(n * 3 + c) * 6 + pixel]).toBe(Math.fround(image.data[pixel * 3 + c]! / 255));
        }
      }
    });
  });

  it("uses CLIP's statistics unless told otherwise", () => {
    const image = noise(4, 4);
    expect(normalize(image)).toEqual(normalize(image, { mean: CLIP_MEAN, std: CLIP_STD }));
    expect(toBatch([image, image])).toEqual(Float32Array.from([...normalize(image), ...normalize(image)]));
  });

  it("refuses an empty list and mixed sizes, naming the image", () => {
    expect(() => toBatch([])).toThrow(refusal("EMPTY_DATA"));
    expect(() => toBatch([noise(2, 2), noise(2, 2), noise(2, 3)])).toThrow(/images\[0\] has 2 x 2 pixels, images\[2\] has 2 x 3/);
    expect(() => toBatch([noise(2, 2), undefined as never])).toThrow(/images\[1\] must be an RgbImage/);
  });

  it("refuses wrong statistics", () => {
    const image = noise(2, 2);
    expect(() => normalize(image, { mean: [0, 0] as never })).toThrow(/mean must be three finite numbers.*\[0,0\]/);
    expect(() => normalize(image, { mean: 0.5 as never })).toThrow(/mean must be three finite numbers.*0\.5/);
    expect(() => normalize(image, { std: [1, Number.NaN, 1] as Rgb })).toThrow(/std must be three finite numbers/);
    expect(() => normalize(image, { std: [1, 0, 1] })).toThrow(/std must be above 0/);
    expect(() => normalize(image, { men: [1, 0, 1] } as object)).toThrow(refusal("UNKNOWN_OPTION"));
  });
});
