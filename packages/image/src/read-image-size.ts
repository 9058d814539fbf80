import { fail, show } from "@rsdix/internal";
import { readGifFrame } from "./gif-header";
import { readImageHeader } from "./image-header";
import { isTiff, readTiffDirectory } from "./tiff-directory";

/**
 * The size that an image file says it has; nothing is decoded. To choose how many are decoded at a time, or which are.
 *
 * @param bytes - the bytes of a file.
 * @returns columns and rows as the file has them, before any orientation, of a GIF those of its first image where it is larger than its screen; undefined
 * for a file that is no JPEG, PNG, WebP, GIF, TIFF or AVIF, or whose header is damaged: `decodeImage` says what is wrong with it.
 * @throws RsdixError INVALID_ARGUMENT for what is no Uint8Array.
 * @example
 * ```ts
 * import { readImageSize } from "@rsdix/image";
 * import { encodePng } from "@rsdix/image/node";
 * const bytes = await encodePng({ width: 3, height: 2, data: new Uint8Array(18) });
 * if (readImageSize(bytes)?.width !== 3) throw new Error("expected three columns");
 * ```
 * @see ITU-T T.81 (JPEG); https://www.w3.org/TR/png-3/; https://developers.google.com/speed/webp/docs/riff_container;
 * https://www.w3.org/Graphics/GIF/spec-gif89a.txt; TIFF, revision 6.0; https://aomediacodec.github.io/av1-avif/
 */
export function readImageSize(bytes: Uint8Array): { width: number; height: number } | undefined {
  if (!(bytes instanceof Uint8Array)) fail("INVALID_ARGUMENT", `readImageSize takes a Uint8Array, got ${show(bytes)}.`);
  const size = larger(readImageHeader(bytes, true), readGifFrame(bytes)) ?? tiffSize(bytes) ?? avifSize(bytes);
  return size && size.width > 0 && size.height > 0 ? { width: size.width, height: size.height } : undefined;
}

interface Size {
  readonly width: number;
  readonly height: number;
}

function larger(a: Size | undefined, b: Size | undefined): Size | undefined {
  return a && b ? { width: Math.max(a.width, b.width), height: Math.max(a.height, b.height) } : a;
}

/** Boxes that tell of items lie before the pixels; of an image in tiles the whole has the largest size. */
const AVIF_HEAD_BYTES = 65_536;

function avifSize(bytes: Uint8Array): Size | undefined {
  const text = (at: number) => String.fromCharCode(...bytes.subarray(at, at + 4));
  if (text(4) !== "ftyp" || !["avif", "avis", "mif1", "msf1"].includes(text(8))) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let size: Size | undefined;
  for (let at = 12; at + 16 <= Math.min(bytes.length, AVIF_HEAD_BYTES); at++) {
    if (view.getUint32(at) !== 0x69737065) continue; // "ispe", its version and flags, columns and rows
    const found = { width: view.getUint32(at + 8), height: view.getUint32(at + 12) };
    size = larger(found, size ?? found);
  }
  return size;
}

function tiffSize(bytes: Uint8Array): { width: number; height: number } | undefined {
  if (!isTiff(bytes)) return undefined;
  let size: { width: number; height: number } | undefined;
  try {
    readTiffDirectory(bytes, "", (width, height) => {
      size = { width, height };
    });
  } catch {
    // what is damaged behind the size is for who decodes it
  }
  return size;
}
