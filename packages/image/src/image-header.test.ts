import { createRandom } from "@rsdix/internal";
import { describe, expect, it } from "vitest";
import { bomb } from "../test/bomb";
import { unbase64 } from "../test/files";
import goldens from "./fixtures/decode.json";
import orientations from "./fixtures/orientation.json";
import { readImageHeader } from "./image-header";
import { withoutOrientation } from "./orientation";

const named = (name: string) => unbase64(goldens.find((golden) => golden.name === name)!.file);
const known = goldens.filter(({ name }) => !name.startsWith("tiff"));
const ALPHA = [
  ...["png rgba", "png grey with alpha", "png palette with transparency", "png 16-bit rgba", "png 16-bit grey with alpha"],
  ...["png grey with a transparent level", "png rgb with a transparent colour", "webp lossless with alpha", "webp lossy with alpha"],
];

describe("readImageHeader", () => {
  it.each(known)("reads format, size and whether there is alpha: $name", ({ name, size: [width, height], file }) => {
    const header = readImageHeader(unbase64(file), false)!;
    expect(header).toMatchObject({ format: name.split(" ")[0], width, height, alpha: ALPHA.includes(name) });
    expect(header.problem).toBeUndefined();
  });

  it.each(orientations.files.filter(({ name }) => !name.startsWith("tiff")))("finds the orientation, and takes it away: $name", (item) => {
    const bytes = unbase64(item.file);
    const { orientation } = readImageHeader(bytes, false)!;
    expect(orientation?.value).toBe(Number(item.name.split(" ")[1]));
    const upright = withoutOrientation(bytes, orientation!);
    const header = readImageHeader(upright, false)!;
    expect(header.orientation?.value ?? 1).toBe(1);
    expect(header.problem).toBeUndefined();
  });

  it.each(known)("says that a file is cut, wherever it is: $name", ({ file }) => {
    const whole = unbase64(file);
    const format = readImageHeader(whole, false)!.format;
    for (const tolerant of [false, true]) {
      for (let length = 12; length < whole.length - (format === "gif" ? 1 : 0); length++) {
        expect(readImageHeader(whole.subarray(0, length), tolerant)?.problem, `${length} bytes`).toMatch(
          /^(ends|is a (PNG|WebP|GIF|JPEG))/,
        );
      }
    }
  });

  it.each(known)("reads the size that a bomb announces: $name", ({ file }) => {
    const { width, height } = readImageHeader(bomb(unbase64(file)), false)!;
    expect(width * height).toBeGreaterThan(2 ** 27);
  });

  it("knows no other file", () => {
    for (const text of ["", "\xff", "<svg/>", "BM", "II*\0", "\xff\xd8", "RIFF\0\0\0\0WAVE", "GIF7"]) {
      expect(
        readImageHeader(
          Uint8Array.from(text, (character) => character.charCodeAt(0)),
          false,
        ),
      ).toBeUndefined();
    }
  });

  it("minds checksums and stray bytes, unless told to be tolerant", () => {
    const png = named("png rgb");
    png[png.length - 20]! ^= 1;
    expect(readImageHeader(png, false)?.problem).toMatch(/wrong checksum in its chunk IDAT/);
    expect(readImageHeader(png, true)?.problem).toBeUndefined();
    const jpeg = named("jpeg 4:2:0");
    const stray = Uint8Array.of(...jpeg.subarray(0, 2), ...jpeg.subarray(2, 20), 1, 2, 3, ...jpeg.subarray(20));
    expect(readImageHeader(stray, false)?.problem).toMatch(/stray bytes between its segments \(byte 20\)/);
    expect(readImageHeader(stray, true)).toMatchObject({ width: 24, height: 17 });
    expect(readImageHeader(stray, true)?.problem).toBeUndefined();
  });

  it("follows a JPEG over damage in its data, when told to be tolerant", () => {
    const jpeg = named("jpeg 4:2:0");
    jpeg.set([0xff, 0x12, 0x12, 0x12], jpeg.length - 60);
    expect(readImageHeader(jpeg, false)?.problem).toMatch(/ends before its end-of-image marker/);
    expect(readImageHeader(jpeg, true)?.problem).toBeUndefined();
  });

  it.each<[string, Uint8Array, RegExp]>([
    ["a PNG of no pixels", withBytes(named("png rgb"), 16, [0, 0, 0, 0]), /PNG of 0 x 4 pixels/],
    ["a PNG that starts with another chunk", withBytes(named("png rgb"), 12, [0x49, 0x44]), /does not start with its header/],
    ["a PNG whose header is long", withBytes(named("png rgb"), 8, [0, 0, 0, 14]), /does not start with its header/],
    ["a PNG chunk of 4 GB", withBytes(named("png rgb"), 33, [255, 255, 255, 255]), /ends before its last chunk/],
    ["a JPEG of no pixels", Uint8Array.of(0xff, 0xd8, 0xff, 0xd9), /JPEG without a picture/],
    ["a GIF of no pixels", withBytes(named("gif"), 6, [0, 0]), /GIF of 0 x 4 pixels/],
    ["a WebP of metadata alone", withBytes(named("webp lossless"), 12, [0x58, 0x4d, 0x50, 0x20]), /WebP without a picture/],
  ])("refuses %s", (_what, bytes, problem) => {
    expect(readImageHeader(bytes, true)?.problem).toMatch(problem);
  });

  it("ends on any file: 20,000 with bytes overwritten", () => {
    const { int: random } = createRandom(7);
    const whole = [...known, ...orientations.files].map(({ file }) => unbase64(file));
    let sound = 0;
    for (let i = 0; i < 20_000; i++) {
      const bytes = whole[i % whole.length]!.slice();
      for (let changes = 1 + random(3); changes > 0; changes--) bytes[4 + random(bytes.length - 4)] = random(256);
      const header = readImageHeader(bytes, true);
      if (header && !header.problem) sound++;
    }
    expect(sound).toBeGreaterThan(2000);
    expect(sound).toBeLessThan(19_000);
  });
});

function withBytes(bytes: Uint8Array, at: number, values: readonly number[]): Uint8Array {
  const copy = bytes.slice();
  copy.set(values, at);
  return copy;
}
