import type { Stats } from "node:fs";
import type { FileHandle } from "node:fs/promises";
import { open, stat } from "node:fs/promises";
import { fail } from "@rsdix/internal";
import type { ByteSource } from "./byte-source";

/** A file on disk; it is opened for each reading, so that who forgets to close it leaves nothing open. */
export async function fileSource(path: string): Promise<ByteSource> {
  const unreadable = (cause: Error) => fail("FILE_NOT_FOUND", `${path} can't be read: ${cause.message}.`, cause);
  const status = await statusOf(path);
  if (!status.isFile())
    fail("INVALID_ARGUMENT", `${path} is ${status.isDirectory() ? "a folder" : "a device or a pipe"}, expected a file.`);
  const read = async (start: number, end: number) => {
    const handle = await open(path).catch(unreadable);
    try {
      return await readPart(handle, start, end, path);
    } finally {
      await handle.close();
    }
  };
  return { name: path, size: status.size, read };
}

/** What is at a path. FILE_NOT_FOUND. */
export async function statusOf(path: string): Promise<Stats> {
  return stat(path).catch((error: NodeJS.ErrnoException) => {
    const missing = error.code === "ENOENT" || error.code === "ENOTDIR";
    const why = missing ? "there is no such folder or file. Check the path" : error.message;
    return fail("FILE_NOT_FOUND", `${path} can't be opened: ${why}.`, error);
  });
}

/** What is read of a large file before `check` is asked again. */
const CHECK_BYTES = 8 * 2 ** 20;

/** Bytes of an open file; fewer where it ends. `check` is called now and then, and may throw. */
export async function readPart(handle: FileHandle, start: number, end: number, what: string, check = () => {}): Promise<Uint8Array> {
  const bytes = new Uint8Array(end - start);
  for (let done = 0; done < bytes.length; ) {
    check();
    const { bytesRead } = await handle
      .read(bytes, done, Math.min(CHECK_BYTES, bytes.length - done), start + done)
      .catch((cause: Error) => fail("FILE_NOT_FOUND", `${what} can't be read: ${cause.message}.`, cause));
    if (bytesRead === 0) return bytes.subarray(0, done);
    done += bytesRead;
  }
  return bytes;
}
