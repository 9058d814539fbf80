import { createRandom } from "@rsdix/internal";
import { zlibSync } from "fflate";
import { describe, expect, it } from "vitest";
import { unbase64 } from "../test/files";
import { firstDirectory, withEntry, withNextDirectory } from "../test/tiff";
import { decodeImage } from "./decode-image";
import { checkPixelCount } from "./decode-options";
import { decodeTiff } from "./decode-tiff";
import { files } from "./fixtures/decode-tiff.json";
import type { RgbImage } from "./rgb-image";
import { readTiffDirectory } from "./tiff-directory";

const named = (name: string) => unbase64(files.find((file) => file.name === name)!.file);
const checkSize = (width: number, height: number) => checkPixelCount(width, height, 2 ** 27, "The image in memory");
const pure = async (bytes: Uint8Array) =>
  decodeTiff(bytes, readTiffDirectory(bytes, "The image in memory", checkSize), "The image in memory");
const decoders: [string, (bytes: Uint8Array) => Promise<RgbImage>][] = [
  ["without a library", pure],
  ["through sharp", (bytes) => decodeImage(bytes)],
];
const plain = named("uncompressed");
const lzw = named("LZW");
const deflate = named("deflate");
const tiles = named("tiles");

/** The bytes of the first strip or tile overwritten. */
function withBlock(bytes: Uint8Array, block: readonly number[]): Uint8Array {
  const copy = bytes.slice();
  const { offset, length } = readTiffDirectory(bytes, "x", () => {}).blocks[0]!;
  copy.fill(0, offset, offset + length);
  copy.set(block.slice(0, length), offset);
  return copy;
}

/** LZW codes of nine bits each. */
function codes(...values: number[]): number[] {
  const bits = values.map((value) => value.toString(2).padStart(9, "0")).join("");
  return (bits.match(/.{1,8}/g) ?? []).map((byte) => Number.parseInt(byte.padEnd(8, "0"), 2));
}

const hostile: [what: string, bytes: Uint8Array, message: RegExp][] = [
  ["only a header", plain.subarray(0, 6), /ends within its header/],
  ["a directory outside the file", Uint8Array.of(...plain.subarray(0, 4), 255, 255, 255, 127), /directory ends outside the file/],
  ["a directory of 65,535 entries", withDirectoryCount(plain, 65_535), /65535 entries ends outside/],
  ["a directory followed by itself", withNextDirectory(plain, firstDirectory(plain)), /directories lead in a circle/],
  ["100,000 directories", withDirectories(plain, 100_000), /more than 65535 directories/],
  [
    "300 strips, each of the whole file",
    sharing(300, 1_000_000),
    /300000000 bytes in blocks that share them, more than the limit of 268435456/,
  ],
  ["no width", withEntry(plain, 256, { value: 0 }), /0 x 18 pixels/],
  ["200 channels", withEntry(plain, 277, { value: 200 }), /200 channels, expected 1 to 7/],
  ["fractions", withEntry(plain, 296, { tag: 339, value: 3 }), /holds fractions, expected whole numbers/],
  ["a width that is text", withEntry(plain, 256, { type: 2 }), /tag 256 has the type 2/],
  ["bands without colours", withEntry(plain, 262, { value: 1 }), /3 channels of grey, which may be any bands/],
  ["a strip outside the file", withEntry(named("one strip"), 273, { value: 0x7fffffff }), /before block 0 of its pixels/],
  ["a strip longer than the file", withEntry(named("one strip"), 279, { value: 0x7fffffff }), /before block 0 of its pixels/],
  ["four milliards of strips", withEntry(plain, 273, { count: 0xffffffff }), /4294967295 values, which end outside/],
  ["no strips", withEntry(plain, 273, { count: 0 }), /lists 0 blocks of pixels, expected 3/],
  ["a strip a row, and offsets for three", withEntry(plain, 278, { value: 1 }), /lists 3 blocks of pixels, expected 18/],
  ["strips without rows", withEntry(plain, 278, { value: 0 }), /blocks of 20 x 0 pixels/],
  [
    "a tile of 65,520 pixels a side",
    withEntry(withEntry(tiles, 322, { value: 65_520 }), 323, { value: 65_520 }),
    /blocks of 65520 x 65520/,
  ],
];

function withDirectoryCount(bytes: Uint8Array, count: number): Uint8Array {
  const copy = bytes.slice();
  new DataView(copy.buffer).setUint16(firstDirectory(bytes), count, true);
  return copy;
}

/** Behind the first directory so many that are empty. */
function withDirectories(bytes: Uint8Array, count: number): Uint8Array {
  const end = bytes.length + (bytes.length % 2);
  const longer = new Uint8Array(end + count * 6);
  longer.set(withNextDirectory(bytes, end));
  const view = new DataView(longer.buffer);
  for (let i = 0; i + 1 < count; i++) view.setUint32(end + i * 6 + 2, end + (i + 1) * 6, true);
  return longer;
}

