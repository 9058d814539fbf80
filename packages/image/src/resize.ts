import { checkOptions, checkRange, fail } from "@rsdix/internal";
import { KERNELS, type ResizeFilter } from "./filters";
import { resample } from "./resample";
import { resampleFast } from "./resample-fast";
import { weightsFor } from "./resample-weights";
import { checkImage, type RgbImage } from "./rgb-image";

/** Options of `resize`. */
export interface ResizeOptions {
  /** The resampling filter; "bicubic" (CLIP's) unless told otherwise. */
  readonly filter?: ResizeFilter;
}

// The larger side of an output image: the longest line that common image formats can hold (JPEG 65,535; WebP less).
const MAX_SIDE = 65_535;

/**
 * Resizes an image, byte for byte as Pillow's `Image.resize` does for 8-bit RGB: kernels widen when shrinking (so nothing aliases),
 * weights are 22-bit fixed point, rows are resampled before columns, and every pass rounds to 8 bits.
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
  checkRange(width, "width", { min: 1, max: MAX_SIDE, integer: true });
  checkRange(height, "height", { min: 1, max: MAX_SIDE, integer: true });
  checkOptions(options, ["filter"], "resize");
  const { filter = "bicubic" } = options;
  if (filter !== "nearest" && !Object.hasOwn(KERNELS, filter)) {
    fail("INVALID_ARGUMENT", `filter must be one of nearest, ${Object.keys(KERNELS).join(", ")}, got "${String(filter)}".`);
  }
  if (filter === "nearest") return resizeNearest(image, width, height);
  if (width === image.width && height === image.height) return { width, height, data: image.data.slice() };
  const across = width === image.width ? undefined : weightsFor(image.width, width, filter);
  const down = height === image.height ? undefined : weightsFor(image.height, height, filter);
  return resampleFast(image, width, height, across, down) ?? resample(image, width, height, across, down);
}

function resizeNearest({ width: fromWidth, height: fromHeight, data }: RgbImage, width: number, height: number): RgbImage {
  const columns = nearestPositions(fromWidth, width);
  const rows = nearestPositions(fromHeight, height);
  const out = new Uint8Array(width * height * 3);
  let target = 0;
  for (let y = 0; y < height; y++) {
    const line = rows[y]! * fromWidth;
    for (let x = 0; x < width; x++, target += 3) {
      const source = (line + columns[x]!) * 3;
      out[target] = data[source]!;
      out[target + 1] = data[source + 1]!;
      out[target + 2] = data[source + 2]!;
    }
  }
  return { width, height, data: out };
}

/** Source positions by repeated addition: its rounding, which Pillow has too, decides ties. */
function nearestPositions(from: number, to: number): Int32Array {
  const step = from / to;
  const positions = new Int32Array(to);
  for (let i = 0, at = step * 0.5; i < to; i++, at += step) positions[i] = Math.min(from - 1, Math.trunc(at));
  return positions;
}
