import { checkOptions, checkRange, fail } from "@rsdix/internal";
import { KERNELS, type ResizeFilter } from "./filters";
import { checkImage, type RgbImage } from "./rgb-image";

/** Options of `resize`. */
export interface ResizeOptions {
  /** The resampling filter; "bicubic" (CLIP's) unless told otherwise. */
  readonly filter?: ResizeFilter;
}

// Pillow keeps weights as whole numbers so that 255 times a sum of weights fits in 32 bits, with 2 bits for overshoot.
const PRECISION_BITS = 32 - 8 - 2;

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
  let result = image;
  if (width !== image.width) result = resampleRows(result, width, weightsFor(image.width, width, filter));
  if (height !== image.height) result = resampleColumns(result, height, weightsFor(image.height, height, filter));
  return result === image ? { width, height, data: image.data.slice() } : result;
}

/** For each output position the first source position, how many follow, and their fixed-point weights. */
interface Weights {
  readonly first: Int32Array;
  readonly count: Int32Array;
  /** `stride` slots an output position, the first `count` of them used. */
  readonly values: Int32Array;
  readonly stride: number;
}

function weightsFor(from: number, to: number, filter: Exclude<ResizeFilter, "nearest">): Weights {
  const { support: unitSupport, weight } = KERNELS[filter];
  const scale = from / to;
  const stretch = Math.max(1, scale);
  const support = unitSupport * stretch;
  const stride = Math.ceil(support) * 2 + 1;
  const first = new Int32Array(to);
  const count = new Int32Array(to);
  const values = new Int32Array(to * stride);
  const exact = new Float64Array(stride);
  for (let position = 0; position < to; position++) {
    const center = (position + 0.5) * scale;
    const start = Math.max(0, Math.trunc(center - support + 0.5));
    const n = Math.min(from, Math.trunc(center + support + 0.5)) - start;
    let sum = 0;
    for (let i = 0; i < n; i++) {
      // Multiplying by 1 / stretch (not dividing by stretch) is what Pillow does, and differs in the last bit.
      exact[i] = weight((i + start - center + 0.5) * (1 / stretch));
      sum += exact[i]!;
    }
    first[position] = start;
    count[position] = n;
    for (let i = 0; i < n; i++) {
      const value = sum === 0 ? exact[i]! : exact[i]! / sum;
      values[position * stride + i] = Math.trunc(value * 2 ** PRECISION_BITS + (value < 0 ? -0.5 : 0.5));
    }
  }
  return { first, count, values, stride };
}

const HALF = 2 ** (PRECISION_BITS - 1); // makes the shift round to nearest; the clamped arrays below do the rest

function resampleRows({ width: from, height, data }: RgbImage, width: number, weights: Weights): RgbImage {
  const { first, count, values, stride } = weights;
  const out = new Uint8ClampedArray(width * height * 3);
  let target = 0;
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++, target += 3) {
      let red = HALF;
      let green = HALF;
      let blue = HALF;
      const slot = x * stride;
      let source = (y * from + first[x]!) * 3;
      for (let i = 0; i < count[x]!; i++, source += 3) {
        const weight = values[slot + i]!;
        red += data[source]! * weight;
        green += data[source + 1]! * weight;
        blue += data[source + 2]! * weight;
      }
      out[target] = red >> PRECISION_BITS;
      out[target + 1] = green >> PRECISION_BITS;
      out[target + 2] = blue >> PRECISION_BITS;
    }
  }
  return { width, height, data: new Uint8Array(out.buffer) };
}

function resampleColumns({ width, data }: RgbImage, height: number, weights: Weights): RgbImage {
  const { first, count, values, stride } = weights;
  const line = width * 3;
  const out = new Uint8ClampedArray(line * height);
  const sums = new Int32Array(line); // a whole line at a time reads the source in order
  for (let y = 0; y < height; y++) {
    sums.fill(HALF);
    for (let i = 0; i < count[y]!; i++) {
      const weight = values[y * stride + i]!;
      const source = (first[y]! + i) * line;
      for (let x = 0; x < line; x++) sums[x]! += data[source + x]! * weight;
    }
    for (let x = 0; x < line; x++) out[y * line + x] = sums[x]! >> PRECISION_BITS;
  }
  return { width, height, data: new Uint8Array(out.buffer) };
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
