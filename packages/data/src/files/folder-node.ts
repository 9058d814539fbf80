import { type FileHandle, lstat, open, realpath, stat } from "node:fs/promises";
import { join, sep } from "node:path";
import { fail } from "@rsdix/internal";
import { findByName, mayHaveAccents } from "./accents";
import { PIECE_BYTES } from "./byte-source";
import { sorted } from "./file-name";
import type { FileStore } from "./file-store";
import { checkSignal, checkSize, guardedStore, notFound } from "./guarded-store";
import { limited } from "./limited";
import { filesBelow, isBelow, READ_FLAGS } from "./list-folder-node";
import { readPart } from "./source-node";

/** Far below the 256 files that macOS lets a program open, and more than its worker threads read at once. */
const OPEN_FILES = 64;

/** The files below a folder that is there. Links are followed as long as they stay below it. */
export async function folderFiles(folder: string): Promise<FileStore> {
  const root = await realpath(folder);
  const slot = limited(OPEN_FILES);
  const find = finderIn(folder, root);
  const withFile = async <T>(name: string, work: (handle: FileHandle, size: number) => Promise<T>): Promise<T> => {
    const handle = await open(await find.path(name), READ_FLAGS).catch((error) => unreadable(error, name, folder));
    try {
      const status = await handle.stat();
      if (!status.isFile()) notFound(name, folder, status.isDirectory() ? ": it is a folder" : ": it is a device or a pipe");
      return await work(handle, status.size);
    } finally {
      await handle.close();
    }
  };
  return guardedStore({
    name: folder,
    names: async () => sorted((await find.list()).keys()),
    read: (name, { maxBytes, signal }) =>
      slot(() =>
        withFile(name, async (handle, size) => {
          checkSize(size, maxBytes, name, folder);
          return readWhole(handle, size, name, folder, signal);
        }),
      ),
    async *stream(name, { start, end }) {
      for (let at = start; at < end; ) {
        // Opened for each piece: whoever leaves in between leaves nothing open.
        const piece = await slot(() =>
          withFile(name, (handle, size) => {
            const to = Math.min(end, size, at + PIECE_BYTES);
            return readPart(handle, at, Math.max(at, to), `"${name}" in ${folder}`);
          }),
        );
        if (piece.length === 0) return;
        at += piece.length;
        yield piece;
      }
    },
    stamp: (name) =>
      slot(async () => {
        const { size, mtimeMs } = await stat(await find.path(name)).catch((error) => unreadable(error, name, folder));
        return `${size} bytes of ${Math.floor(mtimeMs)}`; // file systems keep parts of a millisecond or not
      }),
  });
}

/** Finds files in a folder by their names. */
function finderIn(folder: string, root: string) {
  /**
   * Finds the real name of files that have another: whose own holds a "\", as some unpackers leave them where folders should be, or whose accents are written
   * in another way.
   */
  let others: ((name: string) => string | undefined) | undefined;
  const list = async () => {
    const found = await filesBelow(folder, root);
    others = findByName(new Map([...found].filter(([name, real]) => name !== real || mayHaveAccents(name))));
    return found;
  };
  const realName = async (name: string) => {
    if (!others) await list();
    return others!(name);
  };
  const real = (name: string) =>
    realpath(join(root, name)).catch(async (error) => {
      const there = await lstat(join(root, name)).catch(() => undefined);
      if (there?.isSymbolicLink() && error.code === "ENOENT") notFound(name, folder, ": it is a link that leads nowhere", error);
      return unreadable(error, name, folder);
    });
  const path = async (name: string): Promise<string> => {
    const found = await real(name).catch(async (error) => {
      const inside = sep === "/" || mayHaveAccents(name) ? await realName(name) : undefined;
      if (inside === undefined) throw error;
      return real(inside);
    });
    if (!isBelow(root, found)) {
      fail("INVALID_ARGUMENT", `"${name}" of ${folder} is a link that leads out of it, to ${found}. Copy the file into the folder.`);
    }
    return found;
  };
  return { list, path };
}

function unreadable(error: NodeJS.ErrnoException, name: string, folder: string): never {
  if (error.code === "ENOENT" || error.code === "ENOTDIR") notFound(name, folder, "", error);
  fail("FILE_NOT_FOUND", `"${name}" in ${folder} can't be read: ${error.message}.`, error);
}

async function readWhole(handle: FileHandle, size: number, name: string, folder: string, signal?: AbortSignal): Promise<Uint8Array> {
  const what = `"${name}" in ${folder}`;
  const bytes = await readPart(handle, 0, size, what, () => checkSignal(signal, name, folder));
  if (bytes.length < size) {
    fail("FILE_CORRUPT", `${what} lost bytes while it was read: it has ${bytes.length}, and had ${size}. Is it being written?`);
  }
  return bytes;
}
