import { describe, expect, it } from "vitest";
import { noise } from "../test/noise";
import { decodeImage } from "./decode-image";
import { encodeJpeg, encodePng } from "./encode-image";
import { resize } from "./resize";

describe("encodePng", () => {
  it("keeps every pixel", async () => {
    for (const image of [noise(1, 1), noise(33, 17), noise(1, 50)]) expect(await decodeImage(await encodePng(image))).toEqual(image);
  });

  it("refuses what is no image, and what is too wide", async () => {
    await expect(encodePng({ width: 2, height: 2, data: new Uint8Array(4) })).rejects.toMatchObject({ code: "SHAPE_MISMATCH" });
    const wide = { width: 1_000_001, height: 1, data: new Uint8Array(3_000_003) };
    await expect(encodePng(wide)).rejects.toMatchObject({
      code: "INVALID_ARGUMENT",
      message: expect.stringMatching(/PNG holds at most 1000000/),
    });
  });
});

describe("encodeJpeg", () => {
  it("stays near the image, nearer and larger with quality", async () => {
    const image = resize(noise(8, 8), 64, 48);
    const sizes: number[] = [];
    const errors: number[] = [];
    for (const quality of [30, 80, 95, 100]) {
      const bytes = await encodeJpeg(image, quality);
      const { data, width, height } = await decodeImage(bytes);
      expect([width, height]).toEqual([64, 48]);
      sizes.push(bytes.length);
      errors.push(data.reduce((sum, value, i) => sum + Math.abs(value - image.data[i]!), 0) / data.length);
    }
    expect(sizes).toEqual([...sizes].sort((a, b) => a - b));
    expect(errors).toEqual([...errors].sort((a, b) => b - a));
    expect(errors.at(-1)).toBeLessThan(1);
  });

  it("refuses a quality out of range and an image too wide", async () => {
    for (const quality of [0, 101, 50.5]) {
      await expect(encodeJpeg(noise(2, 2), quality)).rejects.toMatchObject({ code: "INVALID_ARGUMENT" });
    }
    const wide = { width: 65_536, height: 1, data: new Uint8Array(196_608) };
    await expect(encodeJpeg(wide)).rejects.toMatchObject({
      code: "INVALID_ARGUMENT",
      message: expect.stringMatching(/JPEG holds at most 65535/),
    });
  });
});
