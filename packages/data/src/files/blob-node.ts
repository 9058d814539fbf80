import { openAsBlob } from "node:fs";
import { stat } from "node:fs/promises";
import { fail } from "@rsdix/internal";

/** A file that is read in pieces, however long it is. */
export async function openBlob(path: string): Promise<Blob> {
  try {
    if (!(await stat(path)).isFile()) fail("INVALID_ARGUMENT", `${path} is a folder, expected a file.`);
    return await openAsBlob(path);
  } catch (cause) {
    if ((cause as Error).name === "RsdixError") throw cause;
    const { code, message } = cause as NodeJS.ErrnoException;
    const reason = code === "ENOENT" || code === "ENOTDIR" ? "there is no such file. Check the path" : message;
    return fail("FILE_NOT_FOUND", `${path} cannot be read: ${reason}.`, cause);
  }
}
