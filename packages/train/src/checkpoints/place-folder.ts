import { randomBytes } from "node:crypto";
import { mkdir, open, rename, rm } from "node:fs/promises";
import { basename, dirname } from "node:path";
import { fail } from "@rsdix/internal";

const TEMPORARY = /^step-[\d.]+\.\d+-[0-9a-f]{12}\.tmp$/;

/** Whether a name is that of a folder that isn't whole. */
export function isTemporary(name: string): boolean {
  return TEMPORARY.test(name);
}

/** Makes a folder of which nothing is seen until all of it is on the disk; nothing is left when that fails. */
export async function placeFolder(path: string, fill: (folder: string) => Promise<void>): Promise<void> {
  const temporary = temporaryName(path);
  try {
    await mkdir(temporary);
    await fill(temporary);
    await sync(temporary);
    await rename(temporary, path);
    await sync(dirname(path));
  } catch (error) {
    await rm(temporary, { recursive: true, force: true }).catch(() => undefined);
    if ((error as Error).name === "RsdixError") throw error;
    fail("WRITE_FAILED", `Can't write the checkpoint ${path}: ${(error as Error).message}. Older ones are untouched.`, error);
  }
}

/** Removes a folder of which nothing is seen any more as soon as it is no longer whole. */
export async function hideAndRemove(path: string): Promise<void> {
  try {
    const hidden = isTemporary(basename(path)) ? path : temporaryName(path);
    if (hidden !== path) await rename(path, hidden);
    await rm(hidden, { recursive: true, force: true });
  } catch (error) {
    fail("WRITE_FAILED", `Can't remove the checkpoint ${path}: ${(error as Error).message}. What has a checkpoint's name is whole.`, error);
  }
}

function temporaryName(path: string): string {
  return `${path}.${process.pid}-${randomBytes(6).toString("hex")}.tmp`;
}

/** That names survive a power failure; Windows does not know it of folders. */
async function sync(folder: string): Promise<void> {
  if (process.platform === "win32") return;
  const handle = await open(folder);
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
