import { constants, type Dirent } from "node:fs";
import { type FileHandle, open, readdir, realpath } from "node:fs/promises";
import { join, relative, sep } from "node:path";
import { fail } from "@rsdix/internal";
import { isLitter, sorted, withSlashes } from "./file-name";
import { type FileStore, MAX_FILES } from "./file-store";
import { checkSignal, checkSize, guardedStore, notFound } from "./guarded-store";
import { limited } from "./limited";

/** Far below the 256 files that macOS lets a program open, and more than its worker threads read at once. */
const OPEN_FILES = 64;
/** What is read before the signal is looked at again. */
const PIECE_BYTES = 8 * 2 ** 20;
/** Without it, opening a pipe waits for somebody to write. Windows has neither. */
const READ_FLAGS = constants.O_RDONLY | (constants.O_NONBLOCK ?? 0);

/** The files below a folder that is there. Links are followed as long as they stay below it. */
export async function folderFiles(folder: string): Promise<FileStore> {
  const root = await realpath(folder);
  const slot = limited(OPEN_FILES);
  /** Files whose own name holds a "\", as some unpackers leave them where folders should be: the name with "/", and the real one. */
  let renamed: Promise<ReadonlyMap<string, string>> | undefined;
  const list = async () => {
    const found = await filesBelow(folder, root);
    renamed = Promise.resolve(new Map([...found].filter(([name, real]) => name !== real)));
    return found;
  };
  const locate = async (name: string): Promise<string> => {
    const path = await realPathOf(root, name, folder).catch(async (error) => {
      if ((error as { code?: string }).code !== "FILE_NOT_FOUND" || sep === "\\") throw error;
      renamed ??= list().then(() => renamed!);
      const real = (await renamed).get(name);
      if (real === undefined) throw error;
      return realPathOf(root, real, folder);
    });
    if (!isBelow(root, path)) {
      fail("INVALID_ARGUMENT", `"${name}" of ${folder} is a link that leads out of it, to ${path}. Copy the file into the folder.`);
    }
    return path;
  };
  return guardedStore({
    name: folder,
    names: async () => sorted((await list()).keys()),
    read: (name, { maxBytes, signal }) =>
      slot(async () => {
        const handle = await openFile(await locate(name), name, folder);
        try {
          const status = await handle.stat();
          if (!status.isFile()) notFound(name, folder, status.isDirectory() ? ": it is a folder" : ": it is a device or a pipe");
          checkSize(status.size, maxBytes, name, folder);
          return await readAll(handle, status.size, name, folder, signal);
        } finally {
          await handle.close();
        }
      }),
  });
}

async function realPathOf(root: string, name: string, folder: string): Promise<string> {
  return realpath(join(root, name)).catch((error) => unreadable(error, name, folder));
}

async function openFile(path: string, name: string, folder: string): Promise<FileHandle> {
  return open(path, READ_FLAGS).catch((error) => unreadable(error, name, folder));
}

function unreadable(error: NodeJS.ErrnoException, name: string, folder: string): never {
  if (error.code === "ENOENT" || error.code === "ENOTDIR") notFound(name, folder, "", error);
  if (error.code === "EISDIR") notFound(name, folder, ": it is a folder", error);
  fail("FILE_NOT_FOUND", `"${name}" in ${folder} can't be read: ${error.message}.`, error);
}

async function readAll(
  handle: FileHandle,
  size: number,
  name: string,
  folder: string,
  signal: AbortSignal | undefined,
): Promise<Uint8Array> {
  const bytes = new Uint8Array(size);
  for (let done = 0; done < size; ) {
    checkSignal(signal, name, folder);
    const { bytesRead } = await handle
      .read(bytes, done, Math.min(PIECE_BYTES, size - done), done)
      .catch((error) => unreadable(error, name, folder));
    if (bytesRead === 0) {
      fail("FILE_CORRUPT", `"${name}" in ${folder} lost bytes while it was read: it has ${done}, and had ${size}. Is it being written?`);
    }
    done += bytesRead;
  }
  return bytes;
}

function isBelow(root: string, path: string): boolean {
  const way = relative(root, path);
  return way !== "" && way !== ".." && !way.startsWith(`..${sep}`) && !/^[a-z]:/i.test(way);
}

/** All files below a folder: their names with "/", and their real ones. Links are listed where they lead to a file below it. */
async function filesBelow(folder: string, root: string): Promise<Map<string, string>> {
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
