import type { Stats } from "node:fs";
import { type FileHandle, open, stat } from "node:fs/promises";
import { fail, show } from "@rsdix/internal";
import type { ByteSource } from "./byte-source";

/** A file on disk that stays open until it is closed. */
export type FileSource = ByteSource & {
  /** Lets go of the file; what is read afterwards is INVALID_ARGUMENT. */
  close(): Promise<void>;
  /** Whether there is another file, or none, at its path now. */
  isReplaced(): Promise<boolean>;
};

/** What Linux takes at most; a longer one is no path, and has so many folders that to look at each would take for ever. */
const MAX_PATH_LENGTH = 4096;

/** Throws unless a path is text that can be one. */
export function checkPath(path: string): void {
  if (typeof path !== "string") fail("INVALID_ARGUMENT", `A path must be text, got ${show(path)}.`);
  if (path.length > MAX_PATH_LENGTH)
    fail("INVALID_ARGUMENT", `A path has at most ${MAX_PATH_LENGTH} characters, got ${path.length}: ${path.slice(0, 100)}…`);
}

/** Opens a checkpoint's file to be read by range; FILE_NOT_FOUND where that isn't possible. */
export async function openSource(path: string): Promise<FileSource> {
  checkPath(path);
  const refuse = (error: NodeJS.ErrnoException) => fail("FILE_NOT_FOUND", `Can't open the checkpoint ${path}: ${error.message}`, error);
  // Looked at before: to open a named pipe waits until somebody writes to it.
  if (!(await stat(path).catch(refuse)).isFile()) fail("FILE_NOT_FOUND", `Can't open the checkpoint ${path}: it isn't a file.`);
  const file = await open(path, "r").catch(refuse);
  const status = await file.stat();
  const before = stateOf(status);
  const read = async (start: number, end: number) => {
    if (file.fd < 0) fail("INVALID_ARGUMENT", `The checkpoint ${path} was closed: read what is wanted before.`);
    const bytes = await readAt(file, path, start, end - start);
    if (stateOf(await file.stat()) !== before) fail("FILE_CORRUPT", `${path} was written to while it was being read: load it again.`);
    return bytes;
  };
  const isReplaced = async () => stateOf(await stat(path).catch(() => undefined)) !== before;
  return { size: status.size, read, close: () => file.close(), isReplaced };
}

/** What tells a file that was written to, or another one, from what it was. */
function stateOf(status: Stats | undefined): string | undefined {
  return status && [status.dev, status.ino, status.size, status.mtimeMs].join(" ");
}

/** Runs what opens a checkpoint from a file, and closes the file where that fails. */
export async function opening<T extends object>(
  path: string,
  read: (source: ByteSource) => Promise<T>,
): Promise<T & Pick<FileSource, "close">> {
  const source = await openSource(path);
  try {
    return { ...(await read(source)), close: source.close };
  } catch (error) {
    await source.close();
    throw error;
  }
}

/** A piece of a file, all of it. */
async function readAt(file: FileHandle, path: string, position: number, length: number): Promise<Uint8Array> {
  const bytes = new Uint8Array(length);
  let done = 0;
  while (done < length) {
    const { bytesRead } = await file.read(bytes, done, length - done, position + done);
    if (bytesRead === 0) fail("FILE_CORRUPT", `${path} ended at byte ${position + done} while it was being read.`);
    done += bytesRead;
  }
  return bytes;
}
