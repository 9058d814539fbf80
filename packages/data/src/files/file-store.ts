/** Files by name, wherever they lie: a folder, a zip file, files that a person picked, a web address. */
export interface FileStore {
  /** Where the files are, for messages: a path, a zip file's name, an address. */
  readonly name: string;
  /**
   * The names of all files, "/" between folders, in the order of their UTF-16 code units.
   *
   * @throws RsdixError INVALID_ARGUMENT where files can be read but not listed (a web address).
   */
  names(): Promise<readonly string[]>;
  /**
   * A file's bytes.
   *
   * @param name - as in `names`.
   * @param options - `signal`, and the most bytes that the file may have (`maxBytes`; 512 MiB).
   * @throws RsdixError FILE_NOT_FOUND naming store and file; FILE_TOO_LARGE; FILE_CORRUPT; INVALID_ARGUMENT for a name that leaves the
   * store; DOWNLOAD_FAILED; ABORTED.
   */
  read(name: string, options?: ReadFileOptions): Promise<Uint8Array>;
  /**
   * A file's bytes piece by piece, for files that don't fit into memory. A store that only has whole files is without it.
   *
   * @param name - as in `names`.
   * @param options - `signal`, and which part of the file (`start`, `end`; all of it). A file that ends earlier gives fewer bytes;
   * more than were asked for are refused.
   * @throws RsdixError as `read` does.
   */
  stream?(name: string, options?: StreamFileOptions): AsyncGenerator<Uint8Array, void>;
  /**
   * A text that is another when the file is, told without reading the file: its size and time in a folder and of a picked file, its size and checksum in a zip
   * file. A store that can't tell is without it.
   *
   * @param name - as in `names`.
   * @throws RsdixError FILE_NOT_FOUND; INVALID_ARGUMENT.
   */
  stamp?(name: string): Promise<string>;
  /** Gives back what is held open; reading afterwards is INVALID_ARGUMENT. */
  close(): Promise<void>;
}

/** Options of a store's `read`. */
export interface ReadFileOptions {
  /** The most bytes that the file may have; 512 MiB unless told otherwise. */
  readonly maxBytes?: number | undefined;
  /** Stops the reading. */
  readonly signal?: AbortSignal | undefined;
}

/** Options of a store's `stream`. */
export interface StreamFileOptions {
  /** The first byte that is wanted; 0 unless told otherwise. */
  readonly start?: number | undefined;
  /** The byte before which it ends; the file's end unless told otherwise. */
  readonly end?: number | undefined;
  /** Stops the reading. */
  readonly signal?: AbortSignal | undefined;
}

/** JavaScript's longest text, and more than any image or annotation of the field has. */
export const MAX_FILE_BYTES = 512 * 2 ** 20;

/** More files than the largest data set of the field has by a hundred times: a listing beyond it is the wrong folder. */
export const MAX_FILES = 20_000_000;
