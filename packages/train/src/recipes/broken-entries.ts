import type { Dirent } from "node:fs";
import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";

/**
 * What lies below a folder in files' places and is none: links that lead nowhere, in circles or out of the folder, pipes, devices and sockets. A folder's files are
 * listed without these, which would pass over images that somebody counts on; to read one says what is wrong with it.
 *
 * @param folder - the folder; nothing is listed of what is none.
 * @param listed - names of files, links that can be followed among them.
 * @returns names below the folder, with "/".
 */
export async function brokenEntries(folder: string, listed: ReadonlySet<string>): Promise<string[]> {
  const found: string[] = [];
  const folders = [""];
  for (let inside = folders.pop(); inside !== undefined; inside = folders.pop()) {
    for (const entry of await entriesOf(join(folder, inside))) {
      const name = inside + entry.name;
      if (entry.isDirectory()) folders.push(`${name}/`);
      else if (!entry.isFile() && !listed.has(name) && !(await isFolder(join(folder, name)))) found.push(name);
    }
  }
  return found;
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
