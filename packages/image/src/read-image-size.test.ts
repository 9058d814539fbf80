import { describe, expect, it } from "vitest";
import { exactly, refusal } from "../../../test/refusal";
import { bomb } from "../test/bomb";
import { unbase64 } from "../test/files";
import goldens from "./fixtures/decode.json";
import { readImageSize } from "./read-image-size";

describe("readImageSize", () => {
  it.each(goldens)("reads the size of $name", ({ size: [width, height], file }) => {
    expect(readImageSize(unbase64(file))).toEqual({ width, height });
  });

  it("reads what a file says, whatever it holds", () => {
    const png = unbase64(goldens.find(({ name }) => name.startsWith("png"))!.file);
    expect(readImageSize(bomb(png))).toEqual({ width: 30_000, height: 30_000 });
    expect(readImageSize(png.subarray(0, 40))).toEqual(readImageSize(png));
    const tiff = unbase64(goldens.find(({ name }) => name.startsWith("tiff"))!.file);
    for (let end = 0; end < tiff.length; end++) readImageSize(tiff.subarray(0, end)); // throws nothing
  });

  it("reads that of an AVIF, and of a GIF whose image is larger than its screen", async () => {
    const sharp = (await import("sharp")).default;
    const pixels = sharp({ create: { width: 70, height: 40, channels: 3, background: "red" } });
    expect(readImageSize(await pixels.clone().avif().toBuffer())).toEqual({ width: 70, height: 40 });
    const gif = Uint8Array.from(await pixels.clone().gif().toBuffer());
    expect(readImageSize(gif)).toEqual({ width: 70, height: 40 });
    gif.set([1, 0, 1, 0], 6); // the screen's size
    expect(readImageSize(gif)).toEqual({ width: 70, height: 40 });
    for (let end = 0; end < gif.length; end++) readImageSize(gif.subarray(0, end)); // throws nothing
  });

  it("knows no size of other files, and refuses what is none", () => {
    for (const bytes of [[], [1, 2, 3], [0xff, 0xd8, 0xff], [0x49, 0x49, 42, 0], [0, 0, 0, 28, 0x66, 0x74, 0x79, 0x70]]) {
      expect(readImageSize(Uint8Array.from(bytes))).toBeUndefined();
    }
    for (const [value, got] of [
      [undefined, "undefined"],
      ["a.png", "a.png"],
      [new ArrayBuffer(2), "[object ArrayBuffer]"],
    ] as const) {
      const error = refusal("INVALID_ARGUMENT", exactly(`readImageSize takes a Uint8Array, got ${got}.`));
      expect(() => readImageSize(value as never)).toThrow(error);
    }
  });
});
