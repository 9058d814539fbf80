import { checkRange } from "@rsdix/internal";
import { blendByte, blendTable } from "./blend";
import { checkImage, type RgbImage } from "./rgb-image";

/**
 * Makes an image darker or brighter: every value times `factor`, equal to torchvision's `adjust_brightness` of a Pillow image.
 *
 * @param image - the image; it is not changed.
 * @param factor - 0 gives black, 1 the same image, 2 twice the values (cut off at 255); at least 0.
 * @returns a new image of the same size.
 * @throws RsdixError INVALID_ARGUMENT or SHAPE_MISMATCH when `image` is not an RgbImage, or for a negative `factor`.
 * @example
 * ```ts
 * import { adjustBrightness } from "@rsdix/image";
 * const image = { width: 1, height: 1, data: Uint8Array.of(100, 200, 3) };
 * if (adjustBrightness(image, 1.5).data.join() !== "150,255,4") throw new Error("expected half as much again");
 * ```
 * @see https://pytorch.org/vision/stable/generated/torchvision.transforms.functional.adjust_brightness.html
 */
export function adjustBrightness(image: RgbImage, factor: number): RgbImage {
  checkImage(image);
  checkRange(factor, "factor", { min: 0 });
  const table = blendTable(factor);
  const levels = Uint8Array.from({ length: 256 }, (_, level) => blendByte(0, level, table));
  const { width, height, data: source } = image;
  const data = new Uint8Array(source.length);
  for (let i = 0; i < data.length; i++) data[i] = levels[source[i]!]!;
  return { width, height, data };
}
