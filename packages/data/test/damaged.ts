import type { FileStore } from "../src/files/file-store";
import type { ImageDataset } from "../src/image-dataset";
import { memoryFiles } from "./memory-files";

/** The set with other bytes for some files; undefined: none. */
export function damaged(set: ImageDataset, files: Readonly<Record<string, Uint8Array | undefined>>): ImageDataset {
  const read: FileStore["read"] = async (name, options) => {
    if (!(name in files)) return set.files.read(name, options);
    return memoryFiles(files[name] ? { [name]: files[name] } : {}).read(name, options);
  };
  return { ...set, files: { ...set.files, read } };
}
