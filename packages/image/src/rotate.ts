import { checkOptions, checkRange, fail, mix } from "@rsdix/internal";
import { rotate90 } from "./dihedral";
import { checkImage, type RgbImage } from "./rgb-image";
import { sinCos } from "./sin-cos";

/** Options of `rotate`. */
export interface RotateOptions {
  /** How pixels between source pixels are read: "nearest" (torchvision's default) unless told otherwise, or "bilinear". */
  readonly filter?: "nearest" | "bilinear";
}

/**
 * Turns an image about its centre by any angle, as torchvision's `rotate` does with a Pillow image. The size stays: corners that turn out
 * of the image are lost, and what turns in from outside is black.
 *
 * @param image - the image to turn; it is not changed.
 * @param degrees - the angle, counter-clockwise; any finite number.
 * @param options - the filter: "nearest" (default) or "bilinear".
 * @returns a new image of the same size.
 * @throws RsdixError INVALID_ARGUMENT for an angle that is no finite number or a filter that does not exist; INVALID_ARGUMENT or
 * SHAPE_MISMATCH when `image` is not an RgbImage; UNKNOWN_OPTION.
 * @example
 * ```ts
 * import { rotate } from "@rsdix/image";
 * const image = { width: 3, height: 1, data: Uint8Array.of(1, 1, 1, 2, 2, 2, 3, 3, 3) };
 * const turned = rotate(image, 90); // only the middle stays within the image
 * if (turned.data.join() !== "0,0,0,2,2,2,0,0,0") throw new Error(`got ${turned.data}`);
 * ```
 * @see https://pytorch.org/vision/stable/generated/torchvision.transforms.functional.rotate.html
 */
export function rotate(image: RgbImage, degrees: number, options: RotateOptions = {}): RgbImage {
  checkImage(image);
  checkRange(degrees, "degrees", {});
  checkOptions(options, ["filter"], "rotate");
  const { filter = "nearest" } = options;
  if (filter !== "nearest" && filter !== "bilinear") {
    fail("INVALID_ARGUMENT", `filter must be "nearest" or "bilinear", got "${String(filter)}".`);
  }
  const { width, height } = image;
  const angle = ((degrees % 360) + 360) % 360;
  if (angle % 180 === 0 || (angle % 90 === 0 && width === height)) return rotate90(image, angle / 90);

  const { sin, cos } = sinCos(angle);
  // Where the result's (0, 0) comes from, when the centre stays where it is.
  const left = cos * (-width / 2) - sin * (-height / 2) + width / 2;
  const top = sin * (-width / 2) + cos * (-height / 2) + height / 2;
  const data = new Uint8Array(image.data.length);
  if (filter === "nearest") rotateNearest(image, data, { sin, cos, left, top });
  else rotateBilinear(image, data, { sin, cos, left, top });
  return { width, height, data };
}

/** The result's pixel at (x, y) is read at (left + cos x - sin y, top + sin x + cos y). */
interface Turn {
  readonly sin: number;
  readonly cos: number;
  readonly left: number;
  readonly top: number;
}

function rotateNearest({ width, height, data: source }: RgbImage, data: Uint8Array, { sin, cos, left, top }: Turn): void {
  // Pillow walks in 16-bit fixed point where the corners' places fit it, and its rounding decides which pixel is nearest.
  const fits = [0, height].every((y) =>
    [0, width].every((x) => Math.abs(left + cos * x - sin * y) < 32_768 && Math.abs(top + sin * x + cos * y) < 32_768),
  );
  const unit = fits ? 65_536 : 1;
  const pixel = 1 / unit;
  const fixed = (value: number) => (fits ? Math.floor(value * unit + 0.5) : value);
  const [stepX, stepY] = [fixed(cos), fixed(sin)];
  const [downX, downY] = [fixed(-sin), fixed(cos)];
  const [right, bottom] = [width * unit, height * unit];
  let startX = fixed(left + cos * 0.5 - sin * 0.5);
  let startY = fixed(top + sin * 0.5 + cos * 0.5);
  for (let y = 0, target = 0; y < height; y++, startX += downX, startY += downY) {
    let atX = startX;
    let atY = startY;
    for (let x = 0; x < width; x++, target += 3, atX += stepX, atY += stepY) {
      if (atX < 0 || atX >= right || atY < 0 || atY >= bottom) continue;
      const from = (((atY * pixel) | 0) * width + ((atX * pixel) | 0)) * 3;
      data[target] = source[from]!;
      data[target + 1] = source[from + 1]!;
      data[target + 2] = source[from + 2]!;
    }
  }
}

function rotateBilinear({ width, height, data: source }: RgbImage, data: Uint8Array, { sin, cos, left, top }: Turn): void {
  for (let y = 0, target = 0; y < height; y++) {
    for (let x = 0; x < width; x++, target += 3) {
      const atX = cos * (x + 0.5) - sin * (y + 0.5) + left;
      const atY = sin * (x + 0.5) + cos * (y + 0.5) + top;
      if (atX < 0 || atX >= width || atY < 0 || atY >= height) continue;
      const column = Math.floor(atX - 0.5);
      const row = Math.floor(atY - 0.5);
      const dx = atX - 0.5 - column;
      const dy = atY - 0.5 - row;
      // Beyond the edge the outermost pixel counts twice.
      const west = Math.max(0, column) * 3;
      const east = Math.min(width - 1, column + 1) * 3;
      const north = Math.max(0, row) * width * 3;
      const south = Math.min(height - 1, row + 1) * width * 3;
      for (let channel = 0; channel < 3; channel++) {
        const upper = mix(source[north + west + channel]!, source[north + east + channel]!, dx);
        const lower = mix(source[south + west + channel]!, source[south + east + channel]!, dx);
        data[target + channel] = mix(upper, lower, dy); // what is behind the point is dropped, as Pillow does
      }
    }
  }
}
