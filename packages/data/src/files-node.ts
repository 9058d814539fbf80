import type { FilesPlatform } from "./files/files-platform";
import { openFile, openPath } from "./files/path-node";
import { fileSource } from "./files/source-node";

/** Node: texts are paths. */
export const platform: FilesPlatform = {
  baseUrl: undefined,
  openPath,
  openFile,
  openSource: fileSource,
  // Loaded when the first image is decoded: who only reads captions needs no decoder.
  decodeImage: async (bytes) => (await import("@rsdix/image/node")).decodeImage(bytes),
};
