import { PRECISION_BITS, type Weights } from "./resample-weights";
import type { RgbImage } from "./rgb-image";

const HALF = 2 ** (PRECISION_BITS - 1); // makes the shift round to nearest; the clamped arrays below do the rest

/** Both passes in plain JavaScript: rows first, as Pillow does. Weights are absent where a size stays. */
export function resample(image: RgbImage, width: number, height: number, across: Weights | undefined, down: Weights | undefined): RgbImage {
  const wide = across ? resampleRows(image, width, across) : image;
  return down ? resampleColumns(wide, height, down) : wide;
}

// `Math.imul` and `| 0` say that sums stay within 32 bits, which the engine would otherwise look at after each step.

function resampleRows({ width: from, height, data }: RgbImage, width: number, weights: Weights): RgbImage {
  const { first, count, values, stride } = weights;
  const out = new Uint8ClampedArray(width * height * 3);
  let target = 0;
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++, target += 3) {
      let red = HALF;
      let green = HALF;
      let blue = HALF;
      const end = x * stride + count[x]!;
      let source = (y * from + first[x]!) * 3;
      for (let slot = x * stride; slot < end; slot++, source += 3) {
        const weight = values[slot]!;
        red = (red + Math.imul(data[source]!, weight)) | 0;
        green = (green + Math.imul(data[source + 1]!, weight)) | 0;
        blue = (blue + Math.imul(data[source + 2]!, weight)) | 0;
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
      for (let x = 0; x < line; x++) sums[x] = (sums[x]! + Math.imul(data[source + x]!, weight)) | 0;
    }
    for (let x = 0; x < line; x++) out[y * line + x] = sums[x]! >> PRECISION_BITS;
  }
  return { width, height, data: new Uint8Array(out.buffer) };
}
