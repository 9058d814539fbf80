import { createRandom } from "@rsdix/internal";
import { describe, expect, it } from "vitest";
import { refusal } from "../../../test/refusal";
import { noise } from "../test/noise";
import { adjustSharpness } from "./adjust-sharpness";
import { augment } from "./augment";
import { type AugmentOptions, RSDIX_AUGMENTATION } from "./augment-options";
import { flipHorizontal, flipVertical } from "./dihedral";
import { rotate } from "./rotate";

const image = noise(31, 24);
const always = { ...RSDIX_AUGMENTATION, probability: 1 };

/** A generator that gives what it is told. */
const giving = (...numbers: number[]) => ({ next: () => numbers.shift() ?? Number.NaN });

describe("augment", () => {
  it("augments all or nothing, half of the images", () => {
    const random = createRandom(1);
    const results = Array.from({ length: 400 }, () => augment(image, random));
    const same = results.filter((result) => result === image).length;
    expect(same).toBeGreaterThan(160);
    expect(same).toBeLessThan(240);
    for (const result of results) expect(result === image || result.width === 224).toBe(true);
  });

  it("gives the same bytes for the same seed, and others for another", () => {
    const run = (seed: number) => Array.from({ length: 6 }, (_, i) => augment(image, createRandom(seed).fork(i), always));
    expect(run(7)).toEqual(run(7));
    expect(run(7)).not.toEqual(run(8));
  });

  it("takes its options from a worker's message", () => {
    const sent = structuredClone(always);
    expect(JSON.parse(JSON.stringify(sent))).toEqual(sent);
    expect(augment(image, createRandom(3), sent)).toEqual(augment(image, createRandom(3), always));
  });

  it("does alone what is named alone", () => {
    expect(augment(image, giving(0, 0.5), { rotation: { degrees: [10, 30] } })).toEqual(rotate(image, 20));
    const bilinear = { degrees: [10, 30], filter: "bilinear" } as const;
    expect(augment(image, giving(0, 0.5), { rotation: bilinear })).toEqual(rotate(image, 20, { filter: "bilinear" }));
    expect(augment(image, giving(0, 0), { horizontalFlip: 0.5 })).toEqual(flipHorizontal(image));
    expect(augment(image, giving(0, 0.5), { horizontalFlip: 0.5 })).toBe(image);
    expect(augment(image, giving(0, 0), { verticalFlip: 1 })).toEqual(flipVertical(image));
    expect(augment(image, giving(0, 0, 0), { horizontalFlip: 1, verticalFlip: 1 })).toEqual(flipVertical(flipHorizontal(image)));
    expect(augment(image, giving(0, 0, 0.9), { horizontalFlip: 0.5, verticalFlip: 0.5 })).toEqual(flipHorizontal(image));
    expect(augment(image, giving(0, 0.25), { sharpness: [1, 2] })).toEqual(adjustSharpness(image, 1.25));
    const pale = { colorJitter: { saturation: [0, 0] } } as const;
    expect(augment({ width: 1, height: 1, data: Uint8Array.of(255, 0, 0) }, giving(0, 0, 0), pale).data.join()).toBe("76,76,76");
    const dark = { colorJitter: { brightness: [0.5, 0.5] } } as const;
    expect(augment({ width: 1, height: 1, data: Uint8Array.of(8, 0, 2) }, giving(0, 0, 0), dark).data.join()).toBe("4,0,1");
    const cropped = augment(image, giving(0, 0.5, 0, 0), { resizedCrop: { scale: [0.2, 0.3], size: 8, filter: "nearest" } });
    expect([cropped.width, cropped.height, ...cropped.data.slice(0, 3)]).toEqual([8, 8, ...image.data.slice(0, 3)]);
  });

  it("follows its probability exactly at 0 and 1", () => {
    const random = createRandom(5);
    for (let i = 0; i < 50; i++) {
      expect(augment(image, random, { ...always, probability: 0 })).toBe(image);
      expect(augment(image, random, always).width).toBe(224);
      expect(augment(image, random, { horizontalFlip: 0 })).toBe(image);
    }
  });

  it("takes every size from one pixel on, and reads only the image", () => {
    const random = createRandom(11);
    const { rotation, ...unturned } = always;
    expect(rotation).toEqual({ degrees: [0, 180] });
    for (const [width, height] of [
      [1, 1],
      [1, 2],
      [2, 1],
      [1, 400],
      [400, 1],
      [3, 3],
      [2, 77],
      [225, 223],
    ] as const) {
      const even = { width, height, data: new Uint8Array(width * height * 3).fill(90) };
      for (let i = 0; i < 8; i++) {
        const result = augment(even, random, { ...always, resizedCrop: { scale: [0, 1], size: 5 } });
        expect([result.width, result.height, result.data.length]).toEqual([5, 5, 75]);
        // 90 times a brightness of at most 1.1, or black from outside; sharpening the edge to it swings below and above.
        for (const value of result.data) expect(value).toBeLessThanOrEqual(200);
        expect(augment(even, random, unturned).data.every((value) => value >= 45 && value <= 99)).toBe(true);
      }
    }
  });

  it("crops the largest square where a share of the area is too high for the image", () => {
    const long = noise(300, 10);
    const result = augment(long, giving(0, ...Array(10).fill(0.5)), { resizedCrop: { scale: [0.6, 1], size: 10 } });
    const line = result.data.slice(0, 30);
    expect([...line]).toEqual([...long.data.slice(145 * 3, 155 * 3)]);
  });

  it("draws angles, places and factors over their whole ranges", () => {
    const black = { width: 64, height: 64, data: new Uint8Array(64 * 64 * 3) };
    const marked = { ...black, data: black.data.slice().fill(200, (63 * 64 + 63) * 3) };
    const random = createRandom(2);
    const seen = Array.from({ length: 200 }, () =>
      augment(marked, random, { resizedCrop: { scale: [0.95, 0.95], size: 62, filter: "nearest" } }).data.at(-1),
    );
    expect(new Set(seen)).toEqual(new Set([0, 200]));
  });
});

