import { describe, expect, it } from "vitest";
import { bomb } from "../test/bomb";
import { difference, unbase64 } from "../test/files";
import { decodeImage } from "./decode-image-web";
import goldens from "./fixtures/decode.json";
import tiffs from "./fixtures/decode-tiff.json";
import orientations from "./fixtures/orientation.json";

/** Node has none of what the browser's part needs; the TIFF reader and the checks before decoding run in both. */
const inBrowser = globalThis.document !== undefined;
const named = (name: string) => unbase64(goldens.find((golden) => golden.name === name)!.file);
const isTiff = ({ name }: { name: string }) => name.startsWith("tiff");
const text = (words: string) => new TextEncoder().encode(words);
const blob = (bytes: Uint8Array) => new Blob([bytes as Uint8Array<ArrayBuffer>]);

describe("decodeImage of the web", () => {
  it.each(tiffs.files)("gives the pixels that Pillow gives: TIFF, $name", async ({ file, picture }) => {
    const { size, rgb } = tiffs.pictures[picture as keyof typeof tiffs.pictures];
    const image = await decodeImage(unbase64(file));
    expect([image.width, image.height]).toEqual(size);
    expect(difference(image.data, unbase64(rgb))).toEqual({ largest: 0, count: 0 });
  });

  it("says which TIFFs it does not read", async () => {
    const file = new File([named("tiff jpeg") as Uint8Array<ArrayBuffer>], "scan.tif");
    await expect(decodeImage(file)).rejects.toMatchObject({
      code: "FILE_CORRUPT",
      message: expect.stringMatching(/^scan\.tif is a TIFF with compression 7, expected none, LZW .* Decode it in Node/),
    });
  });

  it.each<[string, Uint8Array, RegExp]>([
    ["an empty file", new Uint8Array(0), /photo\.jpg is empty/],
    ["text with another name", text("hello, world"), /photo\.jpg is no image that can be read here \(it starts with "hello"\)/],
    ["a page", text("<!doctype html>"), /it starts with "<!doc"/],
    ["a drawing", text('<svg xmlns="http://www.w3.org/2000/svg" width="4" height="4"/>'), /it starts with "<svg "\), expected one of jpeg/],
    ["a PNG that is cut", named("png rgb").subarray(0, 70), /photo\.jpg ends before its last chunk/],
    ["a JPEG that is cut", named("jpeg 4:2:0").subarray(0, 600), /photo\.jpg ends before its end-of-image marker/],
    ["a WebP that is cut", named("webp lossy").subarray(0, 60), /photo\.jpg ends before its last chunk/],
    ["a GIF that is cut", named("gif").subarray(0, 50), /photo\.jpg ends before its first image does/],
    ["a TIFF that is cut", named("tiff").subarray(0, 50), /photo\.jpg .*outside the file/],
  ])("refuses %s", async (_what, bytes, message) => {
    await expect(decodeImage(new File([bytes as Uint8Array<ArrayBuffer>], "photo.jpg"))).rejects.toMatchObject({
      code: "FILE_CORRUPT",
      message: expect.stringMatching(message),
    });
  });

  it.each(goldens.filter((golden) => !isTiff(golden)))("refuses a bomb before it is decoded: $name", async ({ file }) => {
    await expect(decodeImage(bomb(unbase64(file)))).rejects.toMatchObject({
      code: "FILE_TOO_LARGE",
      message: expect.stringMatching(/^The image in memory has \d{5} x \d{5} pixels, more than the limit of 134217728\./),
    });
  });

  it("counts pixels", async () => {
    await expect(decodeImage(named("tiff"), { maxPixels: 19 })).rejects.toMatchObject({
      code: "FILE_TOO_LARGE",
      message: expect.stringMatching(/5 x 4 pixels, more than the limit of 19/),
    });
    expect((await decodeImage(named("tiff"), { maxPixels: 20 })).width).toBe(5);
  });

  it("refuses wrong options and sources", async () => {
    await expect(decodeImage(5 as never)).rejects.toMatchObject({
      code: "INVALID_ARGUMENT",
      message: "decodeImage takes a Blob, a File, bytes, an ImageBitmap or a URL, got 5.",
    });
    await expect(decodeImage(named("tiff"), { maxPixels: 0 })).rejects.toMatchObject({ code: "INVALID_ARGUMENT" });
    await expect(decodeImage(named("tiff"), { tolerant: 1 as never })).rejects.toMatchObject({ code: "INVALID_ARGUMENT" });
    await expect(decodeImage(named("tiff"), { size: 3 } as never)).rejects.toMatchObject({ code: "UNKNOWN_OPTION" });
  });

  it("reads a Blob, an ArrayBuffer and an address as it reads bytes, and names what it cannot fetch", async () => {
    const bytes = named("tiff");
    const expected = await decodeImage(bytes);
    const url = URL.createObjectURL(blob(bytes));
    for (const source of [blob(bytes), bytes.buffer as ArrayBuffer, url, new URL(url)]) expect(await decodeImage(source)).toEqual(expected);
    URL.revokeObjectURL(url);
    await expect(decodeImage(url)).rejects.toMatchObject({ code: "DOWNLOAD_FAILED", message: expect.stringContaining(url) });
  });
});

