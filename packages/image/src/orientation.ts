import { dihedral } from "./dihedral";
import type { RgbImage } from "./rgb-image";

/** The number of each EXIF orientation among the symmetries of `dihedral`; the first is none of EXIF's. */
const SYMMETRIES = [0, 0, 4, 2, 6, 5, 3, 7, 1] as const;

/** The image upright, as Pillow's `ImageOps.exif_transpose` gives it; with a number that EXIF does not know the image itself. */
export function applyOrientation(image: RgbImage, orientation: number): RgbImage {
  const symmetry = SYMMETRIES[orientation] ?? 0;
  return symmetry === 0 ? image : dihedral(image, symmetry);
}

/** EXIF's orientation in an image file: its value, where in the file it lies, and the chunk around it where that has a checksum. */
export interface Orientation {
  readonly value: number;
  readonly at: number;
  readonly chunk?: { readonly start: number; readonly end: number };
}

const ORIENTATION_TAG = 0x0112;
const SHORT = 3;
const UPRIGHT = 1;

/** The orientation in an EXIF block, which is a small TIFF file from `start` to `end` of the bytes; undefined where there is none, or none that can be read. */
export function findOrientation(bytes: Uint8Array, start: number, end: number): Orientation | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset + start, Math.max(0, end - start));
  if (view.byteLength < 14) return undefined;
  const order = view.getUint16(0);
  if (order !== 0x4949 && order !== 0x4d4d) return undefined;
  const little = order === 0x4949;
  const directory = view.getUint32(4, little);
  if (directory + 2 > view.byteLength) return undefined;
  const count = view.getUint16(directory, little);
  for (let i = 0, at = directory + 2; i < count && at + 12 <= view.byteLength; i++, at += 12) {
    if (view.getUint16(at, little) !== ORIENTATION_TAG) continue;
    if (view.getUint16(at + 2, little) !== SHORT || view.getUint32(at + 4, little) !== 1) return undefined;
    const value = view.getUint16(at + 8, little);
    return { value, at: start + at + (little ? 8 : 9) };
  }
  return undefined;
}

/**
 * The same file without its orientation. Browsers disagree on what turns an image and what does not (`imageOrientation: "none"` has had two
 * meanings), so that they are given nothing to turn.
 */
export function withoutOrientation(bytes: Uint8Array, { at, chunk }: Orientation): Uint8Array {
  const copy = bytes.slice();
  if (!chunk) {
    copy[at] = UPRIGHT;
    return copy;
  }
  copy.copyWithin(chunk.start, chunk.end);
  return copy.subarray(0, bytes.length - (chunk.end - chunk.start));
}