/** A grey picture of one row a strip, whose strips are all the same bytes: the file from its start. */
function sharing(strips: number, bytes: number): Uint8Array {
  const file = new Uint8Array(bytes);
  const view = new DataView(file.buffer);
  file.set([0x49, 0x49, 42, 0, 8, 0, 0, 0, 7, 0]);
  const entries = [
    [256, 1, 10],
    [257, 1, strips],
    [258, 1, 8],
    [259, 1, 8],
    [273, strips, 1000],
    [278, 1, 1],
    [279, strips, 1000 + strips * 4],
  ];
  entries.forEach(([tag, count, value], i) => {
    view.setUint16(10 + i * 12, tag!, true);
    view.setUint16(12 + i * 12, 4, true);
    view.setUint32(14 + i * 12, count!, true);
    view.setUint32(18 + i * 12, value!, true);
  });
  for (let i = 0; i < strips; i++) view.setUint32(1000 + (strips + i) * 4, bytes, true);
  return file;
}

describe.each(decoders)("a hostile TIFF, decoded %s", (_, decode) => {
  it.each(hostile)("is refused: %s", async (_what, bytes, message) => {
    await expect(decode(bytes)).rejects.toMatchObject({ code: "FILE_CORRUPT", message: expect.stringMatching(message) });
  });

  it("is refused when it announces more pixels than allowed", async () => {
    const bomb = withEntry(withEntry(plain, 256, { value: 30_000 }), 257, { value: 30_000 });
    await expect(decode(bomb)).rejects.toMatchObject({ code: "FILE_TOO_LARGE", message: expect.stringMatching(/30000 x 30000 pixels/) });
  });

  it("is refused where it is cut at any place", async () => {
    for (const whole of [plain, lzw, deflate, tiles]) {
      for (let length = 4; length < whole.length; length += 41) {
        await expect(decode(whole.subarray(0, length))).rejects.toMatchObject({ code: "FILE_CORRUPT" });
      }
    }
  });
});

describe("a hostile TIFF", () => {
  it.each<[string, Uint8Array, RegExp]>([
    [
      "LZW codes that are not in the table",
      withBlock(lzw, codes(256, 10, 400)),
      /block 0 of its pixels, cannot be unpacked \(LZW code 400 of 259\)/,
    ],
    ["LZW that ends early", withBlock(lzw, codes(256, 10, 20, 257)), /block 0 of its pixels, holds 2 bytes, expected 420/],
    ["deflate that is none", withBlock(deflate, [1, 2, 3]), /block 0 of its pixels, cannot be unpacked/],
    ["a compression of the future", withEntry(lzw, 259, { value: 777 }), /compression 777, expected none, LZW/],
    ["colours of another kind", withEntry(plain, 262, { value: 8 }), /colours of kind 8, expected grey/],
    ["a predictor of fractions", withEntry(named("LZW with predictor"), 317, { value: 3 }), /predictor 3 of 8 bits/],
    ["a short palette", withEntry(named("palette"), 320, { count: 30 }), /30 values in its palette, expected 768/],
    ["a palette of 16 bits", withEntry(named("palette"), 258, { value: 16 }), /a palette of 16 bits/],
    ["12 bits", withEntry(named("grey"), 258, { value: 12 }), /12 bits a channel, expected 1, 2, 4, 8 or 16/],
    ["CMYK of one channel", withEntry(named("grey"), 262, { value: 5 }), /1 channels, expected at least 4/],
  ])("is refused without a library: %s", async (_what, bytes, message) => {
    await expect(pure(bytes)).rejects.toMatchObject({ code: "FILE_CORRUPT", message: expect.stringMatching(message) });
  });

  it("inflates a bomb as far as its pixels go", async () => {
    const packed = zlibSync(new Uint8Array(6e7), { level: 9 });
    const file = sharing(1, 4000 + packed.length);
    file.set(packed, 4000);
    const bytes = withEntry(withEntry(file, 273, { value: 4000 }), 279, { value: packed.length });
    expect(await pure(bytes)).toEqual({ width: 10, height: 1, data: new Uint8Array(30) });
    // What follows is not looked at: the same without an end.
    expect(await pure(withEntry(bytes, 279, { value: packed.length - 4 }))).toEqual(await pure(bytes));
  });

  it("never takes more memory than its pixels do, nor the run: 3,000 files with bytes overwritten", async () => {
    const { int: random } = createRandom(1);
    let refused = 0;
    for (let i = 0; i < 3000; i++) {
      const bytes = [plain, lzw, deflate, tiles, named("palette"), named("PackBits")][i % 6]!.slice();
      for (let changes = 1 + random(4); changes > 0; changes--) bytes[random(Math.min(bytes.length, random(2) ? 400 : 1e9))] = random(256);
      const layoutOf = () => readTiffDirectory(bytes, "x", (width, height) => checkPixelCount(width, height, 4096, "x"));
      try {
        const layout = layoutOf();
        expect(decodeTiff(bytes, layout, "x").data.length).toBe(layout.width * layout.height * 3);
      } catch (error) {
        if (!["FILE_CORRUPT", "FILE_TOO_LARGE"].includes((error as { code: string }).code)) throw error;
        refused++;
      }
    }
    expect(refused).toBeGreaterThan(300);
    expect(refused).toBeLessThan(2700);
  });
});
