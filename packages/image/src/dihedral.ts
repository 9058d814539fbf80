import { checkRange } from "@rsdix/internal";
import { checkImage, type RgbImage } from "./rgb-image";

/**
 * Mirrors an image left to right.
 *
 * @param image - the image to mirror; it is not changed.
 * @returns a new image of the same size.
 * @throws RsdixError INVALID_ARGUMENT or SHAPE_MISMATCH when `image` is not an RgbImage.
 * @example
 * ```ts
 * import { flipHorizontal } from "@rsdix/image";
 * const image = { width: 2, height: 1, data: Uint8Array.of(1, 2, 3, 4, 5, 6) };
 * if (flipHorizontal(image).data.join() !== "4,5,6,1,2,3") throw new Error("expected the pixels to swap");
 * ```
 */
export function flipHorizontal(image: RgbImage): RgbImage {
  return rearrange(image, image?.width, image?.height, (x, y) => y * image.width + (image.width - 1 - x));
}

/**
 * Mirrors an image top to bottom.
 *
 * @param image - the image to mirror; it is not changed.
 * @returns a new image of the same size.
 * @throws RsdixError INVALID_ARGUMENT or SHAPE_MISMATCH when `image` is not an RgbImage.
 * @example
 * ```ts
 * import { flipVertical } from "@rsdix/image";
 * const image = { width: 1, height: 2, data: Uint8Array.of(1, 2, 3, 4, 5, 6) };
 * if (flipVertical(image).data.join() !== "4,5,6,1,2,3") throw new Error("expected the pixels to swap");
 * ```
 */
export function flipVertical(image: RgbImage): RgbImage {
  return rearrange(image, image?.width, image?.height, (x, y) => (image.height - 1 - y) * image.width + x);
}

/**
 * Turns an image by quarter turns counter-clockwise, as Pillow's `rotate(90, expand=True)` and numpy's `rot90` do.
 *
 * @param image - the image to turn; it is not changed.
 * @param quarterTurns - how many quarter turns: any whole number, negative for clockwise.
 * @returns a new image; width and height change places when `quarterTurns` is odd.
 * @throws RsdixError INVALID_ARGUMENT when `quarterTurns` is not a whole number.
 * @example
 * ```ts
 * import { rotate90 } from "@rsdix/image";
 * const image = { width: 2, height: 1, data: Uint8Array.of(1, 2, 3, 4, 5, 6) };
 * const turned = rotate90(image, 1);
 * if (turned.width !== 1 || turned.data[0] !== 4) throw new Error("expected the right pixel on top");
 * ```
 */
export function rotate90(image: RgbImage, quarterTurns: number): RgbImage {
  checkRange(quarterTurns, "quarterTurns", { integer: true });
  const { width: w, height: h } = image ?? {};
  switch (((quarterTurns % 4) + 4) % 4) {
    case 1:
      return rearrange(image, h, w, (x, y) => x * w + (w - 1 - y));
    case 2:
      return rearrange(image, w, h, (x, y) => (h - 1 - y) * w + (w - 1 - x));
    case 3:
      return rearrange(image, h, w, (x, y) => (h - 1 - x) * w + y);
    default:
      return rearrange(image, w, h, (x, y) => y * w + x);
  }
}

/**
 * One of the eight symmetries of the square: the augmentation that costs no interpolation, and that suits imagery seen from above.
 *
 * @param image - the image to transform; it is not changed.
 * @param symmetry - 0 to 3: that many quarter turns counter-clockwise; 4 to 7: mirrored left to right, then `symmetry - 4` quarter turns.
 * @returns a new image; width and height change places when `symmetry` is odd.
 * @throws RsdixError INVALID_ARGUMENT when `symmetry` is not a whole number from 0 to 7.
 * @example
 * ```ts
 * import { dihedral } from "@rsdix/image";
 * const image = { width: 2, height: 2, data: Uint8Array.from({ length: 12 }, (_, i) => i) };
 * const augmented = dihedral(image, Math.floor(Math.random() * 8));
 * if (augmented.data.length !== 12) throw new Error("expected the same pixels in another order");
 * ```
 */
export function dihedral(image: RgbImage, symmetry: number): RgbImage {
  checkRange(symmetry, "symmetry", { min: 0, max: 7, integer: true });
  return rotate90(symmetry < 4 ? image : flipHorizontal(image), symmetry % 4);
}

/** A new image whose pixel (x, y) is the source's pixel number `source(x, y)`. */
function rearrange(image: RgbImage, width: number, height: number, source: (x: number, y: number) => number): RgbImage {
  checkImage(image);
  const data = new Uint8Array(image.data.length);
  let target = 0;
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++, target += 3) {
      const from = source(x, y) * 3;
      data[target] = image.data[from]!;
      data[target + 1] = image.data[from + 1]!;
      data[target + 2] = image.data[from + 2]!;
    }
  }
  return { width, height, data };
}
