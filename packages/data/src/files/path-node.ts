import { stat } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { fail } from "@rsdix/internal";
import type { FileStore } from "./file-store";
import { folderFiles } from "./folder-node";

/** The files of a folder. */
export async function openPath(source: string | URL): Promise<FileStore> {
  const text = String(source);
  const path = text.startsWith("file:") ? fileURLToPath(text) : text.startsWith("~/") ? join(homedir(), text.slice(2)) : text;
  const status = await stat(path).catch((error: NodeJS.ErrnoException) => {
    const why = error.code === "ENOENT" ? "there is no such folder or file. Check the path" : error.message;
    fail("FILE_NOT_FOUND", `${path} can't be opened: ${why}.`, error);
  });
  if (status.isDirectory()) return folderFiles(path);
  return fail("INVALID_ARGUMENT", `${path} is no folder.`);
}