const inNode = inBrowser ? () => {} : describe;
inNode("decodeImage of the web, in Node", () => {
  it("says what is missing, and what to use instead", async () => {
    await expect(decodeImage(named("png rgb"))).rejects.toMatchObject({
      code: "BACKEND_UNAVAILABLE",
      message: "Images are decoded through createImageBitmap, which is not here. In Node use @rsdix/image/node.",
    });
  });
});

// Not skipped but absent in Node: scripts/test-browser.mjs runs them.
const inChromium = inBrowser ? describe : () => {};
inChromium("decodeImage in a browser", () => {
  it.each(goldens.filter((golden) => !isTiff(golden)))("gives the pixels that Pillow gives: $name", async ({ name, size, file, rgb }) => {
    const image = await decodeImage(unbase64(file));
    expect([image.width, image.height]).toEqual(size);
    const { largest } = difference(image.data, unbase64(rgb));
    // The one difference: Chromium multiplies inks in other arithmetic.
    expect(largest).toBe(name.includes("cmyk") ? 1 : 0);
  });

  it.each(orientations.files)("turns the image as Pillow does: $name", async (item) => {
    for (const orientation of ["ignore", "exif"] as const) {
      const { size, rgb } = orientations.pictures[item[orientation]]!;
      const image = await decodeImage(unbase64(item.file), { orientation });
      expect([image.width, image.height]).toEqual(size);
      expect(difference(image.data, unbase64(rgb))).toEqual({ largest: 0, count: 0 });
    }
  });

  it("reads bytes in memory that threads share", async () => {
    const { size, file } = goldens.find(({ name }) => name === "png rgb")!;
    const bytes = unbase64(file);
    const { buffer } = new WebAssembly.Memory({ initial: 1, maximum: 1, shared: true });
    const shared = new Uint8Array(buffer, 0, bytes.length);
    shared.set(bytes);
    expect(await decodeImage(shared)).toEqual(await decodeImage(bytes));
    expect((await decodeImage(shared)).width).toBe(size[0]);
    shared.fill(65);
    await expect(decodeImage(shared)).rejects.toMatchObject({
      code: "FILE_CORRUPT",
      message: expect.stringContaining('starts with "AAAAA"'),
    });
  });

  it("reads an image that is larger than a canvas can be, piece by piece, with alpha and without", async () => {
    const [width, height] = [5000, 1100];
    const pixels = new ImageData(width, height);
    for (let i = 0; i < pixels.data.length; i += 4) {
      const at = i / 4;
      pixels.data.set([at % 251, (at >> 3) % 253, (at >> 9) % 256, 255], i);
    }
    const rgb = (data: Uint8ClampedArray) =>
      Uint8Array.from({ length: (data.length / 4) * 3 }, (_, i) => data[Math.floor(i / 3) * 4 + (i % 3)]!);
    const canvas = new OffscreenCanvas(width, height);
    canvas.getContext("2d")!.putImageData(pixels, 0, 0);
    const expected = rgb(pixels.data);
    const bytes = new Uint8Array(await (await canvas.convertToBlob({ type: "image/png" })).arrayBuffer());
    expect(difference((await decodeImage(bytes)).data, expected)).toEqual({ largest: 0, count: 0 });
    for (let i = 3; i < pixels.data.length; i += 4) pixels.data[i] = i % 256;
    const bitmap = await createImageBitmap(pixels, { premultiplyAlpha: "none" });
    expect(difference((await decodeImage(bitmap)).data, expected)).toEqual({ largest: 0, count: 0 });
    bitmap.close();
    await expect(decodeImage(bitmap)).rejects.toMatchObject({ code: "INVALID_ARGUMENT", message: expect.stringMatching(/was closed/) });
  });

  it("takes no orientation for a bitmap, which has none, and counts its pixels", async () => {
    const bitmap = await createImageBitmap(blob(named("png rgb")));
    await expect(decodeImage(bitmap, { orientation: "exif" })).rejects.toMatchObject({
      code: "INVALID_ARGUMENT",
      message: 'An ImageBitmap has no EXIF: orientation "exif" needs the file.',
    });
    await expect(decodeImage(bitmap, { maxPixels: 19 })).rejects.toMatchObject({ code: "FILE_TOO_LARGE" });
    expect(await decodeImage(bitmap)).toEqual(await decodeImage(named("png rgb")));
  });

  it("refuses what the browser cannot decode, whole as it looks", async () => {
    const bytes = named("webp lossless");
    bytes.fill(0xff, 25, bytes.length - 2);
    await expect(decodeImage(bytes)).rejects.toMatchObject({
      code: "FILE_CORRUPT",
      message: expect.stringMatching(/cannot be decoded as an image/),
    });
  });

  it("says that a file is not there", async () => {
    const url = new URL("/there-is-no-such-file.png?", location.href);
    const fetched = globalThis.fetch;
    globalThis.fetch = async () => new Response("", { status: 404 });
    try {
      await expect(decodeImage(url)).rejects.toMatchObject({ code: "FILE_NOT_FOUND", message: expect.stringMatching(/no-such-file.*404/) });
      globalThis.fetch = async () => new Response("", { status: 503, statusText: "Service Unavailable" });
      await expect(decodeImage(url)).rejects.toMatchObject({ code: "DOWNLOAD_FAILED", message: expect.stringMatching(/503 Service Un/) });
    } finally {
      globalThis.fetch = fetched;
    }
  });
});
