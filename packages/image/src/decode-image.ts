import { readFile } from "node:fs/promises";
import { fail } from "@rsdix/internal";
import type { Metadata, Sharp } from "sharp";
import { cmykToRgb } from "./cmyk-to-rgb";
import { checkPixelCount, type DecodeOptions, resolveDecodeOptions } from "./decode-options";
import { decodeTiff } from "./decode-tiff";
import { withoutTransparency } from "./gif-header";
import { readImageHeader } from "./image-header";
import { applyOrientation } from "./orientation";
import type { RgbImage } from "./rgb-image";
import { loadSharp } from "./sharp";
import { isTiff, readTiffDirectory, type TiffLayout } from "./tiff-directory";

// Pixels only: SVG and PDF, which sharp may also read, are programs that can point at other files.
const FORMATS: readonly string[] = ["jpeg", "png", "webp", "gif", "tiff", "heif"];

/**
 * Decodes an image file to 8-bit RGB through sharp, with the pixels that Pillow's `Image.open(file).convert("RGB")` gives: grey is
 * repeated, palettes are looked up, alpha is dropped, CMYK is converted ink by ink, colour profiles are not applied, and the first frame
 * of an animation is taken. Of 16-bit values the high byte is kept, also for grey (where Pillow clips at 255). A TIFF is turned as its
 * orientation says; the orientation in the EXIF of other files is ignored unless `orientation` is `"exif"`, which gives the pixels of
 * Pillow's `ImageOps.exif_transpose`.
 *
 * @param source - a path, or the bytes of a file: JPEG, PNG, WebP, GIF, TIFF or AVIF.
 * @param options - `maxPixels` (134,217,728), `orientation` ("ignore") and `tolerant` (false).
 * @returns the image.
 * @throws RsdixError FILE_NOT_FOUND; FILE_CORRUPT naming the file when it is not an image, damaged or truncated, holds other values than whole
 * numbers of up to 16 bits, or is a TIFF of colours that are not read (YCbCr without JPEG); FILE_TOO_LARGE above `maxPixels`; MISSING_DEPENDENCY
 * without sharp; INVALID_ARGUMENT for a folder or a source of another type; UNKNOWN_OPTION.
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
  const settings = resolveDecodeOptions(options);
  const name = typeof source === "string" ? source : "The image in memory";
  const bytes = typeof source === "string" ? await readBytes(source) : source;
  if (!(bytes instanceof Uint8Array)) fail("INVALID_ARGUMENT", `decodeImage takes a path or a Uint8Array, got ${typeof source}.`);
  const sharp = await loadSharp();
  if (bytes.length === 0) fail("FILE_CORRUPT", `${name} is empty. Download or export it again.`);
  try {
    const checkSize = (width: number, height: number) => checkPixelCount(width, height, settings.maxPixels, name);
    const layout = isTiff(bytes) ? readTiffDirectory(bytes, name, checkSize) : undefined;
    if (layout && isBeyondLibvips(layout)) return decodeTiff(bytes, layout, name);
    // libvips takes a GIF's canvas for smaller than it says, and a PNG for whole that has lost its end. It checks checksums itself.
    const header = readImageHeader(bytes, true);
    if (header) checkSize(header.width, header.height);
    if (header?.problem) fail("FILE_CORRUPT", `${name} ${header.problem}. It may be damaged or truncated: fetch it again.`);
    // What sharp would find out is known of most files: asking takes a tenth of the time.
    const usual = header?.format === "jpeg" && (header.components === 1 || header.components === 3);
    const decoder = sharp(withoutTransparency(bytes), {
      failOn: settings.tolerant ? "error" : "warning",
      // Counted here, in words of our own; sharp's limit would only say that there is one.
      limitInputPixels: usual ? settings.maxPixels : false,
      ignoreIcc: true,
    });
    const metadata = usual ? undefined : await decoder.metadata();
    if (metadata) {
      checkKind(metadata, name);
      checkSize(metadata.width, metadata.height);
    }
    const image = await readPixels(decoder, metadata ?? USUAL_JPEG, name);
    // TIFF's orientation is a part of the picture; EXIF's is what the camera noted, and counts when asked for.
    const noted = settings.orientation === "exif" ? header?.orientation?.value : undefined;
    return applyOrientation(image, layout?.orientation ?? noted ?? 1);
  } catch (cause) {
    if ((cause as { name?: string }).name === "RsdixError") throw cause;
    const reason = (cause as Error).message.replaceAll(/\s+/g, " ").trim();
    fail("FILE_CORRUPT", `${name} cannot be decoded as an image (${reason}). It may be damaged or truncated: fetch it again.`, cause);
  }
}

type Kind = Pick<Metadata, "depth" | "space">;

/** A JPEG of grey or of red, green and blue, however it has them. */
const USUAL_JPEG: Kind = { depth: "uchar", space: "srgb" };

const YCBCR = 6;
const JPEG = 7;

/**
 * It reads no tiles of single channels, and none with an orientation that there is not, which Pillow takes for upright; and where no JPEG says how, it takes
 * brightness and two differences for red, green and blue.
 */
function isBeyondLibvips({ tiled, planar, orientation, photometric, compression }: TiffLayout): boolean {
  return (tiled && planar) || orientation < 1 || orientation > 8 || (photometric === YCBCR && compression !== JPEG);
}

function checkKind({ format, depth }: Metadata, name: string): void {
  if (!FORMATS.includes(format)) fail("FILE_CORRUPT", `${name} is ${format.toUpperCase()}, expected one of ${FORMATS.join(", ")}.`);
  if (depth !== "uchar" && depth !== "ushort") {
    fail("FILE_CORRUPT", `${name} holds values of the type ${depth}, expected whole numbers of up to 16 bits: it is data, not a picture.`);
  }
}

async function readPixels(decoder: Sharp, { space, depth }: Kind, name: string): Promise<RgbImage> {
  if (space !== "cmyk") {
    const { data, info } = await decoder.removeAlpha().toColourspace("srgb").raw({ depth: "uchar" }).toBuffer({ resolveWithObject: true });
    if (info.channels !== 3) fail("FILE_CORRUPT", `${name} decoded to ${info.channels} channels, expected 3.`);
    return { width: info.width, height: info.height, data: new Uint8Array(data) };
  }
  // libvips would go through a printer's profile, which the file may not have meant.
  const inks = decoder.pipelineColourspace("cmyk").toColourspace("cmyk").raw({ depth });
  const { data, info } = await inks.toBuffer({ resolveWithObject: true });
  if (info.channels < 4) fail("FILE_CORRUPT", `${name} decoded to ${info.channels} channels, expected cyan, magenta, yellow and black.`);
  const cmyk = depth === "ushort" ? new Uint16Array(new Uint8Array(data).buffer) : data;
  return { width: info.width, height: info.height, data: cmykToRgb(cmyk, info.channels) };
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
