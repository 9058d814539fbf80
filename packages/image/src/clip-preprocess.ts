import { checkOptions, checkRange } from "@rsdix/internal";
import { type NormalizeOptions, normalize } from "./normalize";
import { resizePart } from "./resize";
import { checkImage, type RgbImage } from "./rgb-image";

/** The longest line that common image formats can hold, as `resize` has it; models see 1,024 pixels at most. */
const MAX_SIZE = 65_535;

/** Options of `clipPreprocess`. */
export interface ClipPreprocessOptions extends NormalizeOptions {
  /** Side of the square that the model sees, in pixels: 224 for CLIP ViT-B/32, 336 for ViT-L/14-336. */
  readonly size: number;
}

/**
 * An image as CLIP wants it: the shorter side resized to `size` (bicubic), the middle square, scaled to 0..1, normalised.
 * Equal to transformers' `CLIPImageProcessor`, bit for bit.
 *
 * @param image - an image of any size.
 * @param options - `size` of the square in pixels; `mean` and `std` a channel, CLIP's unless told otherwise.
 * @returns float32 values of shape [3, size, size].
 * @throws RsdixError INVALID_ARGUMENT for a size out of range; UNKNOWN_OPTION.
 * @example
 * ```ts
 * import { clipPreprocess } from "@rsdix/image";
 * const values = clipPreprocess({ width: 40, height: 30, data: new Uint8Array(3600) }, { size: 24 });
 * if (values.length !== 3 * 24 * 24) throw new Error(`expected 1728 values, got ${values.length}`);
 * ```
 * @see Radford et al., "Learning transferable visual models from natural language supervision", https://arxiv.org/abs/2103.00020
 */
export function clipPreprocess(image: RgbImage, options: ClipPreprocessOptions): Float32Array {
  checkImage(image);
  const { size, ...statistics } = checkOptions(options, ["size", "mean", "std"], "clipPreprocess");
  checkRange(size, "size", { min: 1, max: MAX_SIZE, integer: true });
  const shorter = Math.min(image.width, image.height);
  const width = Math.floor((size * image.width) / shorter);
  const height = Math.floor((size * image.height) / shorter);
  const square = { left: Math.floor((width - size) / 2), top: Math.floor((height - size) / 2), width: size, height: size };
  return normalize(resizePart(image, { width, height }, square, "bicubic"), statistics);
}
