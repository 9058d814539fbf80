import { checkOptions, checkSignal, fail, show } from "@rsdix/internal";
import { platform } from "#files";
import { checkFunction } from "../check-inputs";
import { sourceOf } from "./byte-source";
import type { FileStore } from "./file-store";
import { type Network, PATIENCE } from "./network";
import { pickedFiles } from "./picked-files";
import { urlFiles, urlSource } from "./url-files";
import { checkZipName, isZipName, zipFiles } from "./zip-files";

/** Where files may be: a path (Node), an address, a zip file, files that a person picked, or a store of files. */
export type FilesSource = string | URL | Blob | Uint8Array | readonly File[] | FileStore;

/** Options of `openFiles`. */
export interface OpenFilesOptions {
  /** Stops the opening; what is read later has a signal of its own. */
  readonly signal?: AbortSignal | undefined;
  /** Used for addresses instead of the platform's own; its Response has a web stream as body, which is read piece by piece, or arrayBuffer(). */
  readonly fetch?: typeof fetch | undefined;
}

/**
 * Opens files wherever they are, to be listed and read by name. Names have "/" between folders on every system, and are matched to the
 * letter, but for accents written in another way (as macOS writes them) where no file has the very name; what macOS and Windows add by themselves (`__MACOSX`,
 * `.DS_Store`, `._x`, `Thumbs.db`, `desktop.ini`) isn't listed.
 *
 * - A path (Node): a folder, whose links are followed as long as they lead to something below it, or a zip file.
 * - An address (http, https, in a browser also relative to the page): a zip file where it ends in ".zip", of which only what is asked for
 *   is loaded if the server can send parts of files; else a folder, whose files can be read but not listed.
 * - A Blob or bytes: a zip file. Encrypted entries are refused when they are read.
 * - What a person picked: a zip file, or files named by the path below the picked folder.
 * - A store of files, which is returned as it is.
 *
 * @param source - where the files are.
 * @param options - `signal` and `fetch`.
 * @returns the files. `close()` gives back what is held open.
 * @throws RsdixError FILE_NOT_FOUND where there is nothing; FILE_CORRUPT for a zip file that is damaged, or with names that leave it,
 * files of the same name or files that overlap; FILE_TOO_LARGE; DOWNLOAD_FAILED; INVALID_ARGUMENT for another kind of source, or picked
 * files of the same name; ABORTED; UNKNOWN_OPTION.
 * @example
 * ```ts
 * import { openFiles } from "@rsdix/data";
 * const picked = [new File(["a lake"], "lake.txt"), new File(["a park"], "park.txt")]; // [...input.files] of an input in a page
 * const files = await openFiles(picked);
 * if ((await files.names()).join() !== "lake.txt,park.txt") throw new Error("expected both names");
 * const text = new TextDecoder().decode(await files.read("park.txt"));
 * if (text !== "a park") throw new Error("expected the file's text");
 * ```
 * @see https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT (zip)
 */
export async function openFiles(source: FilesSource, options: OpenFilesOptions = {}): Promise<FileStore> {
  const { signal, fetch } = checkOptions(options, ["signal", "fetch"], "openFiles");
  checkSignal(signal);
  checkFunction(fetch, "fetch");
  if (signal?.aborted) fail("ABORTED", "Opening files was stopped.", signal.reason);
  if (isFileStore(source)) {
    if (typeof source.name === "string") return source;
    return fail("INVALID_ARGUMENT", `A store of files must have a name that says where they are, got ${show(source.name)}.`);
  }
  if (source instanceof Uint8Array) return zipFiles(sourceOf(source, "the zip file"), signal);
  if (source instanceof Blob) return fromBlob(source, signal);
  if (Array.isArray(source)) return fromPicked(source, signal);
  if (typeof source === "string" || source instanceof URL) return fromText(String(source), networkOf(fetch), signal);
  return fail(
    "INVALID_ARGUMENT",
    `The source must be a path, an address, a zip file (Blob or Uint8Array), a list of picked files or a store of files, got ${show(source)}.`,
  );
}

/** Whether a source is a store of files already. */
function isFileStore(source: unknown): source is FileStore {
  const { names, read } = (source ?? {}) as Partial<FileStore>;
  return typeof names === "function" && typeof read === "function";
}

/** How addresses are asked, by the platform's fetch or by another. */
export function networkOf(fetch: typeof globalThis.fetch | undefined): Network {
  // Called without a `this`, as browsers want of their own fetch.
  return { ...PATIENCE, fetch: fetch ?? ((input, init) => globalThis.fetch(input, init)) };
}

/** The address that a text is, or in a browser stands for; `undefined` where it is a path. */
export function addressOf(text: string): URL | undefined {
  if (/^https?:/i.test(text))
    return URL.canParse(text) ? new URL(text) : fail("INVALID_ARGUMENT", `${JSON.stringify(text)} is no address.`);
  const { baseUrl } = platform;
  if (baseUrl === undefined || /^file:/i.test(text)) return undefined;
  return new URL(text, baseUrl);
}

async function fromText(text: string, network: Network, signal: AbortSignal | undefined): Promise<FileStore> {
  if (text === "") fail("INVALID_ARGUMENT", "The source must be a path or an address, got an empty text.");
  const url = addressOf(text);
  if (!url) return platform.openPath(text, signal);
  checkZipName(url.pathname);
  if (isZipName(url.pathname)) return zipFiles(await urlSource(url.href, network, signal), signal);
  return urlFiles(url, network);
}

async function fromBlob(blob: Blob, signal: AbortSignal | undefined): Promise<FileStore> {
  const { name } = blob as Partial<File>;
  if (name) checkZipName(name);
  return zipFiles(sourceOf(blob, name || "the zip file"), signal);
}

async function fromPicked(picked: readonly File[], signal: AbortSignal | undefined): Promise<FileStore> {
  if (picked.length === 0) fail("INVALID_ARGUMENT", "No file was picked: the list of files is empty.");
  for (const [i, file] of picked.entries()) {
    if (!(file instanceof Blob) || typeof file.name !== "string") {
      fail("INVALID_ARGUMENT", `What was picked must be a list of File objects, got ${show(file)} at ${i}.`);
    }
  }
  const [only] = picked;
  return picked.length === 1 && isZipName(only!.name) ? fromBlob(only!, signal) : pickedFiles(picked);
}
