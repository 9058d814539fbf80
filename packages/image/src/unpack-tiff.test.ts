import { deflateSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { refusal } from "../../../test/refusal";
import { unpackTiff } from "./unpack-tiff";

describe("unpackTiff", () => {
  const data = Uint8Array.from({ length: 5000 }, (_, i) => (i * i) % 251);

  it("unpacks deflate, PackBits and what isn't packed, as far as it is asked to", () => {
    expect(unpackTiff(new Uint8Array(deflateSync(data)), 8, data.length)).toEqual(data);
    expect(unpackTiff(new Uint8Array(deflateSync(data)), 32946, 10)).toEqual(data.subarray(0, 10));
    expect(unpackTiff(data, 1, 9000)).toEqual(data);
    expect([...unpackTiff(Uint8Array.of(254, 5, 1, 8, 9), 32773, 99)]).toEqual([5, 5, 5, 8, 9]);
  });

  it("unpacks the LZW example of TIFF 6.0", () => {
    // Section 13: 7 7 7 8 8 7 7 6 6 becomes the codes Clear 7 258 8 8 258 6 6 End, of nine bits each.
    const codes = [256, 7, 258, 8, 8, 258, 6, 6, 257];
    const text = codes.map((code) => code.toString(2).padStart(9, "0")).join("");
    const packed = Uint8Array.from({ length: Math.ceil(text.length / 8) }, (_, i) =>
      Number.parseInt(text.slice(i * 8, i * 8 + 8).padEnd(8, "0"), 2),
    );
    expect([...unpackTiff(packed, 5, 100)]).toEqual([7, 7, 7, 8, 8, 7, 7, 6, 6]);
  });

  it.each([
    ["damaged deflate", Uint8Array.of(1, 2, 3, 4), 8, 10, "FILE_CORRUPT", "compression 8"],
    ["damaged LZW", Uint8Array.of(128, 8, 255, 255), 5, 10, "FILE_CORRUPT", "compression 5"],
    ["another compression", Uint8Array.of(1), 7, 10, "INVALID_ARGUMENT", "compression must be one of 1, 5, 8, 32773, 32946"],
    ["a name of Object's", Uint8Array.of(1), "constructor", 10, "INVALID_ARGUMENT", "compression must be one of"],
    ["no bytes", [1, 2], 1, 10, "INVALID_ARGUMENT", "takes bytes"],
    ["a length that isn't whole", Uint8Array.of(1), 1, 1.5, "INVALID_ARGUMENT", "length"],
  ])("refuses %s", (_, packed, compression, length, code, message) => {
    expect(() => unpackTiff(packed as Uint8Array, compression as number, length)).toThrow(refusal(code, expect.stringContaining(message)));
  });
});
