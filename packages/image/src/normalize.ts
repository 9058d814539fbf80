import { checkOptions, fail, show } from "@rsdix/internal";
import { checkImage, type RgbImage } from "./rgb-image";

/** Red, green, blue. */
export type Rgb = readonly [number, number, number];

/**
 * The mean of red, green, blue (0 to 1) in CLIP's training images.
 *
 * @see https://huggingface.co/openai/clip-vit-base-patch32/blob/main/preprocessor_config.json
 */
export const CLIP_MEAN: Rgb = [0.48145466, 0.4578275, 0.40821073];

/**
 * The standard deviation of red, green, blue (0 to 1) in CLIP's training images.
 *
 * @see https://huggingface.co/openai/clip-vit-base-patch32/blob/main/preprocessor_config.json
 */
export const CLIP_STD: Rgb = [0.26862954, 0.26130258, 0.27577711];

/** Options of `normalize` and `toBatch`. */
export interface NormalizeOptions {
  /** What is subtracted from each channel, on the scale 0 to 1; CLIP's mean unless told otherwise. */
  readonly mean?: Rgb;
  /** What each channel is divided by afterwards, above 0; CLIP's standard deviation unless told otherwise. */
  readonly std?: Rgb;
}

/**
 * Scales an image's bytes to 0..1, subtracts the mean, divides by the standard deviation, and puts the channels first.
 * The arithmetic is that of transformers' CLIPImageProcessor, bit for bit.
 *
 * @param image - the image.
 * @param options - `mean` and `std` a channel; CLIP's unless told otherwise.
 * @returns float32 values of shape [3, height, width]: all of red, then all of green, then all of blue.
 * @throws RsdixError INVALID_ARGUMENT when mean or std are not three finite numbers, or a std is not above 0; UNKNOWN_OPTION.
 * @example
 * ```ts
 * import { normalize } from "@rsdix/image";
 * const values = normalize({ width: 1, height: 1, data: Uint8Array.of(0, 255, 51) }, { mean: [0, 0, 0], std: [1, 1, 0.5] });
 * if (Math.abs(values[2] - 0.4) > 1e-6) throw new Error(`expected 0.4, got ${values[2]}`);
 * ```
 * @see https://huggingface.co/docs/transformers/model_doc/clip#transformers.CLIPImageProcessor
 */
export function normalize(image: RgbImage, options: NormalizeOptions = {}): Float32Array {
  return toBatch([image], options);
}

/**
 * Normalises images of one size into one batch, ready for `tf.tensor4d(values, [n, 3, height, width])`.
 *
 * @param images - at least one image, all of the same size.
 * @param options - `mean` and `std` a channel; CLIP's unless told otherwise.
 * @returns float32 values of shape [n, 3, height, width].
 * @throws RsdixError EMPTY_DATA without images; SHAPE_MISMATCH naming the first image of another size; INVALID_ARGUMENT for what is no list, and as in
 * `normalize`.
 * @example
 * ```ts
 * import { toBatch } from "@rsdix/image";
 * const black = { width: 2, height: 2, data: new Uint8Array(12) };
 * const values = toBatch([black, black], { mean: [0.5, 0.5, 0.5], std: [0.5, 0.5, 0.5] });
 * if (values.length !== 24 || values[0] !== -1) throw new Error("expected 24 values of -1");
 * ```
 * @see https://huggingface.co/docs/transformers/model_doc/clip#transformers.CLIPImageProcessor
 */
export function toBatch(images: readonly RgbImage[], options: NormalizeOptions = {}): Float32Array {
  checkOptions(options, ["mean", "std"], "normalize");
  return packChannels(images, lookupTables(options.mean ?? CLIP_MEAN, options.std ?? CLIP_STD));
}

/** Images of one size as [n, 3, height, width], each byte replaced by its channel's table. */
export function packChannels(images: readonly RgbImage[], tables: readonly Float32Array[]): Float32Array {
  if (!Array.isArray(images)) fail("INVALID_ARGUMENT", `images must be a list of images, got ${show(images)}.`);
  const first: RgbImage = images[0] ?? fail("EMPTY_DATA", "A batch needs at least one image, got an empty list.");
  checkImage(first, "images[0]");
  const pixels = first.width * first.height;
  const out = new Float32Array(images.length * 3 * pixels);
  images.forEach((image, index) => {
    checkImage(image, `images[${index}]`);
    if (image.width !== first.width || image.height !== first.height) {
      fail(
        "SHAPE_MISMATCH",
        `All images of a batch must have the same size: images[0] has ${first.width} x ${first.height} pixels, ` +
          `images[${index}] has ${image.width} x ${image.height}. Resize them first.`,
      );
    }
    packImage(image, tables, out, index * 3 * pixels);
  });
  return out;
}

/** One image, written to `out` from `start` on. */
export function packImage({ data }: RgbImage, tables: readonly Float32Array[], out: Float32Array, start: number): void {
  const [red, green, blue] = tables as [Float32Array, Float32Array, Float32Array];
  const pixels = data.length / 3;
  const greens = start + pixels;
  const blues = greens + pixels;
  for (let pixel = 0, source = 0; pixel < pixels; pixel++, source += 3) {
    out[start + pixel] = red[data[source]!]!;
    out[greens + pixel] = green[data[source + 1]!]!;
    out[blues + pixel] = blue[data[source + 2]!]!;
  }
}

/** A byte has 256 values, so the arithmetic (rounded to float32 after each step, as numpy does) is done 256 times a channel. */
function lookupTables(mean: Rgb, std: Rgb): Float32Array[] {
  checkRgb(mean, "mean");
  checkRgb(std, "std");
  if (std.some((value) => !(value > 0))) fail("INVALID_ARGUMENT", `std must be above 0 in each channel, got [${std.join(", ")}].`);
  return [0, 1, 2].map((channel) =>
    Float32Array.from({ length: 256 }, (_, byte) => {
      const centered = Math.fround(Math.fround(byte * (1 / 255)) - Math.fround(mean[channel]!));
      return centered / Math.fround(std[channel]!);
    }),
  );
}

function checkRgb(value: Rgb, name: string): void {
  if (!Array.isArray(value) || value.length !== 3 || !value.every((item) => Number.isFinite(item))) {
    fail("INVALID_ARGUMENT", `${name} must be three finite numbers (red, green, blue), got ${JSON.stringify(value)}.`);
  }
}
