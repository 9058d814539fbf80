import type { ByteSource } from "./byte-source";
import type { FileStore } from "./file-store";

/** What differs between Node and the browser. */
export interface FilesPlatform {
  /** What a relative address is relative to, in a browser; `undefined` where texts like "./RSICD" are paths. */
  readonly baseUrl: string | undefined;
  /** The files at a path or a file: address. */
  openPath(path: string, signal?: AbortSignal): Promise<FileStore>;
  /** One file at a path or a file: address: the folder that it is in, and its name there. */
  openFile(path: string): Promise<{ files: FileStore; file: string }>;
  /** A file that is read in pieces. FILE_NOT_FOUND; in a browser INVALID_ARGUMENT. */
  openSource(path: string): Promise<ByteSource>;
}
