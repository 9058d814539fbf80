import { checkOptions, fail, show } from "@rsdix/internal";
import { platform } from "#files";
import type { FileStore } from "./file-store";
import { pickedFiles } from "./picked-files";

/** Where files may be: a folder's path (Node), an address, a zip file, files that a person picked, or a store of files. */
export type FilesSource = string | URL | Blob | Uint8Array | readonly File[] | FileStore;

/** Options of `openFiles`. */
export interface OpenFilesOptions {
  /** Stops what is under way. */
  readonly signal?: AbortSignal;
  /** Used for addresses instead of the platform's own. */
  readonly fetch?: typeof fetch;
}

/** Opens files wherever they are. */
export async function openFiles(source: FilesSource, options: OpenFilesOptions = {}): Promise<FileStore> {
  checkOptions(options, ["signal", "fetch"], "openFiles");
  if (isStore(source)) return source;
  if (typeof source === "string" || source instanceof URL) return platform.openPath(source);
  if (Array.isArray(source)) return pickedFiles(source);
  return fail(
    "INVALID_ARGUMENT",
    `The source must be a path, an address, a zip file, picked files or a store of files, got ${show(source)}.`,
  );
}

function isStore(source: unknown): source is FileStore {
  const { names, read } = (source ?? {}) as Partial<FileStore>;
  return typeof names === "function" && typeof read === "function";
}
