import type { RgbImage } from "@rsdix/image";
import { decodeImage } from "@rsdix/image/web";

/** Of one image; a picture of 16,000 x 4,000. */
const MAX_PIXELS = 64_000_000;

/** An image's pixels, upright: cameras write into EXIF how they were held. */
export async function decode(bytes: Uint8Array): Promise<RgbImage> {
  try {
    return await decodeImage(bytes, { maxPixels: MAX_PIXELS, orientation: "exif" });
  } catch (error) {
    const { message, code } = error as Error & { code?: string };
    // what the library says to programmers
    throw Object.assign(new Error(message.replace(/Decode it in Node, or write it again in another way\.$/, "Save it in another way.")), {
      code,
    });
  }
}

/** An image as a PNG, which has the same pixels. */
export function asPng({ width, height, data }: RgbImage): Promise<Blob> {
  const rgba = new Uint8ClampedArray(width * height * 4).fill(255);
  for (let i = 0; i < width * height; i++) {
    for (let c = 0; c < 3; c++) rgba[4 * i + c] = data[3 * i + c]!;
  }
  const canvas = new OffscreenCanvas(width, height);
  canvas.getContext("2d")!.putImageData(new ImageData(rgba, width, height), 0, 0);
  return canvas.convertToBlob();
}

/** An image file that any reader takes upright; one without EXIF as it is. */
export async function upright(bytes: Uint8Array): Promise<Uint8Array> {
  return hasExif(bytes) ? new Uint8Array(await (await asPng(await decode(bytes))).arrayBuffer()) : bytes;
}

/** Whether the letters "Exif" (of a PNG "eXIf", of a WebP "EXIF") stand in a file; a TIFF is read upright by all. */
function hasExif(bytes: Uint8Array): boolean {
  const isTiff = (bytes[0] === 0x49 && bytes[1] === 0x49) || (bytes[0] === 0x4d && bytes[1] === 0x4d);
  if (isTiff) return false;
  const spells = (x: number) => new TextDecoder("latin1").decode(bytes.subarray(Math.max(0, x - 1), x + 3)).toLowerCase() === "exif";
  for (const x of [0x58, 0x78]) {
    for (let at = bytes.indexOf(x); at >= 0; at = bytes.indexOf(x, at + 1)) {
      const isIf = (bytes[at + 1]! | 0x20) === 0x69 && (bytes[at + 2]! | 0x20) === 0x66;
      if (isIf && spells(at)) return true;
    }
  }
  return false;
}
