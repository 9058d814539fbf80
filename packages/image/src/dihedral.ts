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
 * @see https://pytorch.org/vision/stable/generated/torchvision.transforms.functional.hflip.html
 */
export function flipHorizontal(image: RgbImage): RgbImage {
  checkImage(image);
  const { width: w, height: h } = image;
  return rearrange(image, w, h, w - 1, -1, w);
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
 * @see https://pytorch.org/vision/stable/generated/torchvision.transforms.functional.vflip.html
 */
export function flipVertical(image: RgbImage): RgbImage {
  checkImage(image);
  const { width: w, height: h } = image;
  return rearrange(image, w, h, (h - 1) * w, 1, -w);
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
 * @see https://numpy.org/doc/stable/reference/generated/numpy.rot90.html
 */
export function rotate90(image: RgbImage, quarterTurns: number): RgbImage {
  checkRange(quarterTurns, "quarterTurns", { integer: true });
  checkImage(image);
  const { width: w, height: h } = image;
  switch (((quarterTurns % 4) + 4) % 4) {
    case 1:
      return rearrange(image, h, w, w - 1, w, -1);
    case 2:
      return rearrange(image, w, h, h * w - 1, -1, -w);
    case 3:
      return rearrange(image, h, w, (h - 1) * w, -w, 1);
    default:
      return { width: w, height: h, data: image.data.slice() };
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
 * @see Cohen and Welling, "Group equivariant convolutional networks", https://arxiv.org/abs/1602.07576 (the rotations and mirrorings of the group p4m)
 */
export function dihedral(image: RgbImage, symmetry: number): RgbImage {
  checkRange(symmetry, "symmetry", { min: 0, max: 7, integer: true });
  return rotate90(symmetry < 4 ? image : flipHorizontal(image), symmetry % 4);
}

/** A new image whose pixel (x, y) is the source's pixel number `start + x * stepX + y * stepY`. */
function rearrange(image: RgbImage, width: number, height: number, start: number, stepX: number, stepY: number): RgbImage {
  const { data: source } = image;
  const data = new Uint8Array(source.length);
  const step = stepX * 3;
  for (let y = 0, target = 0; y < height; y++) {
    let from = (start + y * stepY) * 3;
    for (let x = 0; x < width; x++, target += 3, from += step) {
      data[target] = source[from]!;
      data[target + 1] = source[from + 1]!;
      data[target + 2] = source[from + 2]!;
    }
  }
  return { width, height, data };
}
