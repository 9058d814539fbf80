import { fail } from "@rsdix/internal";
import type { DecodePlatform } from "./batches/platform";

// As in Node: a full Sentinel-2 tile fits.
const MAX_PIXELS = 2 ** 27;

/** Browsers: what `createImageBitmap` reads. */
export const decode: DecodePlatform["decode"] = async (bytes) => {
  let bitmap: ImageBitmap;
  try {
    bitmap = await createImageBitmap(new Blob([bytes as Uint8Array<ArrayBuffer>]), {
      premultiplyAlpha: "none",
      colorSpaceConversion: "none",
    });
  } catch (cause) {
    fail(
      "FILE_CORRUPT",
      "It cannot be decoded as an image: it may be damaged, truncated, or of a format that this browser doesn't read.",
      cause,
    );
  }
  const { width, height } = bitmap;
  if (width * height > MAX_PIXELS) fail("FILE_TOO_LARGE", `It has ${width} x ${height} pixels, more than the limit of ${MAX_PIXELS}.`);
  const context = new OffscreenCanvas(width, height).getContext("2d", { willReadFrequently: true })!;
  context.drawImage(bitmap, 0, 0);
  bitmap.close();
  const rgba = context.getImageData(0, 0, width, height).data;
  const data = new Uint8Array(width * height * 3);
  for (let from = 0, to = 0; to < data.length; from += 4, to += 3) {
    data[to] = rgba[from]!;
    data[to + 1] = rgba[from + 1]!;
    data[to + 2] = rgba[from + 2]!;
  }
  return { width, height, data };
};

/** In a web worker. */
export const serve: DecodePlatform["serve"] = (hear) => {
  self.onmessage = ({ data }) => hear(data);
  return (message, transfer) => self.postMessage(message, { transfer });
};
