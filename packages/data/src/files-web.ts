import { fail } from "@rsdix/internal";
import type { FilesPlatform } from "./files/files-platform";

const noPaths = async (path: string) =>
  fail("INVALID_ARGUMENT", `A browser can't open ${path}: let a person pick the folder or the files, or give an address.`);

/** Browsers and their workers: no paths, addresses relative to the page. */
export const platform: FilesPlatform = {
  get baseUrl() {
    return globalThis.document?.baseURI ?? globalThis.location?.href;
  },
  openPath: noPaths,
  openFile: noPaths,
  openSource: noPaths,
};
