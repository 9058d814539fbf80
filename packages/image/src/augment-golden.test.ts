import { describe, expect, it } from "vitest";
import { gradient, noise, sha256 } from "../test/noise";
import { adjustBrightness } from "./adjust-brightness";
import { adjustSaturation } from "./adjust-saturation";
import { adjustSharpness } from "./adjust-sharpness";
import { augment } from "./augment";
import { colorJitter } from "./color-jitter";
import goldens from "./fixtures/augment.json";
import { resizedCrop } from "./resized-crop";
import type { RgbImage } from "./rgb-image";
import { rotate } from "./rotate";

interface Golden {
  readonly source: string;
  readonly size: readonly number[];
  readonly data?: readonly number[];
  readonly sha256?: string;
}

const images = new Map<string, { readonly image: RgbImage; readonly before: string }>();

function sourceImage(source: string, [width, height]: readonly number[]): RgbImage {
  const key = `${source} ${width} ${height}`;
  let made = images.get(key);
  if (!made) {
    const image = (source === "noise" ? noise : gradient)(width!, height!);
    made = { image, before: sha256(image.data) };
    images.set(key, made);
  }
  return made.image;
}

/** Runs every case; a failing one is told with its parameters. */
function expectEqual<T extends Golden>(cases: readonly T[], apply: (image: RgbImage, golden: T) => RgbImage): void {
  for (const golden of cases) {
    const { source, size, data, sha256: hash, ...parameters } = golden;
    const result = apply(sourceImage(source, size), golden).data;
    expect(data ? [...result] : sha256(result), `${source} ${size} ${JSON.stringify(parameters)}`).toEqual(data ?? hash);
  }
}

describe("to the bit as torchvision on Pillow images", () => {
  it("has every kind of case", () => {
    const counts = Object.fromEntries(Object.entries(goldens).map(([name, cases]) => [name, cases.length]));
    expect(counts).toEqual({ rotate: 533, sharpness: 154, brightness: 154, saturation: 154, jitter: 112, crop: 36, chain: 52 });
  });

  it("rotate turns about the centre, and fills what comes from outside", () => {
    expectEqual(goldens.rotate, (image, { angle, filter }) => rotate(image, angle, { filter: filter as "nearest" }));
  });

  it("adjustSharpness mixes with the smoothed image", () =>
    expectEqual(goldens.sharpness, (image, { factor }) => adjustSharpness(image, factor)));
  it("adjustBrightness mixes with black", () => expectEqual(goldens.brightness, (image, { factor }) => adjustBrightness(image, factor)));
  it("adjustSaturation mixes with grey", () => expectEqual(goldens.saturation, (image, { factor }) => adjustSaturation(image, factor)));

  it("colorJitter adjusts in the order that is given", () => {
    expectEqual(goldens.jitter, (image, { brightness, saturation, first }) =>
      colorJitter(image, { brightness, saturation, first: first as "brightness" }),
    );
  });

  it("resizedCrop resizes what lies in the box", () => {
    expectEqual(goldens.crop, (image, { box, side, filter }) => resizedCrop(image, box, side, { filter: filter as "bilinear" }));
  });

  it("augment draws from the ranges of the original, and gives the same for the same draws", () => {
    expectEqual(goldens.chain, (image, { seed }) => augment(image, numbers(seed)));
  });

  it("none changes its source", () => {
    expect(images.size).toBeGreaterThan(20);
    for (const { image, before } of images.values()) expect(sha256(image.data)).toBe(before);
  });
});

/** The draws of golden/image_augment.py; the first is below 0.5, so that the image is augmented. */
function numbers(seed: number) {
  let state = seed;
  let share = 2 ** 33;
  return {
    next() {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
      const value = state / share;
      share = 2 ** 32;
      return value;
    },
  };
}
