import type { FilesPlatform } from "./files/files-platform";
import { openFile, openPath } from "./files/path-node";
import { fileSource } from "./files/source-node";

/** Node: texts are paths. */
export const platform: FilesPlatform = {
  baseUrl: undefined,
  openPath,
  openFile,
  openSource: fileSource,
};
