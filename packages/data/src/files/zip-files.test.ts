import { describe, expect, it } from "vitest";
import { fromBase64 } from "../../test/base64";
import { directoryOf, exchanged, makeZip, withField } from "../../test/make-zip";
import fixture from "../fixtures/zip.json";
import { openFiles } from "./open-files";

const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
const open = (zip: Uint8Array) => openFiles(zip);
/** What opening and then reading the first file throws. */
const refusal = async (zip: Uint8Array, name = "a.txt") => {
  try {
    await (await open(zip)).read(name);
  } catch (error) {
    const { code, message } = error as Error & { code: string };
    return `${code}: ${message}`;
  }
  return "nothing";
};

describe("zip files", () => {
  for (const [kind, zip] of Object.entries(fixture.archives)) {
    it(`written by Python, ${kind}, have the files that Python put in`, async () => {
      for (const source of [fromBase64(zip), new Blob([fromBase64(zip)]), [new File([fromBase64(zip)], "set.zip")]]) {
        const files = await openFiles(source);
        expect(await files.names()).toEqual(Object.keys(fixture.files).sort());
        for (const [name, content] of Object.entries(fixture.files)) {
          expect(await files.read(name)).toEqual(fromBase64(content));
          const parts: number[] = [];
          for await (const piece of files.stream!(name, { start: 2, end: 700 })) parts.push(...piece);
          expect(parts).toEqual([...fromBase64(content).slice(2, 700)]);
        }
        await files.close();
        await expect(files.names()).rejects.toMatchObject({ code: "INVALID_ARGUMENT", message: expect.stringMatching(/was closed/) });
      }
    });
  }

  it("tell names apart that differ in case alone, and take Windows' separators", async () => {
    const files = await open(
      await makeZip([
        ["a.txt", "small"],
        ["A.txt", "large"],
        ["b/c.txt", "inside"],
      ]),
    );
    expect(await files.names()).toEqual(["A.txt", "a.txt", "b/c.txt"]);
    expect(text(await files.read("A.txt")) + text(await files.read("a.txt"))).toBe("largesmall");
    expect(text(await files.read("b\\c.txt")) + text(await files.read("./b/c.txt"))).toBe("insideinside");
    await expect(files.read("B/c.txt")).rejects.toMatchObject({
      code: "FILE_NOT_FOUND",
      message: 'There is no file "B/c.txt" in the zip file.',
    });
    await expect(files.read("../a.txt")).rejects.toMatchObject({
      code: "INVALID_ARGUMENT",
      message: expect.stringMatching(/below it, got "\.\.\/a\.txt", which leaves the image folder with "\.\."/),
    });
    await expect(files.read("a.txt", { maxBytes: 4 })).rejects.toMatchObject({
      code: "FILE_TOO_LARGE",
      message: '"a.txt" in the zip file has 5 bytes, more than the limit of 4.',
    });
    await expect(files.read("a.txt", { signal: AbortSignal.abort() })).rejects.toMatchObject({ code: "ABORTED" });
    await expect(files.read("a.txt", { limit: 4 } as never)).rejects.toMatchObject({ code: "UNKNOWN_OPTION" });
  });

  it("have names in one spelling", async () => {
    const files = await open(
      await makeZip([
        ["./a.txt", "a"],
        ["b//./c.txt", "c"],
      ]),
    );
    expect(await files.names()).toEqual(["a.txt", "b/c.txt"]);
    expect(text(await files.read("./a.txt")) + text(await files.read("b//c.txt"))).toBe("ac");
  });

  it("are read by many at once", async () => {
    const many = Array.from({ length: 60 }, (_, i) => [`${i}.txt`, `${i} `.repeat(1000 + i)] as const);
    const files = await open(await makeZip(many));
    const read = await Promise.all(many.map(async ([name]) => text(await files.read(name))));
    expect(read).toEqual(many.map(([, content]) => content));
  });

  it("with names that leave them, or the same name twice, are refused", async () => {
    const plain = await makeZip([
      ["aa/aa.txt", "x"],
      ["bb.txt", "y"],
    ]);
    for (const [name, why] of [
      ["../aa.txt", 'leaves the image folder with ".."'],
      ["..\\aa.txt", 'leaves the image folder with ".."'],
      ["/a/aa.txt", "is absolute"],
      ["C:/aa.txt", "is absolute"],
      ["aa/a\0.txt", "holds a NUL character"],
    ]) {
      const answer = await refusal(exchanged(plain, "aa/aa.txt", name!));
      expect(answer).toContain(`FILE_CORRUPT: the zip file isn't opened: the name of its entry ${JSON.stringify(name)} ${why}`);
    }
    const twice = exchanged(
      await makeZip([
        ["a.txt", "x"],
        ["b.txt", "y"],
      ]),
      "b.txt",
      "a.txt",
    );
    expect(await refusal(twice)).toMatch(/^FILE_CORRUPT: the zip file isn't opened: it has two files named "a\.txt"/);
    const separators = exchanged(
      await makeZip([
        ["a/a.txt", "x"],
        ["b/b.txt", "y"],
      ]),
      "b/b.txt",
      "a\\a.txt",
    );
    expect(await refusal(separators)).toMatch(/two files named "a\/a\.txt"/);
  });

  it("that are bombs are refused before anything is unpacked", async () => {
    const zip = await makeZip([
      ["a.txt", "a".repeat(5000)],
      ["b.txt", "b"],
    ]);
    expect(await refusal(withField(zip, 24, 2 ** 31))).toMatch(
      /^FILE_TOO_LARGE: "a\.txt" in the zip file has 2147483648 bytes, more than the limit/,
    );
    expect(await refusal(withField(zip, 24, 500_000_000))).toMatch(
      /^FILE_CORRUPT: "a\.txt" in the zip file can't have 500000000 bytes: .* has \d+ for it/,
    );
    expect(await refusal(withField(zip, 24, 4999))).toMatch(/^FILE_CORRUPT: "a\.txt" in the zip file has more than the 4999 bytes/);
    expect(await refusal(withField(zip, 24, 5001))).toMatch(/^FILE_CORRUPT: "a\.txt" in the zip file has 5000 of 5001 bytes/);
    expect(await refusal(withField(zip, 20, 60))).toMatch(
      /^FILE_CORRUPT: the zip file isn't opened: its files "a\.txt" and "b\.txt" overlap/,
    );
  });

  it("with files that are encrypted, of other methods, elsewhere, or damaged are refused, naming the file", async () => {
    const secret = await makeZip([["a.txt", "x", { password: "p" }]]);
    expect(await refusal(secret)).toMatch(/^FILE_CORRUPT: "a\.txt" in the zip file is encrypted/);
    const zip = await makeZip([["a.txt", "some text, some text", {}]]);
    expect(await refusal(withField(zip, 10, 12, 2))).toMatch(/^FILE_CORRUPT: "a\.txt" in the zip file is compressed by method 12;/);
    expect(await refusal(withField(zip, 42, 3))).toMatch(/^FILE_CORRUPT: "a\.txt" in the zip file isn't at byte 3,/);
    expect(await refusal(withField(zip, 16, 0))).toMatch(
      /^FILE_CORRUPT: "a\.txt" in the zip file is damaged: its CRC-32 is \w{8}, not 00000000/,
    );
    const garbled = Uint8Array.from(zip);
    garbled.fill(0xff, 40, 44);
    expect(await refusal(garbled)).toMatch(/^FILE_CORRUPT: "a\.txt" in the zip file (is damaged|has)/);
    expect(await refusal(withField(zip, 20, 1_000_000))).toMatch(/^FILE_CORRUPT: "a\.txt" in the zip file goes beyond the end/);
  });

  it("that are cut off, or none, are refused", async () => {
    const zip = await makeZip([["a.txt", "some text"]]);
    for (const cut of [0, 1, 21, 60, zip.length - 1]) {
      expect(await refusal(zip.slice(0, cut))).toMatch(
        /^FILE_CORRUPT: the zip file \(\d+ bytes\) can't be opened as a zip file: it is no zip file, or was cut off/,
      );
    }
    expect(await refusal(new Uint8Array(70_000).fill(7))).toMatch(/^FILE_CORRUPT: /);
    expect(await refusal(withFirstBytes(zip))).toMatch(/^FILE_CORRUPT: the zip file \(\d+ bytes\) can't be opened as a zip file/);
    for (const name of ["set.tar.gz", "set.rar", "set.7z"]) {
      await expect(openFiles(new File([zip], name))).rejects.toMatchObject({
        code: "INVALID_ARGUMENT",
        message: `${name} is an archive of another kind than zip: unpack it and open the folder.`,
      });
    }
  });
});

/** A zip file whose directory begins with other bytes. */
function withFirstBytes(zip: Uint8Array): Uint8Array {
  const copy = Uint8Array.from(zip);
  copy.fill(0, directoryOf(copy), directoryOf(copy) + 4);
  return copy;
}
