import { fail, show } from "@rsdix/internal";
import { BITMAP_OPTIONS, readBitmap } from "./bitmap-pixels";
import { checkBrowserPixels } from "./browser-pixels";
import { checkPixelCount, type DecodeOptions, resolveDecodeOptions } from "./decode-options";
import { withoutTransparency } from "./gif-header";
import { type ImageHeader, readImageHeader } from "./image-header";
import { applyOrientation, withoutOrientation } from "./orientation";
import type { RgbImage } from "./rgb-image";

/** What `decodeImage` takes in a browser: a file that a person picked, bytes, an address, or a bitmap. */
export type WebImageSource = Blob | ArrayBuffer | Uint8Array | ImageBitmap | URL | string;

const FORMATS = "jpeg, png, webp, gif, tiff";

/**
 * Decodes an image file to 8-bit RGB in a browser (a page or a worker), through the browser's own decoder, and a TIFF through a reader in
 * TypeScript. The pixels are those of `decodeImage` in Node and of Pillow's `Image.open(file).convert("RGB")`: grey is repeated, palettes
 * are looked up, alpha is dropped, colour profiles are not applied, of 16-bit values the high byte is kept, and the first frame of an
 * animation is taken. A TIFF is turned as its orientation says; the orientation in the EXIF of other files is ignored unless `orientation`
 * is `"exif"`.
 *
 * In Chromium they are equal bit for bit, JPEG and WebP too, but for CMYK JPEGs, which differ by at most 1 level. Other browsers may bring
 * another decoder: their colours and transparency are checked once, on a small image. A browser's decoder repairs damage within the data of
 * a JPEG or WebP without a word; a truncated file is refused.
 *
 * @param source - a Blob or File, the bytes of a file, an address to fetch, or an ImageBitmap (whose own size and turn count): JPEG, PNG,
 * WebP, GIF or TIFF (1 to 16 bits; uncompressed, LZW, deflate or PackBits).
 * @param options - `maxPixels` (134,217,728), `orientation` ("ignore") and `tolerant` (false: of wrong checksums in a PNG and stray bytes
 * in a JPEG).
 * @returns the image.
 * @throws RsdixError FILE_NOT_FOUND; DOWNLOAD_FAILED; FILE_CORRUPT naming the file when it is not an image, damaged or truncated, or holds
 * other values than whole numbers of up to 16 bits; FILE_TOO_LARGE above `maxPixels`, before anything is decoded; BACKEND_UNAVAILABLE
 * without the browser's means, BACKEND_WRONG_RESULT where it changes pixels that pages read; INVALID_ARGUMENT; UNKNOWN_OPTION.
 * @example
 * ```ts
 * import { decodeImage } from "@rsdix/image/web";
 * const tiff =
 *   "SUkqAAgAAAAGAAABAwABAAAAAgAAAAEBAwABAAAAAQAAAAIBAwABAAAACAAAAAYBAwABAAAAAQAAABEBAwABAAAAVgAAABcBAwABAAAAAgAAAAAAAABAwA==";
 * const file = new File([Uint8Array.from(atob(tiff), (char) => char.charCodeAt(0))], "tile.tif"); // or one of an <input type="file">
 * const image = await decodeImage(file, { orientation: "exif" });
 * if (`${image.data}` !== "64,64,64,192,192,192") throw new Error("expected two grey pixels in RGB");
 * ```
 * @see https://html.spec.whatwg.org/multipage/imagebitmap-and-animations.html
 */
export async function decodeImage(source: WebImageSource, options: DecodeOptions = {}): Promise<RgbImage> {
  const settings = resolveDecodeOptions(options);
  if (isBitmap(source)) return fromBitmap(source, settings);
  const { name, bytes } = await readSource(source);
  if (bytes.length === 0) fail("FILE_CORRUPT", `${name} is empty. Download or export it again.`);
  const checkSize = (width: number, height: number) => checkPixelCount(width, height, settings.maxPixels, name);
  const header = readImageHeader(bytes, settings.tolerant);
  if (!header) return fromTiff(bytes, name, checkSize);
  checkSize(header.width, header.height);
  if (header.problem) fail("FILE_CORRUPT", `${name} ${header.problem}. It may be damaged or truncated: fetch it again.`);
  await checkBrowserPixels(header.alpha);
  const upright = header.orientation && header.orientation.value !== 1 ? withoutOrientation(bytes, header.orientation) : bytes;
  const bitmap = await toBitmap(withoutTransparency(upright), header, name);
  try {
    const { width, height } = bitmap;
    if (width !== header.width || height !== header.height) {
      fail("FILE_CORRUPT", `${name} decoded to ${width} x ${height} pixels, expected ${header.width} x ${header.height} from its header.`);
    }
    const image = { width, height, data: await readBitmap(bitmap, header.alpha) };
    return settings.orientation === "exif" ? applyOrientation(image, header.orientation?.value ?? 1) : image;
  } finally {
    bitmap.close();
  }
}

