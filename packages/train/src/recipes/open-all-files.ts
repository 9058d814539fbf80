import { join } from "node:path";
import { type FileStore, openFiles } from "@rsdix/data";
import { oddEntries } from "./odd-entries";

/** How a folder's files are opened. */
export interface OpenAllFilesOptions {
  readonly signal: AbortSignal;
  /** Told of each folder that is a link, as it isn't entered. */
  readonly onNote?: ((text: string) => void) | undefined;
}

/** Names that are no part of a data set. */
const HIDDEN = /(^|\/)\./;

/**
 * The files of a folder or a zip file, as `openFiles` opens them, and listed with them what lies in their places and can't be read: links that lead nowhere or
 * out of the folder, pipes. Who reads one of these is told what is wrong with it; who only lists files would pass over images that somebody counts on.
 */
export async function openAllFiles(source: string, { signal, onNote }: OpenAllFilesOptions): Promise<FileStore> {
  const files = await openFiles(source, { signal });
  const listed = await files.names();
  const { broken, linkedFolders } = await oddEntries(files.name, new Set(listed));
  for (const folder of linkedFolders.filter((name) => !HIDDEN.test(name)).sort()) {
    onNote?.(
      `left out: the folder ${join(files.name, folder)} is a link, and folders that are links are not entered. Move or copy it there.`,
    );
  }
  if (broken.length === 0) return files;
  const names = [...listed, ...broken].sort(); // as stores have them
  return { ...files, names: async () => names };
}
