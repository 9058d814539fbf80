import type { FilesPlatform } from "./files/files-platform";
import { openPath } from "./files/path-node";

/** Node: texts are paths. */
export const platform: FilesPlatform = { baseUrl: undefined, openPath };
