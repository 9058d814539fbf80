import { lstat, readdir, readFile, realpath, rename, rm, rmdir, stat } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { fail } from "@rsdix/internal";
import { FILES } from "./manifest";

/** Where an index goes: in full, and behind links. Refuses a folder that can't give way to the one that is built, before that is built. */
export async function indexPlace(folder: string): Promise<string> {
  if (typeof folder !== "string" || folder === "")
    fail("INVALID_ARGUMENT", `folder must be a folder's name, got ${JSON.stringify(folder)}.`);
  const full = resolve(folder);
  const place = await realpath(full).catch(() => undefined);
  if (place === undefined) {
    if ((await lstat(full).catch(() => undefined))?.isSymbolicLink())
      fail("WRITE_FAILED", `${folder} is a link that leads nowhere: remove it, or name another folder.`);
    return full; // it isn't there yet
  }
  const isWork = place === (await realpath(process.cwd()).catch(() => undefined));
  if (isWork || (await isDisk(place)))
    fail(
      "WRITE_FAILED",
      `${folder} is ${isWork ? "the folder that this is run in" : "a disk's own folder"}, which the index can't take the place of: name a folder in it.`,
    );
  return place;
}

/** Whether another disk begins at a folder, or one that is bound to it, which has the number of the disk around it: nothing can be renamed to either. */
async function isDisk(place: string): Promise<boolean> {
  if (place === dirname(place) || (await stat(place)).dev !== (await stat(dirname(place))).dev) return true;
  const mounts = await readFile("/proc/self/mountinfo", "utf8").catch(() => ""); // Linux has it
  return mountPoints(mounts).includes(place);
}

/** The fifth words of the lines of proc(5)'s mountinfo, in which blanks, tabs, ends of lines and backslashes are octal numbers. */
export function mountPoints(mountinfo: string): string[] {
  const read = (word: string) => word.replace(/\\(\d{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)));
  return mountinfo
    .split("\n")
    .flatMap((line) => line.split(" ")[4] ?? [])
    .map(read);
}

/** What is in the folder stays, unless it is an index and may be replaced. */
export async function checkTarget(folder: string, force: boolean): Promise<void> {
  const names: string[] = await readdir(folder).catch((error: NodeJS.ErrnoException) =>
    error.code === "ENOENT"
      ? []
      : fail("WRITE_FAILED", `${folder} is no folder: ${error.code === "ENOTDIR" ? "it is a file" : error.message}. Name another.`, error),
  );
  if (names.length === 0) return;
  const others = names.filter((name) => !(Object.values(FILES) as string[]).includes(name));
  if (others.length > 0 || !names.includes(FILES.manifest))
    fail("WRITE_FAILED", `${folder} holds something that is no index (${others[0] ?? names[0]}), which stays. Name another folder.`);
  if (!force) fail("INVALID_ARGUMENT", `${folder} holds an index already: say force: true to replace it, or name another folder.`);
}

/** Another may have built there meanwhile: a folder that holds something doesn't give way by itself. */
export async function putInPlace(folder: string, temporary: string, force: boolean): Promise<void> {
  await rmdir(folder).catch(() => undefined); // an empty one
  await checkTarget(folder, force);
  if (force) return replace(folder, temporary);
  await rename(temporary, folder).catch(async (error: Error) => {
    await checkTarget(folder, force);
    throw error;
  });
}

async function replace(folder: string, temporary: string): Promise<void> {
  const old = `${temporary}.old`;
  const moved = await rename(folder, old).then(
    () => true,
    (error: NodeJS.ErrnoException) => (error.code === "ENOENT" ? false : Promise.reject(error)),
  );
  try {
    await rename(temporary, folder);
  } catch (error) {
    if (moved) await putBack(old, folder);
    throw error;
  }
  await rm(old, { recursive: true, force: true });
}

/** What was to be replaced; where another build has put its own there meanwhile, that is the one that stays, and where it is something else, both. */
async function putBack(old: string, folder: string): Promise<void> {
  try {
    await rename(old, folder);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const isTaken = code === "ENOTEMPTY" || code === "EEXIST";
    const isNoIndex = await checkTarget(folder, true).catch(() => true);
    if (!isTaken || isNoIndex)
      fail("WRITE_FAILED", `${folder} could not be put back (${message}): the index that was there is ${old} now.`, error);
    await rm(old, { recursive: true, force: true });
    fail("WRITE_FAILED", `${folder} was replaced by another build meanwhile, whose index stays. Build again to replace that.`, error);
  }
}
