import { type FileHandle, open } from "node:fs/promises";
import { fail } from "@rsdix/internal";

/** A checkpoint's file, to be read in pieces; FILE_NOT_FOUND where it cannot be opened. */
export async function openToRead(path: string): Promise<FileHandle> {
  return open(path, "r").catch((error: NodeJS.ErrnoException) => {
    fail("FILE_NOT_FOUND", `Can't open the checkpoint ${path}: ${error.message}`, error);
  });
}

/** A piece of a file, all of it. */
export async function readAt(file: FileHandle, path: string, position: number, length: number): Promise<Uint8Array> {
  const bytes = new Uint8Array(length);
  let done = 0;
  while (done < length) {
    const { bytesRead } = await file.read(bytes, done, length - done, position + done);
    if (bytesRead === 0) fail("FILE_CORRUPT", `${path} ended at byte ${position + done} while it was being read.`);
    done += bytesRead;
  }
  return bytes;
}
