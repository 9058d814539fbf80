import { checkOptions, checkRange, fail, show } from "@rsdix/internal";
import type { ResizeOptions } from "./resize";
import { resizedCrop } from "./resized-crop";
import { type RotateOptions, rotate } from "./rotate";

/** The smallest and the largest value that is drawn, each as likely as any between them. */
export type AugmentRange = readonly [min: number, max: number];

/** What `augment` does to an image: only what is named here, in this order. A plain object, so that a worker can be sent it. */
export interface AugmentOptions {
  /** How likely an image is augmented at all: by everything that is named, or by nothing. 1 unless told otherwise. */
  readonly probability?: number;
  /** `rotate` by an angle in degrees from this range. */
  readonly rotation?: { readonly degrees: AugmentRange } & RotateOptions;
  /** How likely `flipHorizontal` is, 0 to 1, where the image is augmented. */
  readonly horizontalFlip?: number;
  /** How likely `flipVertical` is, 0 to 1, where the image is augmented. */
  readonly verticalFlip?: number;
  /** `adjustSharpness` by a factor from this range. */
  readonly sharpness?: AugmentRange;
  /** `colorJitter` by factors from these ranges; which comes first is drawn too. */
  readonly colorJitter?: { readonly brightness?: AugmentRange; readonly saturation?: AugmentRange };
  /** `resizedCrop` of a square whose share of the image's area is in `scale`, at a drawn place, to a square of `size` pixels. */
  readonly resizedCrop?: { readonly scale: AugmentRange; readonly size: number } & ResizeOptions;
}

/**
 * The augmentation that RSDiX was trained with: half of the images, by all six. Spread it to change one:
 * `{ ...RSDIX_AUGMENTATION, probability: 1 }`.
 *
 * @example
 * ```ts
 * import { RSDIX_AUGMENTATION } from "@rsdix/image";
 * if (RSDIX_AUGMENTATION.resizedCrop?.size !== 224) throw new Error("CLIP's B/32 sees 224 pixels");
 * ```
 * @see https://github.com/NeuRoNeLab/RSDiX-CLIP
 */
export const RSDIX_AUGMENTATION: AugmentOptions = {
  probability: 0.5,
  rotation: { degrees: [0, 180] },
  horizontalFlip: 1,
  verticalFlip: 1,
  sharpness: [0.75, 2],
  colorJitter: { brightness: [0.5, 1.1], saturation: [0.65, 1.1] },
  resizedCrop: { scale: [0.6, 1], size: 224 },
};

const AUGMENTATIONS = ["rotation", "horizontalFlip", "verticalFlip", "sharpness", "colorJitter", "resizedCrop"] as const;

const PIXEL = { width: 1, height: 1, data: new Uint8Array(3) };

/** Throws on options of `augment` that cannot be followed: at the first image, not at the first that is augmented. */
export function checkAugmentOptions(options: AugmentOptions): void {
  checkOptions(options, ["probability", ...AUGMENTATIONS], "augment");
  const { probability, rotation, horizontalFlip, verticalFlip, sharpness, colorJitter, resizedCrop: cropping } = options;
  if (AUGMENTATIONS.every((name) => options[name] === undefined)) {
    fail("INVALID_ARGUMENT", `augment's options name nothing to do: give at least one of ${AUGMENTATIONS.join(", ")}.`);
  }
  for (const [name, value] of Object.entries({ probability, horizontalFlip, verticalFlip })) {
    if (value !== undefined) checkRange(value, name, { min: 0, max: 1 });
  }
  if (rotation !== undefined) {
    const { degrees, ...filter } = checkOptions(rotation, ["degrees", "filter"], "augment's rotation");
    checkDrawRange(degrees, "rotation.degrees", {});
    rotate(PIXEL, 0, filter); // says which filters there are
  }
  if (sharpness !== undefined) checkDrawRange(sharpness, "sharpness", { min: 0 });
  if (colorJitter !== undefined) {
    const { brightness, saturation } = checkOptions(colorJitter, ["brightness", "saturation"], "augment's colorJitter");
    if (brightness === undefined && saturation === undefined) {
      fail("INVALID_ARGUMENT", "augment's colorJitter must have a range of brightness, saturation or both.");
    }
    if (brightness !== undefined) checkDrawRange(brightness, "colorJitter.brightness", { min: 0 });
    if (saturation !== undefined) checkDrawRange(saturation, "colorJitter.saturation", { min: 0 });
  }
  if (cropping !== undefined) {
    const { scale, size, ...filter } = checkOptions(cropping, ["scale", "size", "filter"], "augment's resizedCrop");
    checkDrawRange(scale, "resizedCrop.scale", { min: 0, max: 1 });
    checkRange(size, "resizedCrop.size", { min: 1, max: 65_535, integer: true });
    resizedCrop(PIXEL, { left: 0, top: 0, width: 1, height: 1 }, 1, filter);
  }
}

function checkDrawRange(range: AugmentRange, name: string, bounds: { min?: number; max?: number }): void {
  if (!Array.isArray(range) || range.length !== 2) fail("INVALID_ARGUMENT", `${name} must be [smallest, largest], got ${show(range)}.`);
  checkRange(range[0], `${name}[0]`, bounds);
  checkRange(range[1], `${name}[1]`, bounds);
  if (range[0] > range[1]) fail("INVALID_ARGUMENT", `${name} must be [smallest, largest], got [${range.join(", ")}].`);
}
