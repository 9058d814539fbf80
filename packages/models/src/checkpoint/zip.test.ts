import { describe, expect, it } from "vitest";
import { refusal } from "../../../../test/refusal";
import { bytesOf, endRecord, memorySource, type ZipContent, zip64Of, zipOf, zipParts } from "../../test/torch-files";
import { openZip } from "./zip";

const files: ZipContent = [
  ["archive/data.pkl", "pickle"],
  ["archive/data/0", Uint8Array.of(1, 2, 3, 4)],
  ["archive/é", ""],
];
const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);

/** Opens an archive and reads all of it. */
async function readAll(bytes: Uint8Array): Promise<Record<string, string>> {
  const zip = await openZip(memorySource(bytes));
  const read: Record<string, string> = {};
  for (const entry of zip.entries.values()) read[entry.name] = text(await zip.read(entry));
  return read;
}

const expected = { "archive/data.pkl": "pickle", "archive/data/0": "\x01\x02\x03\x04", "archive/é": "" };
const big = (...values: bigint[]) => bytesOf([1, 2], [8 * values.length, 2], ...values.map((value) => [value, 8] as const));

describe("openZip", () => {
  it("reads entries, whole and in part, without reading the rest of the file", async () => {
    expect(await readAll(zipOf(files))).toEqual(expected);
    expect(await readAll(zip64Of(files))).toEqual(expected);
    expect(await readAll(zipOf(files, "a comment with an end record's signature: PK\x05\x06"))).toEqual(expected);
    const source = memorySource(zipOf([["big", new Uint8Array(1_000_000).fill(7)], ...files]));
    const zip = await openZip(source);
    const entry = zip.entries.get("big")!;
    expect(await zip.read(entry, 999_998)).toEqual(Uint8Array.of(7, 7));
    expect(source.bytesRead).toBeLessThan(70_000);
    await expect(zip.read(entry, 1, 1_000_001)).rejects.toThrow(refusal("INVALID_ARGUMENT"));
  });

  it("compares the checksum of what is small and read as a whole, where the archive has one", async () => {
    const crc = 0xcbf43926; // of these nine digits, by the catalogue of checksums
    expect(await readAll(zipOf([["a", "123456789", { crc }]]))).toEqual({ a: "123456789" });
    const damaged = zipOf([["a", "123456780", { crc }]]);
    await expect(readAll(damaged)).rejects.toThrow(/"a" has another checksum/);
    await expect(readAll(damaged)).rejects.toThrow(refusal("FILE_CORRUPT"));
    const zip = await openZip(memorySource(damaged));
    expect(text(await zip.read(zip.entries.get("a")!, 0, 8))).toBe("12345678"); // a part has none
  });

  it("takes sizes and offsets from the 64-bit extra field", async () => {
    const wide = { size: 0xffffffff, offset: 0xffffffff, extra: bytesOf([9, 2], [1, 2], [0, 1], big(6n, 6n, 0n)) };
    expect(await readAll(zipOf([["a", "pickle", wide]]))).toEqual({ a: "pickle" });
  });

  it("reads an archive with no entries as one", async () => {
    expect(await readAll(zipOf([]))).toEqual({});
  });

  it("refuses every truncation", async () => {
    const bytes = zip64Of(files);
    for (let length = 0; length < bytes.length; length++) {
      await expect(readAll(bytes.slice(0, length)), `${length} bytes`).rejects.toThrow(refusal("FILE_CORRUPT"));
    }
  });

  const { data, directory } = zipParts(files);
  const long = zipParts([["a".repeat(60), "x"]]);
  it.each<[string, Uint8Array, RegExp]>([
    ["no zip at all", new Uint8Array(100), /no end record/],
    ["a tail", bytesOf(zipOf(files), [0, 1]), /no end record/],
    ["a head", bytesOf([0, 1], zipOf(files)), /end record starts at/],
    ["fewer entries than it says", bytesOf(long.data, long.directory, endRecord(2, long.directory.length, long.data.length)), /entry 1/],
    ["more entries than it says", bytesOf(data, directory, endRecord(2, directory.length, data.length)), /bytes more than its entries/],
    ["65535 entries", bytesOf(data, directory, endRecord(0xffff, directory.length, data.length)), /too small/],
    ["a directory beyond the file", bytesOf(data, directory, endRecord(3, 0xffffffff, data.length)), /said to take/],
    ["2^63 entries", zip64Of(files, { count: 2n ** 63n }), /claims 9223372036854775808/],
    ["2^53 entries", zip64Of(files, { count: 2n ** 53n - 1n }), /too small/],
    ["a 64-bit directory elsewhere", zip64Of(files, { start: 0n }), /said to take/],
    ["a 64-bit size beyond the file", zip64Of(files, { size: 2n ** 52n }), /said to take/],
    ["a 64-bit end record beyond the file", zip64Of(files, { endAt: 2n ** 52n }), /too near/],
    ["a 64-bit end record that is none", zip64Of(files, { endAt: 0n }), /no 64-bit end record/],
    ["a size beyond the file", zipOf([["a", "x", { size: 0xfffffffe }]]), /cut off/],
    ["a size that isn't the packed one", zipOf([["a", "x", { packed: 0 }]]), /1 bytes in 0/],
    ["an offset beyond the file", zipOf([["a", "x", { offset: 0xfffffffe }]]), /cut off/],
    ["64-bit numbers that are missing", zipOf([["a", "x", { size: 0xffffffff }]]), /lacks the 64-bit/],
    ["a 64-bit offset of 2^60", zipOf([["a", "x", { offset: 0xffffffff, extra: big(2n ** 60n) }]]), /claims/],
    ["a 64-bit field cut off", zipOf([["a", "x", { offset: 0xffffffff, extra: big(0n).slice(0, 9) }]]), /lacks the 64-bit/],
    [
      "two entries at one place",
      zipOf([
        ["a", "xxxx"],
        ["b", "xxxx", { offset: 0 }],
      ]),
      /overlaps/,
    ],
    [
      "an entry within another",
      zipOf([
        ["a", "x".repeat(99)],
        ["b", "", { offset: 50 }],
      ]),
      /overlaps/,
    ],
    [
      "an entry that runs into the next",
      zipOf([
        ["a", "xxxx", { size: 30 }],
        ["b", "x"],
      ]),
      /overlaps/,
    ],
    [
      "an extra field that shifts it into the next",
      zipOf([
        ["a", "xxxx", { localExtra: 9 }],
        ["b", "x"],
      ]),
      /beyond what follows/,
    ],
    ["an extra field that shifts it into the directory", zipOf([["a", "xxxx", { localExtra: 65535 }]]), /beyond what follows/],
    ["no header where it says", zipOf([["a", "x".repeat(99), { size: 1, localSize: 1, offset: 3 }]]), /no header/],
    ["another name in its header", zipOf([["a", "x", { localName: "b" }]]), /another name/],
    ["another size in its header", zipOf([["a", "x", { localSize: 2 }]]), /2 bytes in its own header/],
    ["another method in its header", zipOf([["a", "x", { localMethod: 8 }]]), /compressed in its own header/],
    ["a compressed entry", zipOf([["a", "x", { method: 8 }]]), /save the checkpoint again/],
    ["an encrypted entry", zipOf([["a", "x", { flags: 1 }]]), /encrypted/],
    [
      "a name twice",
      zipOf([
        ["a", "x"],
        ["a", "y"],
      ]),
      /"a" twice/,
    ],
    ["a name that climbs", zipOf([["archive/../../etc/passwd", "x"]]), /leads out/],
    ["a name from the root", zipOf([["/etc/passwd", "x"]]), /leads out/],
    ["a name with a drive", zipOf([["C:x", "x"]]), /leads out/],
    ["a name with backslashes", zipOf([["a\\..\\b", "x"]]), /leads out/],
    ["a name with a zero byte", zipOf([["a\0b", "x"]]), /leads out/],
    ["a name that isn't UTF-8", Uint8Array.from(zipOf([["a", "x"]]), (byte) => (byte === 0x61 ? 0xff : byte)), /UTF-8/],
  ])("refuses %s", async (_, bytes, message) => {
    await expect(readAll(bytes)).rejects.toThrow(message);
    await expect(readAll(bytes)).rejects.toThrow(refusal("FILE_CORRUPT"));
  });

  it("refuses more entries than memory should hold", async () => {
    const many = Buffer.alloc(46 * 50_001);
    const bytes = bytesOf(many, bytesOf([0x06064b50, 4], [44, 8], [45, 4], [0, 8], [50_001, 8], [50_001, 8], [many.length, 8], [0, 8]));
    const whole = bytesOf(bytes, [0x07064b50, 4], [0, 4], [many.length, 8], [1, 4], endRecord(0xffff, 0xffffffff, 0xffffffff));
    await expect(readAll(whole)).rejects.toThrow(refusal("FILE_TOO_LARGE"));
  });

  it("notices a source that gives less than it said", async () => {
    const bytes = zipOf(files);
    const source = { size: bytes.length, read: async (start: number, end: number) => bytes.slice(start, end - 1) };
    await expect(openZip(source)).rejects.toThrow(refusal("FILE_CORRUPT"));
  });
});
