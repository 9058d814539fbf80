import { randomUUID } from "node:crypto";
import { link, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { hostname } from "node:os";
import { resolve } from "node:path";
import { fail } from "@rsdix/internal";
import { inRun } from "./run-folder";

/** Who trains a run; `id` tells this lock from any other. */
interface Owner {
  readonly pid: number;
  readonly host: string;
  readonly id: string;
}

/** Locks of this process: a process that is restarted in a container may well have the number of the one that was killed. */
const held = new Set<string>();
/** A lock that is left over is taken away, and may be made anew by another process before this one does. */
const ATTEMPTS = 3;
/** A lock without an owner for so long is left over: whoever makes one has it written by then. */
const EMPTY_FOR_MS = 10_000;

/**
 * Keeps a run's folder for this process: two that train the same run would overwrite each other's checkpoints and log.
 *
 * @param run - the run's folder, which must be there.
 * @returns what gives it back.
 * @throws RsdixError WRITE_FAILED when another process has it, or the folder takes no file. What a process that was killed left does not count.
 */
export async function lockRun(run: string): Promise<() => Promise<void>> {
  const path = resolve(inRun(run, "lock"));
  const owner: Owner = { pid: process.pid, host: hostname(), id: randomUUID() };
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    try {
      await makeWhole(path, `${JSON.stringify(owner)}\n`);
      held.add(path);
      return async () => {
        held.delete(path);
        await rm(path, { force: true });
      };
    } catch (error) {
      const { code, message } = error as NodeJS.ErrnoException;
      if (code !== "EEXIST") fail("WRITE_FAILED", `${run} can't be kept for this process: ${message}`, error);
    }
    await removeLeftOver(path, run);
  }
  return fail("WRITE_FAILED", `${run} is in use: another process has just begun to train it.`);
}

/** Makes a file that must not be there, with all of its text or not at all: an empty lock, of a full disk or a kill, would be nobody's for ever. */
async function makeWhole(path: string, text: string): Promise<void> {
  const temporary = `${path}.${randomUUID()}.tmp`;
  try {
    await writeFile(temporary, text, { flag: "wx" });
    await link(temporary, path).catch((error: NodeJS.ErrnoException) => {
      if (error.code === "EEXIST" || error.code === "ENOENT") throw error;
      return writeFile(path, text, { flag: "wx" }); // a file system without links
    });
  } finally {
    await rm(temporary, { force: true });
  }
}

/** Takes away the lock of a process that is no more; throws where there still is one. */
async function removeLeftOver(path: string, run: string): Promise<void> {
  const text = await readFile(path, "utf8").catch(() => undefined);
  if (text === undefined) return; // it was given back this moment
  if (text.trim() === "" && (await isOld(path))) return rm(path, { force: true }); // what a full disk has left
  const owner = readOwner(text);
  if (!owner || mayRun(owner, path)) {
    const who = owner ? `process ${owner.pid} on ${owner.host}` : "another process";
    fail("WRITE_FAILED", `${run} is in use: ${who} trains it. Wait for it, or stop it; if it no longer runs, remove ${path}.`);
  }
  const aside = `${path}.${owner.id}.${randomUUID()}.tmp`;
  const moved = await rename(path, aside).then(
    () => true,
    () => false,
  );
  if (!moved) return; // by another process that found it left over
  const isOther = (await readFile(aside, "utf8")) !== text;
  if (isOther)
    await rename(aside, path); // made by a process that was quicker
  else await rm(aside, { force: true });
}

async function isOld(path: string): Promise<boolean> {
  const there = await stat(path).catch(() => undefined);
  return there !== undefined && Date.now() - there.mtimeMs > EMPTY_FOR_MS;
}

function readOwner(text: string): Owner | undefined {
  try {
    const { pid, host, id } = JSON.parse(text) as Partial<Owner>;
    const isOne = Number.isSafeInteger(pid) && pid! > 0 && typeof host === "string" && /^[\da-f-]{36}$/.test(String(id));
    return isOne ? { pid: pid!, host, id: id! } : undefined;
  } catch {
    return undefined;
  }
}

/** Whether a lock's process may still run; of another machine's nothing is known. */
function mayRun({ pid, host }: Owner, path: string): boolean {
  if (host !== hostname()) return true;
  if (pid === process.pid) return held.has(path);
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== "ESRCH"; // it may be another user's
  }
}
