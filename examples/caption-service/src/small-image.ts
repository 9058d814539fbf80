import { ImageProcessor, type RgbImage, readImageSize } from "@rsdix/image";
import { decodeImage } from "@rsdix/image/node";
import { refuse } from "./service-error";

/** A file to decode, and what it is to become. */
export interface ImageJob {
  readonly bytes: Uint8Array;
  /** What to call it in an error. */
  readonly name: string;
  /** How many pixels it may have. */
  readonly maxPixels: number;
  /** How the model wants it, as `ImageProcessor.toJson` gives it. */
  readonly processor: Record<string, unknown>;
}

/** How many times as long as it is wide an image may be: brought to the model's size, an endless strip is more than memory holds. */
const MAX_RATIO = 1000;

/** Decodes an image and brings it to the model's size. */
export async function smallImage({ bytes, name, maxPixels, processor }: ImageJob): Promise<RgbImage> {
  const size = readImageSize(bytes);
  if (size && size.width * size.height > maxPixels) tooManyPixels(name, maxPixels, `${size.width} x ${size.height}`);
  if (size) checkRatio(size, name);
  const image = await decodeImage(bytes, { maxPixels, orientation: "exif" }).catch((error) => badImage(error, name, maxPixels));
  checkRatio(image, name); // the header may have lied
  return ImageProcessor.fromConfig(processor).toRgb(image);
}

function badImage(error: { code?: string; message: string }, name: string, maxPixels: number): never {
  if (error.code === "FILE_TOO_LARGE") tooManyPixels(name, maxPixels, "more");
  if (error.code !== "FILE_CORRUPT") throw error;
  return refuse(
    422,
    "NOT_AN_IMAGE",
    error.message
      .replace(/^The image in memory/, name)
      .replace(/: fetch it again\.$/, ".")
      .replace(/, heif\.$/, ", avif."),
  );
}

function tooManyPixels(name: string, most: number, got: string): never {
  return refuse(413, "TOO_MANY_PIXELS", `${name} has ${got} pixels, at most ${most} are taken: send it smaller, or cut it.`);
}

function checkRatio({ width, height }: { width: number; height: number }, name: string): void {
  if (Math.max(width, height) <= MAX_RATIO * Math.min(width, height)) return;
  refuse(
    422,
    "IMAGE_TOO_NARROW",
    `${name} has ${width} x ${height} pixels: one side may have at most ${MAX_RATIO} times those of the other.`,
  );
}
