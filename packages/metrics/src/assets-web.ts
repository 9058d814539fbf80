import type { AssetsPlatform } from "./assets";
import { fetchAsset } from "./fetch-asset";

/** Browsers and their workers: addresses, relative to the page. */
export const platform: AssetsPlatform = {
  // Made when they are asked for: in a bundle that isn't a module there is no address to start from.
  get wordNetUrl() {
    return new URL("./wordnet.bin", import.meta.url);
  },
  get spiceParserUrl() {
    return new URL("./spice-parser.bin", import.meta.url);
  },
  open: fetchAsset,
};
