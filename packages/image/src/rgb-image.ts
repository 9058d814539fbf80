import { fail } from "@rsdix/internal";

/** An 8-bit RGB image in memory: what every function here takes and returns. Nothing here changes an image in place. */
export interface RgbImage {
  /** Columns, at least 1. */
  readonly width: number;
  /** Rows, at least 1. */
  readonly height: number;
  /** Red, green, blue of each pixel, row by row from the top left: `width * height * 3` bytes. */
  readonly data: Uint8Array;
}

/** Throws unless `image` is an `RgbImage` whose data fit its size. */
export function checkImage(image: RgbImage, name = "image"): void {
  const { width, height, data } = image ?? {};
  if (!(data instanceof Uint8Array)) {
    fail("INVALID_ARGUMENT", `${name} must be an RgbImage { width, height, data: Uint8Array }, got ${describe(image)}.`);
  }
  if (!Number.isInteger(width) || !Number.isInteger(height) || width < 1 || height < 1) {
    fail("INVALID_ARGUMENT", `${name} must be at least 1 pixel wide and high, got ${width} x ${height}.`);
  }
  if (data.length !== width * height * 3) {
    fail(
      "SHAPE_MISMATCH",
      `${name} of ${width} x ${height} pixels must have ${width * height * 3} bytes (RGB), got ${data.length}.${
        data.length === width * height * 4 ? " These look like RGBA: drop the fourth byte of each pixel." : ""
      }`,
    );
  }
}

function describe(value: unknown): string {
  if (typeof value !== "object" || value === null) return String(value);
  return `{ ${Object.keys(value).slice(0, 5).join(", ")} }`;
}
