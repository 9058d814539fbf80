import { checkOptions, fail } from "@rsdix/internal";
import { adjustBrightness } from "./adjust-brightness";
import { adjustSaturation } from "./adjust-saturation";
import { checkImage, type RgbImage } from "./rgb-image";

/** Options of `colorJitter`. */
export interface ColorJitterOptions {
  /** Factor of `adjustBrightness`; without it the brightness stays. */
  readonly brightness?: number;
  /** Factor of `adjustSaturation`; without it the saturation stays. */
  readonly saturation?: number;
  /** Which is changed first, "brightness" unless told otherwise: the results differ where values are cut off at 255. */
  readonly first?: "brightness" | "saturation";
}

/**
 * Changes brightness and saturation, one after the other, as torchvision's `ColorJitter` does once it has drawn its factors and their
 * order.
 *
 * @param image - the image; it is not changed.
 * @param options - `brightness`, `saturation` (each a factor of at least 0, 1 changes nothing) and which comes `first`.
 * @returns a new image of the same size.
 * @throws RsdixError INVALID_ARGUMENT for a factor below 0, without any factor, or for a `first` that does not exist; INVALID_ARGUMENT or
 * SHAPE_MISMATCH when `image` is not an RgbImage; UNKNOWN_OPTION.
 * @example
 * ```ts
 * import { colorJitter } from "@rsdix/image";
 * const image = { width: 1, height: 1, data: Uint8Array.of(200, 100, 100) };
 * const dimmed = colorJitter(image, { brightness: 0.5, saturation: 0 });
 * if (dimmed.data.join() !== "65,65,65") throw new Error(`expected a dark grey, got ${dimmed.data}`);
 * ```
 * @see https://pytorch.org/vision/stable/generated/torchvision.transforms.ColorJitter.html
 */
export function colorJitter(image: RgbImage, options: ColorJitterOptions): RgbImage {
  checkImage(image);
  checkOptions(options, ["brightness", "saturation", "first"], "colorJitter");
  const { brightness, saturation, first = "brightness" } = options ?? {};
  if (brightness === undefined && saturation === undefined) {
    fail("INVALID_ARGUMENT", "colorJitter needs brightness, saturation or both: without a factor it has nothing to change.");
  }
  if (first !== "brightness" && first !== "saturation") {
    fail("INVALID_ARGUMENT", `first must be "brightness" or "saturation", got "${String(first)}".`);
  }
  const steps = [
    (before: RgbImage) => (brightness === undefined ? before : adjustBrightness(before, brightness)),
    (before: RgbImage) => (saturation === undefined ? before : adjustSaturation(before, saturation)),
  ];
  if (first === "saturation") steps.reverse();
  return steps.reduce((before, step) => step(before), image);
}
