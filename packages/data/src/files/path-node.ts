import { realpath } from "node:fs/promises";
import { basename, dirname } from "node:path";
import { fail } from "@rsdix/internal";
import type { FileStore } from "./file-store";
import { folderFiles } from "./folder-node";
import { pathOf } from "./path-of";
import { fileSource, statusOf } from "./source-node";
import { checkZipName, zipFiles } from "./zip-files";

/** The files of a folder or of a zip file on disk. */
export async function openPath(source: string, signal?: AbortSignal): Promise<FileStore> {
  const path = pathOf(source);
  const status = await statusOf(path);
  if (status.isDirectory()) return folderFiles(path);
  if (!status.isFile()) fail("INVALID_ARGUMENT", `${path} is neither a folder nor a zip file, but a device or a pipe.`);
  checkZipName(path);
  return zipFiles(await fileSource(path), signal);
}

/** A file on disk: the folder that it is in, and its name there. A link is followed, as it was named itself. */
export async function openFile(source: string): Promise<{ files: FileStore; file: string }> {
  const path = pathOf(source);
  if (!(await statusOf(path)).isFile()) fail("FILE_NOT_FOUND", `${path} is no file.`);
  const real = await realpath(path);
  return { files: await folderFiles(dirname(real)), file: basename(real) };
}
