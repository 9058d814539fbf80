import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeAll, describe, expect, it, vi } from "vitest";
import { scratchFolder } from "../../../test/scratch-folder";
import { bomb } from "../test/bomb";
import { unbase64 } from "../test/files";
import { noise } from "../test/noise";
import { decodeImage } from "./decode-image";
import { encodeJpeg, encodePng } from "./encode-image";
import goldens from "./fixtures/decode.json";
import tiffs from "./fixtures/decode-tiff.json";
import { resize } from "./resize";

let folder: string;
beforeAll(() => {
  folder = scratchFolder("file");
});

describe("decodeImage", () => {
  it.each(goldens)("gives the pixels that Pillow gives: $name", async ({ size, file, rgb }) => {
    const image = await decodeImage(unbase64(file));
    expect([image.width, image.height]).toEqual(size);
    expect([...image.data]).toEqual([...unbase64(rgb)]);
  });

  it.each(tiffs.files)("gives the pixels that Pillow gives: TIFF, $name", async ({ file, picture }) => {
    const { size, rgb } = tiffs.pictures[picture as keyof typeof tiffs.pictures];
    const image = await decodeImage(unbase64(file));
    expect([image.width, image.height]).toEqual(size);
    expect([...image.data]).toEqual([...unbase64(rgb)]);
  });

  it("reads a path as it reads bytes", async () => {
    const path = join(folder, "image.png");
    await writeFile(path, unbase64(goldens[0]!.file));
    expect(await decodeImage(path)).toEqual(await decodeImage(unbase64(goldens[0]!.file)));
  });

  it("says which file is missing, and that a folder is none", async () => {
    const path = join(folder, "absent.png");
    await expect(decodeImage(path)).rejects.toMatchObject({ code: "FILE_NOT_FOUND", message: expect.stringContaining(path) });
    await expect(decodeImage(join(path, "x.png"))).rejects.toMatchObject({ code: "FILE_NOT_FOUND" });
    await mkdir(join(folder, "sub"));
    await expect(decodeImage(join(folder, "sub"))).rejects.toMatchObject({
      code: "INVALID_ARGUMENT",
      message: expect.stringMatching(/is a folder/),
    });
  });

  it("names a file that is truncated at any place, empty, or no image", async () => {
    const large = resize(noise(16, 16), 96, 80);
    const path = join(folder, "broken");
    for (const whole of [await encodePng(large), await encodeJpeg(large)]) {
      for (const share of [0, 0.01, 0.1, 0.5, 0.9]) {
        await writeFile(path, whole.subarray(0, Math.floor(whole.length * share)));
        for (const tolerant of [false, true]) {
          await expect(decodeImage(path, { tolerant })).rejects.toMatchObject({
            code: "FILE_CORRUPT",
            message: expect.stringContaining(path),
          });
        }
      }
    }
    await writeFile(path, "<html>404 Not Found</html>");
    await expect(decodeImage(path)).rejects.toMatchObject({ code: "FILE_CORRUPT" });
    await expect(decodeImage(new TextEncoder().encode("GIF89a"))).rejects.toMatchObject({
      code: "FILE_CORRUPT",
      message: expect.stringContaining("The image in memory"),
    });
  });

  it("refuses a JPEG with damage inside, unless told to be tolerant", async () => {
    const bytes = await encodeJpeg(resize(noise(16, 16), 96, 80));
    bytes.fill(0xff, bytes.length - 400, bytes.length - 395);
    bytes.fill(0x12, bytes.length - 395, bytes.length - 300);
    await expect(decodeImage(bytes)).rejects.toMatchObject({ code: "FILE_CORRUPT" });
    expect(await decodeImage(bytes, { tolerant: true })).toMatchObject({ width: 96, height: 80 });
  });

  it("refuses a TIFF of brightness and differences that no JPEG describes, as browsers do", async () => {
    const bytes = unbase64(tiffs.files.find(({ name }) => name === "LZW")!.file);
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    const little = bytes[0] === 0x49;
    const first = view.getUint32(4, little);
    const entries = Array.from({ length: view.getUint16(first, little) }, (_, i) => first + 2 + 12 * i);
    view.setUint16(entries.find((at) => view.getUint16(at, little) === 262)! + 8, 6, little);
    await expect(decodeImage(bytes)).rejects.toMatchObject({ code: "FILE_CORRUPT", message: expect.stringContaining("colours of kind 6") });
  });

  it("never renders a drawing", async () => {
    const svg = '<svg xmlns="http://www.w3.org/2000/svg" width="4" height="4"><rect width="4" height="4"/></svg>';
    await expect(decodeImage(new TextEncoder().encode(svg))).rejects.toMatchObject({
      code: "FILE_CORRUPT",
      message: expect.stringMatching(/SVG, expected/),
    });
  });

  it("counts pixels before decoding them", async () => {
    const bytes = await encodePng(noise(20, 10));
    await expect(decodeImage(bytes, { maxPixels: 199 })).rejects.toMatchObject({
      code: "FILE_TOO_LARGE",
      message: expect.stringMatching(/20 x 10.*199\. Cut it into patches, or give a larger maxPixels/),
    });
    expect((await decodeImage(bytes, { maxPixels: 200 })).width).toBe(20);
  });

  it.each(goldens.filter(({ name }) => !name.startsWith("tiff")))("refuses a bomb before it is decoded: $name", async ({ file }) => {
    await expect(decodeImage(bomb(unbase64(file)))).rejects.toMatchObject({
      code: "FILE_TOO_LARGE",
      message: expect.stringMatching(/^The image in memory has \d{5} x \d{5} pixels, more than the limit of 134217728\./),
    });
  });

  it.each(goldens)("refuses a file that is cut: $name", async ({ name, file }) => {
    const bytes = unbase64(file);
    for (const share of [0.2, 0.5, 0.8, name.startsWith("gif") ? 0.9 : 0.95]) {
      const wrong = decodeImage(bytes.subarray(0, Math.floor(bytes.length * share)));
      await expect(wrong, `${share} of it`).rejects.toMatchObject({
        code: "FILE_CORRUPT",
        message: expect.stringContaining("The image in memory"),
      });
    }
  });

  it("refuses wrong options and sources", async () => {
    await expect(decodeImage(5 as never)).rejects.toMatchObject({ code: "INVALID_ARGUMENT" });
    await expect(decodeImage(new Uint8Array(3), { maxPixels: 0 })).rejects.toMatchObject({ code: "INVALID_ARGUMENT" });
    await expect(decodeImage(new Uint8Array(3), { size: 3 } as never)).rejects.toMatchObject({ code: "UNKNOWN_OPTION" });
  });
});

describe("without sharp", () => {
  it("says what to install", async () => {
    vi.resetModules();
    vi.doMock("node:module", () => ({ createRequire: () => () => undefined }));
    vi.doMock("sharp", () => {
      throw new Error("Cannot find package 'sharp'");
    });
    try {
      const fresh = await import("./decode-image");
      await expect(fresh.decodeImage(unbase64(goldens[0]!.file))).rejects.toMatchObject({
        code: "MISSING_DEPENDENCY",
        message: expect.stringContaining("npm install sharp"),
      });
    } finally {
      vi.doUnmock("sharp");
      vi.doUnmock("node:module");
    }
  });
});