function isBitmap(source: WebImageSource): source is ImageBitmap {
  return typeof ImageBitmap !== "undefined" && source instanceof ImageBitmap;
}

async function fromBitmap(bitmap: ImageBitmap, { maxPixels, orientation }: Required<DecodeOptions>): Promise<RgbImage> {
  if (orientation === "exif") fail("INVALID_ARGUMENT", 'An ImageBitmap has no EXIF: orientation "exif" needs the file.');
  const { width, height } = bitmap;
  if (width === 0) fail("INVALID_ARGUMENT", "The ImageBitmap was closed, or moved to another thread: it has no pixels here.");
  checkPixelCount(width, height, maxPixels, "The ImageBitmap");
  await checkBrowserPixels(true);
  return { width, height, data: await readBitmap(bitmap, true) };
}

async function fromTiff(bytes: Uint8Array, name: string, checkSize: (width: number, height: number) => void): Promise<RgbImage> {
  // Only who opens a TIFF loads its reader.
  const { decodeTiff, isTiff, readTiffDirectory } = await import("./tiff-reader");
  if (isTiff(bytes)) return decodeTiff(bytes, readTiffDirectory(bytes, name, checkSize), name);
  const start = new TextDecoder().decode(bytes.subarray(0, 5)).replaceAll(/[^\x20-\x7e]/g, "?");
  fail("FILE_CORRUPT", `${name} is no image that can be read here (it starts with "${start}"), expected one of ${FORMATS}.`);
}

async function toBitmap(bytes: Uint8Array, { format }: ImageHeader, name: string): Promise<ImageBitmap> {
  try {
    return await createImageBitmap(new Blob([bytes as Uint8Array<ArrayBuffer>], { type: `image/${format}` }), BITMAP_OPTIONS);
  } catch (cause) {
    const reason = (cause as Error).message;
    fail("FILE_CORRUPT", `${name} cannot be decoded as an image (${reason}). It may be damaged or truncated: fetch it again.`, cause);
  }
}

async function readSource(source: Exclude<WebImageSource, ImageBitmap>): Promise<{ name: string; bytes: Uint8Array }> {
  const name = "The image in memory";
  // Browsers make no Blob and no text of memory that threads share.
  if (source instanceof Uint8Array)
    return { name, bytes: show(source.buffer) === "[object SharedArrayBuffer]" ? new Uint8Array(source) : source };
  if (source instanceof ArrayBuffer) return { name, bytes: new Uint8Array(source) };
  if (typeof source === "string" || source instanceof URL) return { name: String(source), bytes: await download(String(source)) };
  if (!(source instanceof Blob)) {
    fail("INVALID_ARGUMENT", `decodeImage takes a Blob, a File, bytes, an ImageBitmap or a URL, got ${show(source)}.`);
  }
  const file = (source as Partial<File>).name ?? name;
  try {
    return { name: file, bytes: new Uint8Array(await source.arrayBuffer()) };
  } catch (cause) {
    fail("FILE_NOT_FOUND", `${file} cannot be read: ${(cause as Error).message} It may have been moved or changed: pick it again.`, cause);
  }
}

async function download(url: string): Promise<Uint8Array> {
  let response: Response;
  try {
    response = await fetch(url);
    if (response.ok) return new Uint8Array(await response.arrayBuffer());
  } catch (cause) {
    fail(
      "DOWNLOAD_FAILED",
      `${url} cannot be fetched (${(cause as Error).message}). Check the address, the network and the server's CORS headers.`,
      cause,
    );
  }
  if (response.status === 404) fail("FILE_NOT_FOUND", `There is no file at ${url} (404). Check the address.`);
  fail("DOWNLOAD_FAILED", `${url} answered with ${response.status} ${response.statusText}. Check the address and try again.`);
}
