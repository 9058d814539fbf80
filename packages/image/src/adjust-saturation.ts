import { checkRange } from "@rsdix/internal";
import { blendByte, blendTable } from "./blend";
import { checkImage, type RgbImage } from "./rgb-image";

/**
 * Makes an image's colours paler or stronger: each pixel moves away from its grey, equal to torchvision's `adjust_saturation` of a
 * Pillow image. The grey is Pillow's: ITU-R 601-2 luma, `0.299 R + 0.587 G + 0.114 B`, in 16-bit fixed point.
 *
 * @param image - the image; it is not changed.
 * @param factor - 0 gives grey, 1 the same image, 2 twice the distance from grey; at least 0.
 * @returns a new image of the same size.
 * @throws RsdixError INVALID_ARGUMENT or SHAPE_MISMATCH when `image` is not an RgbImage, or for a negative `factor`.
 * @example
 * ```ts
 * import { adjustSaturation } from "@rsdix/image";
 * const image = { width: 1, height: 1, data: Uint8Array.of(255, 0, 0) };
 * if (adjustSaturation(image, 0).data.join() !== "76,76,76") throw new Error("expected red's grey");
 * ```
 * @see https://pytorch.org/vision/stable/generated/torchvision.transforms.functional.adjust_saturation.html
 */
export function adjustSaturation(image: RgbImage, factor: number): RgbImage {
  checkImage(image);
  checkRange(factor, "factor", { min: 0 });
  const table = blendTable(factor);
  const { width, height, data: source } = image;
  const data = new Uint8Array(source.length);
  for (let i = 0; i < data.length; i += 3) {
    const red = source[i]!;
    const green = source[i + 1]!;
    const blue = source[i + 2]!;
    const grey = (red * 19595 + green * 38470 + blue * 7471 + 0x8000) >> 16;
    data[i] = blendByte(grey, red, table);
    data[i + 1] = blendByte(grey, green, table);
    data[i + 2] = blendByte(grey, blue, table);
  }
  return { width, height, data };
}
