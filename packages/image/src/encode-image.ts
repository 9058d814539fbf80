import { checkRange, fail } from "@rsdix/internal";
import { checkImage, type RgbImage } from "./rgb-image";
import { loadSharp } from "./sharp";

// The formats' own limits: JPEG has 16 bits a side; libpng refuses more than a million columns or rows unless told otherwise.
const MAX_SIDE = { JPEG: 65_535, PNG: 1_000_000 } as const;

/**
 * Encodes an image as PNG, through sharp: every pixel is kept.
 *
 * @param image - the image.
 * @returns the bytes of a PNG file.
 * @throws RsdixError INVALID_ARGUMENT or SHAPE_MISMATCH when `image` is not an RgbImage or too large for PNG; MISSING_DEPENDENCY without sharp.
 * @example
 * ```ts
 * import { encodePng } from "@rsdix/image/node";
 * const bytes = await encodePng({ width: 1, height: 1, data: Uint8Array.of(10, 20, 30) });
 * if (bytes[1] !== 0x50) throw new Error("a PNG file starts with 0x89 P N G");
 * ```
 * @see https://sharp.pixelplumbing.com/api-output#png
 */
export async function encodePng(image: RgbImage): Promise<Uint8Array> {
  return new Uint8Array(await (await pipeline(image, "PNG")).png().toBuffer());
}

/**
 * Encodes an image as JPEG, through sharp; pixels change a little.
 *
 * @param image - the image.
 * @param quality - 1 (small) to 100 (faithful), 90 unless told otherwise; colour is stored at half resolution below 90.
 * @returns the bytes of a JPEG file.
 * @throws RsdixError INVALID_ARGUMENT or SHAPE_MISMATCH when `image` is not an RgbImage or too large for JPEG, or the quality is out of range;
 * MISSING_DEPENDENCY without sharp.
 * @example
 * ```ts
 * import { encodeJpeg } from "@rsdix/image/node";
 * const bytes = await encodeJpeg({ width: 1, height: 1, data: Uint8Array.of(10, 20, 30) }, 80);
 * if (bytes[0] !== 0xff || bytes[1] !== 0xd8) throw new Error("a JPEG file starts with FF D8");
 * ```
 * @see https://sharp.pixelplumbing.com/api-output#jpeg
 */
export async function encodeJpeg(image: RgbImage, quality = 90): Promise<Uint8Array> {
  checkRange(quality, "quality", { min: 1, max: 100, integer: true });
  const chromaSubsampling = quality < 90 ? "4:2:0" : "4:4:4";
  return new Uint8Array(await (await pipeline(image, "JPEG")).jpeg({ quality, chromaSubsampling }).toBuffer());
}

async function pipeline(image: RgbImage, format: keyof typeof MAX_SIDE) {
  checkImage(image);
  const { width, height, data } = image;
  if (Math.max(width, height) > MAX_SIDE[format]) {
    fail("INVALID_ARGUMENT", `${format} holds at most ${MAX_SIDE[format]} pixels a side, got ${width} x ${height}.`);
  }
  return (await loadSharp())(data, { raw: { width, height, channels: 3 }, limitInputPixels: false });
}
