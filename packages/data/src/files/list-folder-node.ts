import { constants, type Dirent } from "node:fs";
import { open, readdir, realpath } from "node:fs/promises";
import { join, relative, sep } from "node:path";
import { fail } from "@rsdix/internal";
import { isLitter, withSlashes } from "./file-name";
import { MAX_FILES } from "./file-store";

/** Without O_NONBLOCK, opening a pipe waits for somebody to write. Windows has neither. */
export const READ_FLAGS = constants.O_RDONLY | (constants.O_NONBLOCK ?? 0);

/** Whether a path lies below a folder; both are real ones, without links. */
export function isBelow(root: string, path: string): boolean {
  const way = relative(root, path);
  return way !== "" && way !== ".." && !way.startsWith(`..${sep}`) && !/^[a-z]:/i.test(way);
}

/**
 * All files below a folder: their names with "/", and their real ones, which may hold a "\". Links are listed where they lead to a file
 * below it, and folders that are links are not entered: what is in them has a name of its own, or isn't below.
 */
export async function filesBelow(folder: string, root: string): Promise<Map<string, string>> {
  const files = new Map<string, string>();
  const add = (real: string) => {
    const name = withSlashes(real);
    if (isLitter(name)) return;
    if (files.has(name)) fail("INVALID_ARGUMENT", `Two files of ${folder} are named "${name}", one of them with "\\": rename one.`);
    files.set(name, real);
    if (files.size > MAX_FILES) fail("FILE_TOO_LARGE", `${folder} has more than ${MAX_FILES} files: that is no data set's folder.`);
  };
  const folders = [""];
  for (let inside = folders.pop(); inside !== undefined; inside = folders.pop()) {
    for (const entry of await entriesOf(root, inside, folder)) {
      const real = inside + entry.name;
      if (entry.isDirectory()) folders.push(`${real}/`);
      else if (entry.isFile() || (entry.isSymbolicLink() && (await leadsToFile(root, real)))) add(real);
    }
  }
  return files;
}

async function entriesOf(root: string, inside: string, folder: string): Promise<Dirent[]> {
  try {
    return await readdir(join(root, inside), { withFileTypes: true });
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === "ENOENT" && inside !== "") return []; // removed since it was listed
    return fail("FILE_NOT_FOUND", `The folder ${inside === "" ? folder : `"${inside}" in ${folder}`} can't be listed: ${message}.`, error);
  }
}

async function leadsToFile(root: string, real: string): Promise<boolean> {
  try {
    const path = await realpath(join(root, real));
    if (!isBelow(root, path)) return false;
    const handle = await open(path, READ_FLAGS);
    try {
      return (await handle.stat()).isFile();
    } finally {
      await handle.close();
    }
  } catch {
    return false; // it leads nowhere, or in circles
  }
}
