import { fail, show } from "@rsdix/internal";
import { FILTERS, type ImageProcessorConfig, readProcessorConfig } from "./image-processor-config";
import { packChannels, packImage } from "./normalize";
import { resizePart } from "./resize";
import { checkImage, type RgbImage } from "./rgb-image";

/**
 * Images as a model wants them, by the file that comes with its weights: `preprocessor_config.json` of transformers (CLIP, SigLIP) or
 * `open_clip_config.json`. Resizing, cutting and arithmetic are those of transformers' processors on Pillow, bit for bit.
 *
 * @example
 * ```ts
 * import { ImageProcessor } from "@rsdix/image";
 *
 * const processor = ImageProcessor.fromConfig({ image_processor_type: "SiglipImageProcessor", size: { height: 32, width: 32 } });
 * const image = { width: 40, height: 30, data: new Uint8Array(3600) };
 * const pixels = processor.process([image, image]); // float32 [2, 3, 32, 32]
 * if (pixels.length !== 2 * 3 * 32 * 32 || pixels[0] !== -1) throw new Error("black is -1 for SigLIP");
 * ```
 * @see https://huggingface.co/docs/transformers/main_classes/image_processor
 */
export class ImageProcessor {
  /** A table for each channel: a byte has 256 values, so that the arithmetic is done 256 times. */
  private readonly tables: readonly Float32Array[];

  private constructor(
    /** What is done, as the file says. */
    readonly config: ImageProcessorConfig,
  ) {
    this.tables = [0, 1, 2].map((channel) => Float32Array.from({ length: 256 }, (_, byte) => normalized(byte, channel, config)));
  }

  /**
   * Sets a processor up.
   *
   * @param json - `preprocessor_config.json` or `open_clip_config.json`: its text, or the parsed object.
   * @returns the processor.
   * @throws RsdixError FILE_CORRUPT for a processor that isn't known, a setting that isn't, or a value out of range, saying which are;
   * FILE_TOO_LARGE.
   */
  static fromConfig(json: unknown): ImageProcessor {
    return new ImageProcessor(readProcessorConfig(json));
  }

  /**
   * Resizes, cuts, scales and normalises.
   *
   * @param images - at least one image; of any sizes, unless the configuration makes none the same.
   * @returns float32 values of shape [n, 3, height, width].
   * @throws RsdixError EMPTY_DATA without images; INVALID_ARGUMENT when one is no `RgbImage`, or so long that the result, where it isn't cut, would
   * pass 65,535 pixels a side; SHAPE_MISMATCH when they differ in size after all.
   */
  process(images: readonly RgbImage[]): Float32Array {
    if (!Array.isArray(images)) fail("INVALID_ARGUMENT", "process takes an array of images.");
    return packChannels(
      images.map((image) => this.toRgb(image)),
      this.tables,
    );
  }

  /**
   * The 8-bit part alone: resizes and cuts.
   *
   * @param image - an image of any size; it is not changed.
   * @returns what the model sees, before scaling; the image itself where there is nothing to do.
   * @throws RsdixError INVALID_ARGUMENT as `process`.
   */
  toRgb(image: RgbImage): RgbImage {
    checkImage(image);
    const size = this.sizeFor(image) ?? image;
    const wanted = this.config.crop ?? size;
    if (isOf(image, size) && isOf(size, wanted)) return image;
    const [across, down] = [overlap(size.width, wanted.width), overlap(size.height, wanted.height)];
    const part = { left: across.from, top: down.from, width: across.length, height: down.length };
    const middle = resizePart(image, size, part, this.config.filter);
    return isOf(middle, wanted) ? middle : padded(middle, wanted, across.to, down.to);
  }

  /**
   * The arithmetic alone: scales and normalises an image that is resized and cut already, as `toRgb` gives it.
   *
   * @param image - an image; it is not changed.
   * @param into - where the values go, of 3 * height * width numbers: an image's part of a batch. A new array unless told otherwise.
   * @returns float32 values of shape [3, height, width]: `into`, where it is given.
   * @throws RsdixError INVALID_ARGUMENT or SHAPE_MISMATCH when it is no `RgbImage`, or `into` has another length.
   */
  normalize(image: RgbImage, into?: Float32Array): Float32Array {
    checkImage(image);
    const values = into ?? new Float32Array(image.data.length);
    if (!(values instanceof Float32Array) || values.length !== image.data.length) {
      fail("SHAPE_MISMATCH", `into must be a Float32Array of ${image.data.length} numbers, got ${values?.length ?? show(values)}.`);
    }
    packImage(image, this.tables, values, 0);
    return values;
  }

  /**
   * The processor as a `preprocessor_config.json` that transformers reads too, and `fromConfig` makes the same of: to send it to a worker, to save it, to
   * name a cache by it.
   *
   * @returns the parsed object.
   */
  toJson(): Record<string, unknown> {
    const { resize: to, filter, crop, scale, mean, std } = this.config;
    return {
      image_processor_type: "CLIPImageProcessor",
      do_resize: to !== undefined,
      ...(to && { size: "shorter" in to ? { shortest_edge: to.shorter } : { height: to.height, width: to.width } }),
      resample: FILTERS.indexOf(filter),
      do_center_crop: crop !== undefined,
      ...(crop && { crop_size: { height: crop.height, width: crop.width } }),
      do_rescale: scale !== 1,
      rescale_factor: scale,
      do_normalize: mean !== undefined,
      ...(mean && { image_mean: [...mean] }),
      ...(std && { image_std: [...std] }),
    };
  }

  private sizeFor({ width, height }: RgbImage): { width: number; height: number } | undefined {
    const to = this.config.resize;
    if (!to || "width" in to) return to;
    const longer = Math.trunc((to.shorter * Math.max(width, height)) / Math.min(width, height));
    return width <= height ? { width: to.shorter, height: longer } : { width: longer, height: to.shorter };
  }
}

function isOf(image: { width: number; height: number }, { width, height }: { width: number; height: number }): boolean {
  return image.width === width && image.height === height;
}

/** Rounded to float32 after each step, as numpy does. */
function normalized(byte: number, channel: number, { scale, mean, std }: ImageProcessorConfig): number {
  const scaled = Math.fround(byte * scale);
  if (!mean || !std) return scaled;
  return Math.fround(scaled - Math.fround(mean[channel]!)) / Math.fround(std[channel]!);
}

/** An image with black around it. */
function padded(image: RgbImage, { width, height }: { width: number; height: number }, left: number, top: number): RgbImage {
  const data = new Uint8Array(width * height * 3);
  const line = image.width * 3;
  for (let y = 0; y < image.height; y++) data.set(image.data.subarray(y * line, (y + 1) * line), ((top + y) * width + left) * 3);
  return { width, height, data };
}

/** Which pixels of a line of `has` go where in a line of `wants`: the middle, half a pixel up and left where it can't be central. */
function overlap(has: number, wants: number): { from: number; to: number; length: number } {
  const from = Math.max(0, Math.floor((has - wants) / 2));
  const to = Math.max(0, Math.floor((wants - has) / 2));
  return { from, to, length: Math.min(has, wants) };
}
