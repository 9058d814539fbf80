import { fail } from "@rsdix/internal";
import { sourceOf } from "../checkpoint/byte-source";
import type { FileProvider } from "./model-files";
import { withoutClose } from "./platform";

/** Files in memory or that a user chose: by name, and where a folder was chosen by the name below it. */
export function blobFiles(blobs: readonly Blob[]): FileProvider {
  const files = new Map<string, Blob>();
  const paths = blobs.map(pathOf);
  const cut = commonFolder(paths).length;
  for (const [i, blob] of blobs.entries()) {
    const name = paths[i]!.slice(cut);
    if (files.has(name))
      fail("INVALID_ARGUMENT", `Two of the files are named "${name}": choose one of them, or the folder that they are in.`);
    files.set(name, blob);
  }
  return {
    origin: blobs.length === 1 ? [...files.keys()][0]! : `${blobs.length} files`,
    parallel: 1,
    names: async () => [...files.keys()],
    open: async (name) => {
      const blob = files.get(name);
      return blob && withoutClose(sourceOf(blob));
    },
  };
}

/** A Blob that isn't a File has no name; what it is its first bytes tell. */
const UNNAMED = "weights";

function pathOf(blob: Blob): string {
  const { webkitRelativePath, name } = blob as Partial<File>;
  return webkitRelativePath || name || UNNAMED;
}

/** The chosen folder, which all names begin with; names of files chosen one by one have none. */
function commonFolder(paths: readonly string[]): string {
  const folder = /^[^/]+\//.exec(paths[0]!)?.[0];
  return folder && paths.every((path) => path.startsWith(folder)) ? folder : "";
}
