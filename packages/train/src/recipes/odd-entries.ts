import type { Dirent } from "node:fs";
import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";

/** What a folder's list of files is without; names below the folder, with "/". */
export interface OddEntries {
  /**
   * What lies in files' places and is none: links that lead nowhere, in circles or out of the folder, pipes, devices and sockets. To read one says what is
   * wrong with it.
   */
  readonly broken: readonly string[];
  /** Links to folders, which aren't entered. */
  readonly linkedFolders: readonly string[];
}

/**
 * What a folder's list of files passes over, though somebody may count on it.
 *
 * @param folder - the folder; nothing is listed of what is none.
 * @param listed - names of files, links that can be followed among them.
 */
export async function oddEntries(folder: string, listed: ReadonlySet<string>): Promise<OddEntries> {
  const broken: string[] = [];
  const linkedFolders: string[] = [];
  const folders = [""];
  for (let inside = folders.pop(); inside !== undefined; inside = folders.pop()) {
    for (const entry of await entriesOf(join(folder, inside))) {
      const name = inside + entry.name;
      if (entry.isDirectory()) folders.push(`${name}/`);
      else if (entry.isFile() || listed.has(name)) continue;
      else if (await isFolder(join(folder, name))) linkedFolders.push(name);
      else broken.push(name);
    }
  }
  return { broken, linkedFolders };
}

/** Of what is no folder, or none that may be looked into: nothing. */
async function entriesOf(path: string): Promise<Dirent[]> {
  return readdir(path, { withFileTypes: true }).catch(() => []);
}

/** Of what a link leads to. */
async function isFolder(path: string): Promise<boolean> {
  return stat(path).then(
    (there) => there.isDirectory(),
    () => false,
  );
}
