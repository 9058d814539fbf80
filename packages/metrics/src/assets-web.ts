import type { AssetsPlatform } from "./assets";
import { fetchAsset } from "./fetch-asset";

/** Browsers and their workers: addresses, relative to the page. */
export const platform: AssetsPlatform = {
  wordNetUrl: new URL("./wordnet.bin", import.meta.url),
  spiceParserUrl: new URL("./spice-parser.bin", import.meta.url),
  open: (from, signal) => fetchAsset(from, signal),
};
