import { checkRange, fail, show } from "@rsdix/internal";
import { crop } from "./crop";
import { type ResizeOptions, resize } from "./resize";
import { checkImage, type RgbImage } from "./rgb-image";

/** A rectangle of an image, in pixels. */
export interface CropBox {
  /** First column, 0 at the left edge. */
  readonly left: number;
  /** First row, 0 at the top edge. */
  readonly top: number;
  /** Columns, at least 1. */
  readonly width: number;
  /** Rows, at least 1. */
  readonly height: number;
}

/**
 * Cuts a rectangle out and resizes it to a square, as torchvision's `resized_crop` does with a Pillow image.
 *
 * @param image - the image to cut from; it is not changed.
 * @param box - the rectangle, which must lie within the image; one that is no square is stretched.
 * @param size - side of the result in pixels, 1 to 65,535.
 * @param options - the filter: "bilinear" (torchvision's for this function) unless told otherwise.
 * @returns a new image of `size` x `size` pixels.
 * @throws RsdixError INVALID_ARGUMENT when the rectangle is empty or leaves the image, for a size out of range or a filter that does not
 * exist; UNKNOWN_OPTION.
 * @example
 * ```ts
 * import { resizedCrop } from "@rsdix/image";
 * const image = { width: 4, height: 2, data: new Uint8Array(24).fill(7) };
 * const zoomed = resizedCrop(image, { left: 1, top: 0, width: 2, height: 2 }, 224);
 * if (zoomed.width !== 224 || zoomed.data[0] !== 7) throw new Error("expected a square of 224 pixels");
 * ```
 * @see https://pytorch.org/vision/stable/generated/torchvision.transforms.functional.resized_crop.html
 */
export function resizedCrop(image: RgbImage, box: CropBox, size: number, options: ResizeOptions = {}): RgbImage {
  checkImage(image);
  const { left, top, width, height } = box ?? fail("INVALID_ARGUMENT", `box must be { left, top, width, height }, got ${show(box)}.`);
  checkRange(size, "size", { min: 1, max: 65_535, integer: true }); // before the crop, which would be work for nothing
  return resize(crop(image, left, top, width, height), size, size, { filter: "bilinear", ...options });
}
