import { checkRange } from "@rsdix/internal";
import { blendByte, blendTable } from "./blend";
import { checkImage, type RgbImage } from "./rgb-image";

/**
 * Blurs or sharpens an image, equal to torchvision's `adjust_sharpness` of a Pillow image: each pixel moves away from the mean of its
 * 3 x 3 neighbourhood in which it counts five times. The outermost pixels, which have no such neighbourhood, stay as they are.
 *
 * @param image - the image; it is not changed.
 * @param factor - 0 gives the blurred image, 1 the same image, 2 twice the distance from the blurred one; at least 0.
 * @returns a new image of the same size.
 * @throws RsdixError INVALID_ARGUMENT or SHAPE_MISMATCH when `image` is not an RgbImage, or for a negative `factor`.
 * @example
 * ```ts
 * import { adjustSharpness } from "@rsdix/image";
 * const image = { width: 3, height: 3, data: new Uint8Array(27) };
 * image.data.fill(130, 12, 15); // the pixel in the middle
 * if (adjustSharpness(image, 0).data[12] !== 50) throw new Error("expected 130 * 5 / 13");
 * ```
 * @see https://pytorch.org/vision/stable/generated/torchvision.transforms.functional.adjust_sharpness.html
 */
export function adjustSharpness(image: RgbImage, factor: number): RgbImage {
  checkImage(image);
  checkRange(factor, "factor", { min: 0 });
  const table = blendTable(factor);
  const { width, height, data: source } = image;
  const data = source.slice();
  const line = width * 3;
  const columns = new Int32Array(line); // sums of three pixels in a column: each serves three neighbourhoods
  for (let y = 1; y < height - 1; y++) {
    const start = y * line;
    for (let x = 0; x < line; x++) columns[x] = source[start - line + x]! + source[start + x]! + source[start + line + x]!;
    for (let x = 3; x < line - 3; x++) {
      const value = source[start + x]!;
      const sum = columns[x - 3]! + columns[x]! + columns[x + 3]! + 4 * value;
      data[start + x] = blendByte(BLURRED[sum]!, value, table);
    }
  }
  return { width, height, data };
}

// Thirteenths, rounded: never a tie, so that Pillow's float32 weights come to the same.
const BLURRED = Uint8Array.from({ length: 13 * 255 + 1 }, (_, sum) => Math.floor((2 * sum + 13) / 26));
