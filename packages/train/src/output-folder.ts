import { mkdir, stat } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { fail } from "@rsdix/internal";

/** Before anything is computed: may the files be written there? */
export async function checkFree(folder: string, files: readonly string[], force: boolean): Promise<void> {
  await checkFolder(folder);
  for (const name of force ? [] : files) {
    const path = join(folder, name);
    const there = await stat(path).catch(() => undefined);
    if (there) fail("INVALID_ARGUMENT", `${path} is there already: give --force to replace it, or another --out.`);
  }
}

/** Is the folder there, or may it be made, as far as can be told without making it? */
async function checkFolder(folder: string): Promise<void> {
  for (let path = resolve(folder); ; path = dirname(path)) {
    const there = await stat(path).catch(() => undefined);
    if (there && !there.isDirectory()) failToMake(folder, "a file is in its place");
    if (there || path === dirname(path)) return;
  }
}

/** Makes a folder where there is none. */
export async function makeFolder(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true }).catch((cause: NodeJS.ErrnoException) =>
    failToMake(folder, cause.code === "EEXIST" || cause.code === "ENOTDIR" ? "a file is in its place" : cause.message, cause),
  );
}

function failToMake(folder: string, why: string, cause?: Error): never {
  fail("WRITE_FAILED", `The folder ${folder} cannot be made: ${why}.`, cause);
}
