import { createHash } from "node:crypto";
import type { RgbImage } from "../src/rgb-image";

/** The source images of the golden values: the same generator as golden/image_noise.py. */
export function noise(width: number, height: number): RgbImage {
  let state = width * 65537 + height;
  const data = Uint8Array.from({ length: width * height * 3 }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state >>> 24;
  });
  return { width, height, data };
}

/** SHA-256 of an array's bytes, in hexadecimal. */
export function sha256(array: Uint8Array | Float32Array): string {
  return createHash("sha256")
    .update(new Uint8Array(array.buffer, array.byteOffset, array.byteLength))
    .digest("hex");
}

/** A smooth image: the same formula as golden/image_noise.py. */
export function gradient(width: number, height: number): RgbImage {
  const data = new Uint8Array(width * height * 3);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      data.set([Math.floor((x * 256) / width), Math.floor((y * 256) / height), (x * 7 + y * 13) % 256], (y * width + x) * 3);
    }
  }
  return { width, height, data };
}