describe("augment refuses", () => {
  it.each<[string, AugmentOptions, string, RegExp]>([
    ["nothing to do", { probability: 1 }, "INVALID_ARGUMENT", /name nothing to do: give at least one of rotation, horizontalFlip/],
    ["an unknown name", { rotate: [0, 1] } as object, "UNKNOWN_OPTION", /augment has no option "rotate"\. It takes: probability, rotation/],
    ["a likelihood above 1", { ...always, probability: 1.5 }, "INVALID_ARGUMENT", /probability must be .* at most 1, got 1\.5/],
    ["a flag for a likelihood", { horizontalFlip: true as never }, "INVALID_ARGUMENT", /horizontalFlip must be .*got true/],
    ["a negative likelihood", { verticalFlip: -1 }, "INVALID_ARGUMENT", /verticalFlip must be .*got -1/],
    [
      "a range for an object",
      { rotation: [0, 180] as never },
      "INVALID_ARGUMENT",
      /augment's rotation must be an object of degrees, filter/,
    ],
    ["no degrees", { rotation: {} as never }, "INVALID_ARGUMENT", /rotation\.degrees must be \[smallest, largest\], got undefined/],
    ["endless degrees", { rotation: { degrees: [0, Number.POSITIVE_INFINITY] } }, "INVALID_ARGUMENT", /rotation\.degrees\[1\].*Infinity/],
    [
      "a wrong filter",
      { rotation: { degrees: [0, 1], filter: "cubic" as never } },
      "INVALID_ARGUMENT",
      /"nearest" or "bilinear", got "cubic"/,
    ],
    ["a range turned round", { sharpness: [2, 1] }, "INVALID_ARGUMENT", /sharpness must be \[smallest, largest\], got \[2, 1\]/],
    ["one number", { sharpness: 2 as never }, "INVALID_ARGUMENT", /sharpness must be \[smallest, largest\], got 2/],
    ["NaN", { sharpness: [Number.NaN, 1] }, "INVALID_ARGUMENT", /sharpness\[0\] must be a finite number at least 0, got NaN/],
    ["a jitter of nothing", { colorJitter: {} }, "INVALID_ARGUMENT", /colorJitter must have a range of brightness, saturation or both/],
    ["a hue", { colorJitter: { hue: [0, 1] } as never }, "UNKNOWN_OPTION", /augment's colorJitter has no option "hue"/],
    ["a negative factor", { colorJitter: { brightness: [-1, 1] } }, "INVALID_ARGUMENT", /colorJitter\.brightness\[0\]/],
    ["a negative factor", { colorJitter: { saturation: [0, -1] } }, "INVALID_ARGUMENT", /colorJitter\.saturation\[1\]/],
    ["more than the image", { resizedCrop: { scale: [1, 2], size: 4 } }, "INVALID_ARGUMENT", /resizedCrop\.scale\[1\] .*at most 1, got 2/],
    ["a size of 0", { resizedCrop: { scale: [1, 1], size: 0 } }, "INVALID_ARGUMENT", /resizedCrop\.size must be a whole number at least 1/],
    ["a ratio", { resizedCrop: { scale: [1, 1], size: 4, ratio: 1 } as never }, "UNKNOWN_OPTION", /resizedCrop has no option "ratio"/],
    [
      "a filter",
      { resizedCrop: { scale: [1, 1], size: 4, filter: "x" as never } },
      "INVALID_ARGUMENT",
      /filter must be one of nearest, box/,
    ],
  ])("%s, also where the draw is to do nothing", (_, options, code, message) => {
    for (const number of [0, 0.999]) {
      expect(() => augment(image, giving(number), options)).toThrow(refusal(code, message));
    }
  });

  it("what is no image and no generator", () => {
    const refuses = (run: () => unknown, message: RegExp) => expect(run).toThrow(refusal("INVALID_ARGUMENT", message));
    refuses(() => augment(undefined as never, createRandom(1)), /image must be an RgbImage/);
    refuses(() => augment(image, Math.random as never), /random must be a generator with next\(\).*got function/);
    refuses(() => augment(image, giving(1)), /random\.next\(\) must give numbers from 0 to below 1, got 1/);
    refuses(() => augment(image, giving(0, Number.NaN), always), /random\.next\(\) must give .*NaN/);
  });
});
