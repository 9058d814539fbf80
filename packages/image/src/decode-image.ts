import { readFile } from "node:fs/promises";
import { checkOptions, checkRange, fail } from "@rsdix/internal";
import type { RgbImage } from "./rgb-image";
import { loadSharp } from "./sharp";

/** Options of `decodeImage`. */
export interface DecodeOptions {
  /** The most pixels that an image may have; 134,217,728 unless told otherwise. */
  readonly maxPixels?: number;
  /** Accept what the decoder can repair (such as stray bytes in a JPEG), though never a truncated file; false unless told otherwise. */
  readonly tolerant?: boolean;
}

// A full Sentinel-2 tile (10,980 x 10,980) fits; a decompression bomb that would ask for more than 400 MB of RGB does not.
const MAX_PIXELS = 2 ** 27;

// Pixels only: SVG and PDF, which sharp may also read, are programs that can point at other files.
const FORMATS: readonly string[] = ["jpeg", "png", "webp", "gif", "tiff", "heif"];

/**
 * Decodes an image file to 8-bit RGB through sharp, with the pixels that Pillow's `Image.open(file).convert("RGB")` gives: grey is
 * repeated, palettes are looked up, alpha is dropped, EXIF orientation and colour profiles are not applied, and the first frame of
 * an animation is taken. Of 16-bit values the high byte is kept, also for grey (where Pillow clips at 255).
 *
 * @param source - a path, or the bytes of a file: JPEG, PNG, WebP, GIF, TIFF or AVIF.
 * @param options - `maxPixels` (134,217,728) and `tolerant` (false).
 * @returns the image.
 * @throws RsdixError FILE_NOT_FOUND; FILE_CORRUPT naming the file when it is not an image, damaged or truncated; FILE_TOO_LARGE above
 * `maxPixels`; MISSING_DEPENDENCY without sharp; INVALID_ARGUMENT for a folder or a source of another type; UNKNOWN_OPTION.
 * @example
 * ```ts
 * import { decodeImage, encodePng } from "@rsdix/image/node";
 * const bytes = await encodePng({ width: 1, height: 1, data: Uint8Array.of(10, 20, 30) });
 * const image = await decodeImage(bytes);
 * if (image.data.join() !== "10,20,30") throw new Error("PNG keeps every pixel");
 * ```
 * @see https://sharp.pixelplumbing.com
 */
export async function decodeImage(source: string | Uint8Array, options: DecodeOptions = {}): Promise<RgbImage> {
  checkOptions(options, ["maxPixels", "tolerant"], "decodeImage");
  const { maxPixels = MAX_PIXELS, tolerant = false } = options;
  checkRange(maxPixels, "maxPixels", { min: 1, max: Number.MAX_SAFE_INTEGER, integer: true });
  const name = typeof source === "string" ? source : "The image in memory";
  const bytes = typeof source === "string" ? await readBytes(source) : source;
  if (!(bytes instanceof Uint8Array)) fail("INVALID_ARGUMENT", `decodeImage takes a path or a Uint8Array, got ${typeof source}.`);
  const sharp = await loadSharp();
  if (bytes.length === 0) fail("FILE_CORRUPT", `${name} is empty. Download or export it again.`);
  try {
    // The pixels are counted below, in words of our own; sharp's limit would only say that there is one.
    const decoder = sharp(bytes, { failOn: tolerant ? "error" : "warning", limitInputPixels: false, ignoreIcc: true });
    const { format, width, height } = await decoder.metadata();
    if (!FORMATS.includes(format)) fail("FILE_CORRUPT", `${name} is ${format.toUpperCase()}, expected one of ${FORMATS.join(", ")}.`);
    if (width * height > maxPixels) {
      fail(
        "FILE_TOO_LARGE",
        `${name} has ${width} x ${height} pixels, more than the limit of ${maxPixels}. ` +
          "Cut it into patches, or raise maxPixels if you trust the file.",
      );
    }
    const raw = await decoder.removeAlpha().toColourspace("srgb").raw({ depth: "uchar" }).toBuffer({ resolveWithObject: true });
    if (raw.info.channels !== 3) fail("FILE_CORRUPT", `${name} decoded to ${raw.info.channels} channels, expected 3.`);
    return { width: raw.info.width, height: raw.info.height, data: new Uint8Array(raw.data) };
  } catch (cause) {
    if ((cause as { name?: string }).name === "RsdixError") throw cause;
    const reason = (cause as Error).message.replaceAll(/\s+/g, " ").trim();
    fail("FILE_CORRUPT", `${name} cannot be decoded as an image (${reason}). It may be damaged or truncated: fetch it again.`, cause);
  }
}

async function readBytes(path: string): Promise<Uint8Array> {
  try {
    return await readFile(path);
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException;
    if (code === "EISDIR") fail("INVALID_ARGUMENT", `${path} is a folder, expected an image file.`, cause);
    if (code === "ERR_FS_FILE_TOO_LARGE") fail("FILE_TOO_LARGE", `${path} has more than 2 GiB, which Node cannot read at once.`, cause);
    if (code === "ENOENT" || code === "ENOTDIR") {
      fail("FILE_NOT_FOUND", `There is no file ${path}. Check the path and the working directory.`, cause);
    }
    fail("FILE_NOT_FOUND", `${path} cannot be read: ${message}.`, cause);
  }
}
