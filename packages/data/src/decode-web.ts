import { decodeImage } from "@rsdix/image/web";
import type { DecodePlatform } from "./batches/platform";

/** Browsers: their own decoder, and TypeScript for TIFF. */
export const decode: DecodePlatform["decode"] = (bytes, maxPixels) => decodeImage(bytes, maxPixels === undefined ? {} : { maxPixels });

/** In a web worker. */
export const serve: DecodePlatform["serve"] = (hear) => {
  self.onmessage = ({ data }) => hear(data);
  return (message, transfer) => self.postMessage(message, { transfer });
};
