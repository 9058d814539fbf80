import { checkRange, fail } from "@rsdix/internal";
import { checkImage, type RgbImage } from "./rgb-image";

/**
 * Cuts a rectangle out of an image.
 *
 * @param image - the image to cut from; it is not changed.
 * @param left - first column, 0 at the left edge.
 * @param top - first row, 0 at the top edge.
 * @param width - columns of the result.
 * @param height - rows of the result.
 * @returns a new image of `width` x `height` pixels.
 * @throws RsdixError INVALID_ARGUMENT when the rectangle is empty or leaves the image.
 * @example
 * ```ts
 * import { crop } from "@rsdix/image";
 * const image = { width: 2, height: 1, data: Uint8Array.of(1, 2, 3, 4, 5, 6) };
 * if (crop(image, 1, 0, 1, 1).data[0] !== 4) throw new Error("expected the second pixel");
 * ```
 * @see https://pytorch.org/vision/stable/generated/torchvision.transforms.functional.crop.html
 */
export function crop(image: RgbImage, left: number, top: number, width: number, height: number): RgbImage {
  checkImage(image);
  for (const [name, value, min] of [
    ["left", left, 0],
    ["top", top, 0],
    ["width", width, 1],
    ["height", height, 1],
  ] as const) {
    checkRange(value, name, { min, integer: true });
  }
  if (left + width > image.width || top + height > image.height) {
    fail(
      "INVALID_ARGUMENT",
      `A crop of ${width} x ${height} pixels at (${left}, ${top}) leaves the image of ${image.width} x ${image.height}: resize it first.`,
    );
  }
  const data = new Uint8Array(width * height * 3);
  for (let y = 0; y < height; y++) {
    const start = ((top + y) * image.width + left) * 3;
    data.set(image.data.subarray(start, start + width * 3), y * width * 3);
  }
  return { width, height, data };
}

/**
 * Cuts the middle out of an image; where it cannot be exactly central, half a pixel up and left, as CLIP's preprocessing does.
 *
 * @param image - the image to cut from; it is not changed.
 * @param width - columns of the result, at most the image's.
 * @param height - rows of the result, at most the image's.
 * @returns a new image of `width` x `height` pixels.
 * @throws RsdixError INVALID_ARGUMENT when the crop is larger than the image (nothing is padded).
 * @example
 * ```ts
 * import { centerCrop } from "@rsdix/image";
 * const image = { width: 3, height: 1, data: Uint8Array.of(1, 1, 1, 2, 2, 2, 3, 3, 3) };
 * if (centerCrop(image, 1, 1).data[0] !== 2) throw new Error("expected the middle pixel");
 * ```
 * @see https://huggingface.co/docs/transformers/model_doc/clip#transformers.CLIPImageProcessor
 */
export function centerCrop(image: RgbImage, width: number, height: number): RgbImage {
  checkImage(image);
  const left = Math.max(0, Math.floor((image.width - width) / 2));
  const top = Math.max(0, Math.floor((image.height - height) / 2));
  return crop(image, left, top, width, height);
}
