import { fail, show } from "@rsdix/internal";
import { adjustSharpness } from "./adjust-sharpness";
import { type AugmentOptions, type AugmentRange, checkAugmentOptions, RSDIX_AUGMENTATION } from "./augment-options";
import { colorJitter } from "./color-jitter";
import { flipHorizontal, flipVertical, rotate90 } from "./dihedral";
import { type CropBox, resizedCrop } from "./resized-crop";
import { checkImage, type RgbImage } from "./rgb-image";
import { rotate } from "./rotate";

/** Where `augment` draws from: the generator of `@rsdix/data`, or anything that gives numbers in [0, 1). */
export interface RandomSource {
  /** The next number, at least 0 and below 1. */
  next(): number;
}

/**
 * Changes an image at random, as training wants it. What is drawn depends on the generator and the options alone, and no step leaves a
 * bit to the machine: the same seed gives the same bytes in Node and in browsers.
 *
 * @param image - an image of any size; it is not changed.
 * @param random - where the draws come from, for example `createRandom(seed).fork(epoch).fork(index)` of `@rsdix/data`. How many numbers
 * are taken depends on the draws: give each image a fork of its own to repeat one alone.
 * @param options - what to do, and within which ranges; RSDiX's own augmentation (`RSDIX_AUGMENTATION`) unless told otherwise. Give one
 * name alone to do that alone: `{ rotation: { degrees: [0, 180] } }`.
 * @returns a new image, or `image` itself where the draw was to do nothing: its size is the input's, or `resizedCrop.size`.
 * @throws RsdixError INVALID_ARGUMENT for a range, a probability, a size or a filter that cannot be, when nothing is named, or when
 * `random` gives no numbers in [0, 1); INVALID_ARGUMENT or SHAPE_MISMATCH when `image` is not an RgbImage; UNKNOWN_OPTION.
 * @example
 * ```ts
 * import { createRandom } from "@rsdix/data";
 * import { augment, RSDIX_AUGMENTATION } from "@rsdix/image";
 * const image = { width: 256, height: 256, data: new Uint8Array(256 * 256 * 3) };
 * const augmented = augment(image, createRandom(1), { ...RSDIX_AUGMENTATION, probability: 1 });
 * if (augmented.width !== 224) throw new Error("expected a square of 224 pixels");
 * ```
 * @see https://pytorch.org/vision/stable/transforms.html
 */
export function augment(image: RgbImage, random: RandomSource, options: AugmentOptions = RSDIX_AUGMENTATION): RgbImage {
  checkImage(image);
  checkAugmentOptions(options);
  if (typeof random?.next !== "function") {
    fail("INVALID_ARGUMENT", `random must be a generator with next(), such as createRandom(seed) of @rsdix/data, got ${show(random)}.`);
  }
  const { probability = 1, rotation, horizontalFlip, verticalFlip, sharpness, colorJitter: jitter, resizedCrop: cropping } = options;
  if (draw(random) >= probability) return image;
  let result = image;
  if (rotation !== undefined) {
    const { degrees, ...filter } = rotation;
    result = rotate(result, drawFrom(degrees, random), filter);
  }
  result = flip(result, horizontalFlip, verticalFlip, random);
  if (sharpness !== undefined) result = adjustSharpness(result, drawFrom(sharpness, random));
  if (jitter !== undefined) {
    const first = draw(random) < 0.5 ? "brightness" : "saturation";
    const brightness = jitter.brightness && { brightness: drawFrom(jitter.brightness, random) };
    const saturation = jitter.saturation && { saturation: drawFrom(jitter.saturation, random) };
    result = colorJitter(result, { ...brightness, ...saturation, first });
  }
  if (cropping !== undefined) {
    const { scale, size, ...filter } = cropping;
    result = resizedCrop(result, drawSquare(result, scale, random), size, filter);
  }
  return result;
}

function flip(image: RgbImage, horizontal: number | undefined, vertical: number | undefined, random: RandomSource): RgbImage {
  const sideways = horizontal !== undefined && draw(random) < horizontal;
  const upright = vertical !== undefined && draw(random) < vertical;
  if (sideways && upright) return rotate90(image, 2); // the two flips in one pass
  return sideways ? flipHorizontal(image) : upright ? flipVertical(image) : image;
}

/** A square within the image whose area is a drawn share of the image's. */
function drawSquare({ width, height }: RgbImage, scale: AugmentRange, random: RandomSource): CropBox {
  // A share of a long image's area can be a square that is too high for it: a few tries, then the largest square in the middle.
  const tries = 10;
  for (let i = 0; i < tries; i++) {
    const side = Math.max(1, Math.round(Math.sqrt(width * height * drawFrom(scale, random))));
    if (side > width || side > height) continue;
    const top = Math.floor(draw(random) * (height - side + 1));
    const left = Math.floor(draw(random) * (width - side + 1));
    return { left, top, width: side, height: side };
  }
  const side = Math.min(width, height);
  return { left: Math.floor((width - side) / 2), top: Math.floor((height - side) / 2), width: side, height: side };
}

function drawFrom([min, max]: AugmentRange, random: RandomSource): number {
  return Math.min(max, min + (max - min) * draw(random));
}

/** Checked, as a generator that gives nothing else than NaN would silently never augment. */
function draw(random: RandomSource): number {
  const value = random.next();
  if (!(value >= 0 && value < 1)) fail("INVALID_ARGUMENT", `random.next() must give numbers from 0 to below 1, got ${show(value)}.`);
  return value;
}
