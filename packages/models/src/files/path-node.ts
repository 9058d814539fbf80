import { realpathSync } from "node:fs";
import { mkdir, stat } from "node:fs/promises";
import { homedir } from "node:os";
import { basename, dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { fail, show } from "@rsdix/internal";
import { checkPath } from "../checkpoint/file-node";
import type { SaveTarget } from "../pretrained/save-model";

/** The path of what users write: a path, one from the home folder, or a URL of a file. */
export function pathOf(source: string): string {
  checkPath(source);
  if (!/^file:/i.test(source)) return source.startsWith("~/") ? join(homedir(), source.slice(2)) : source;
  try {
    return fileURLToPath(source);
  } catch (error) {
    return fail("INVALID_ARGUMENT", `${source} leads to no path: ${(error as Error).message}.`, error);
  }
}

/** Addresses of other kinds: written to as paths they would be folders of odd names. */
const OTHER_URL = /^(?!file:)[a-z][a-z0-9+.-]*:\/\/|^(https?|data):/i;

/** The path of a folder that a model is saved to, with nothing left that is relative; throws on what is none, as another kind of URL. */
export function folderPath(folder: SaveTarget): string {
  if (folder instanceof URL && folder.protocol === "file:") return resolve(pathOf(folder.href));
  if (typeof folder === "string" && folder !== "" && !OTHER_URL.test(folder)) return resolve(pathOf(folder));
  return fail("INVALID_ARGUMENT", `In Node a model is saved to a folder's path, or its URL of file:, got ${show(folder)}.`);
}

/** Where a path leads, links followed as far as they exist: the same for every way to a folder. At once, so that callers keep their order. */
export function realPath(path: string): string {
  const absolute = resolve(path);
  try {
    return realpathSync(absolute);
  } catch {
    const parent = dirname(absolute);
    return parent === absolute ? absolute : join(realPath(parent), basename(absolute));
  }
}

/** Makes a folder and those above it, one by one: Node's `recursive` never ends where none can be made, as in /proc. */
export async function makeFolder(path: string): Promise<void> {
  const isThere = async () => (await stat(path).catch(() => undefined))?.isDirectory() === true;
  if (await isThere()) return;
  if (dirname(path) !== path) await makeFolder(dirname(path));
  try {
    await mkdir(path);
  } catch (error) {
    if (!(await isThere())) throw error; // somebody else may have made it meanwhile
  }
}
