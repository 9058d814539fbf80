import { checkOptions, checkRange, fail } from "@rsdix/internal";

/** Options of `decodeImage`: the same in Node and in the browser. */
export interface DecodeOptions {
  /** The most pixels that an image may have; 134,217,728 unless told otherwise. */
  readonly maxPixels?: number;
  /** What to do with the orientation that cameras write into EXIF: `"ignore"` (as Pillow's `open` does), unless told `"exif"`, which applies it. */
  readonly orientation?: "ignore" | "exif";
  /** Accept what the decoder can repair (such as stray bytes in a JPEG), though never a truncated file; false unless told otherwise. */
  readonly tolerant?: boolean;
}

// A full Sentinel-2 tile (10,980 x 10,980) fits; a decompression bomb that would ask for more than 400 MB of RGB does not.
const MAX_PIXELS = 2 ** 27;

/** The options with their defaults, or an error. */
export function resolveDecodeOptions(options: DecodeOptions): Required<DecodeOptions> {
  checkOptions(options, ["maxPixels", "orientation", "tolerant"], "decodeImage");
  const { maxPixels = MAX_PIXELS, orientation = "ignore", tolerant = false } = options;
  checkRange(maxPixels, "maxPixels", { min: 1, max: Number.MAX_SAFE_INTEGER, integer: true });
  if (orientation !== "ignore" && orientation !== "exif") {
    fail("INVALID_ARGUMENT", `orientation must be "ignore" or "exif", got ${JSON.stringify(orientation)}.`);
  }
  if (typeof tolerant !== "boolean") fail("INVALID_ARGUMENT", `tolerant must be true or false, got ${JSON.stringify(tolerant)}.`);
  return { maxPixels, orientation, tolerant };
}

/** Throws where an image announces more pixels than it may have: before any of them is decoded. */
export function checkPixelCount(width: number, height: number, maxPixels: number, name: string): void {
  if (width * height <= maxPixels) return;
  fail(
    "FILE_TOO_LARGE",
    `${name} has ${width} x ${height} pixels, more than the limit of ${maxPixels}. ` +
      "Cut it into patches, or give a larger maxPixels if you trust the file.",
  );
}
