import { checkOptions, checkRange, fail } from "@rsdix/internal";
import { crop } from "./crop";
import { KERNELS, type ResizeFilter } from "./filters";
import { resample } from "./resample";
import { resampleFast } from "./resample-fast";
import { type Weights, weightsFor } from "./resample-weights";
import type { CropBox } from "./resized-crop";
import { checkImage, type RgbImage } from "./rgb-image";

/** Options of `resize`. */
export interface ResizeOptions {
  /** The resampling filter; "bicubic" (CLIP's) unless told otherwise. */
  readonly filter?: ResizeFilter;
}

// The larger side of an output image: the longest line that common image formats can hold (JPEG 65,535; WebP less).
const MAX_SIDE = 65_535;
/** Of an image of which only a part is computed: what Pillow, which computes all of it, can count. */
const MAX_WHOLE_SIDE = 2 ** 31 - 1;

/**
 * Resizes an image, byte for byte as Pillow's `Image.resize` does for 8-bit RGB: kernels widen when shrinking (so nothing aliases),
 * weights are 22-bit fixed point, rows are resampled before columns, and every pass rounds to 8 bits. Pillow 10.4 to 12.3
 * are as here; Pillow 13 takes the columns first for some shapes, and differs there.
 *
 * @param image - the image to resize; it is not changed.
 * @param width - columns of the result, 1 to 65,535.
 * @param height - rows of the result, 1 to 65,535.
 * @param options - the filter: "bicubic" (default), "lanczos", "bilinear", "hamming", "box" or "nearest".
 * @returns a new image of `width` x `height` pixels.
 * @throws RsdixError INVALID_ARGUMENT for a size out of range or a filter that does not exist; SHAPE_MISMATCH for data that do not
 * fit the image's size; UNKNOWN_OPTION.
 * @example
 * ```ts
 * import { resize } from "@rsdix/image";
 * const image = { width: 2, height: 1, data: Uint8Array.of(0, 0, 0, 255, 255, 255) };
 * const wide = resize(image, 4, 1, { filter: "bilinear" });
 * if (wide.data[3] !== 64) throw new Error(`expected 64, got ${wide.data[3]}`);
 * ```
 * @see https://pillow.readthedocs.io/en/stable/handbook/concepts.html#filters
 */
export function resize(image: RgbImage, width: number, height: number, options: ResizeOptions = {}): RgbImage {
  checkImage(image);
  checkOptions(options, ["filter"], "resize");
  const { filter = "bicubic" } = options;
  if (filter !== "nearest" && !Object.hasOwn(KERNELS, filter)) {
    fail("INVALID_ARGUMENT", `filter must be one of nearest, ${Object.keys(KERNELS).join(", ")}, got "${String(filter)}".`);
  }
  return resizePart(image, { width, height }, { left: 0, top: 0, width, height }, filter);
}

/** A part of the image resized to `to`, in time and memory of the part's size: the whole may be longer than any image. */
export function resizePart(image: RgbImage, to: { width: number; height: number }, part: CropBox, filter: ResizeFilter): RgbImage {
  for (const side of ["width", "height"] as const) {
    checkRange(to[side], side, { min: 1, max: part[side] === to[side] ? MAX_SIDE : MAX_WHOLE_SIDE, integer: true });
  }
  if (filter === "nearest") return resizeNearest(image, to, part);
  if (to.width === image.width && to.height === image.height) return crop(image, part.left, part.top, part.width, part.height);
  const across = pass(image.width, to.width, part.left, part.width, filter);
  const down = pass(image.height, to.height, part.top, part.height, filter);
  const source = read(image, across, down);
  return resampleFast(source, part.width, part.height, across, down) ?? resample(source, part.width, part.height, across, down);
}

/** The weights of a pass; none where a side stays and all of it is wanted. */
function pass(from: number, to: number, start: number, length: number, filter: keyof typeof KERNELS): Weights | undefined {
  return from === to && length === to ? undefined : weightsFor(from, to, filter, start, length);
}

/** The part of an image that weights are for. */
function read(image: RgbImage, across: Weights | undefined, down: Weights | undefined): RgbImage {
  const { from: left, reads: width } = across ?? { from: 0, reads: image.width };
  const { from: top, reads: height } = down ?? { from: 0, reads: image.height };
  if (width !== image.width) return crop(image, left, top, width, height);
  return { width, height, data: image.data.subarray(top * width * 3, (top + height) * width * 3) }; // whole lines need no copy
}

function resizeNearest(image: RgbImage, to: { width: number; height: number }, { left, top, width, height }: CropBox): RgbImage {
  const columns = nearestPositions(image.width, to.width, left, width);
  const rows = nearestPositions(image.height, to.height, top, height);
  const out = new Uint8Array(width * height * 3);
  let target = 0;
  for (let y = 0; y < height; y++) {
    const line = rows[y]! * image.width;
    for (let x = 0; x < width; x++, target += 3) {
      const source = (line + columns[x]!) * 3;
      out[target] = image.data[source]!;
      out[target + 1] = image.data[source + 1]!;
      out[target + 2] = image.data[source + 2]!;
    }
  }
  return { width, height, data: out };
}

/** Source positions by repeated addition from the first one on: its rounding, which Pillow has too, decides ties. */
function nearestPositions(from: number, to: number, start: number, length: number): Int32Array {
  const step = from / to;
  const positions = new Int32Array(length);
  let at = step * 0.5;
  for (let i = 0; i < start; i++) at += step;
  for (let i = 0; i < length; i++, at += step) positions[i] = Math.min(from - 1, Math.trunc(at));
  return positions;
}
