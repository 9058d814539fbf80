import { randomUUID } from "node:crypto";
import { link, readFile, rm, stat, utimes, writeFile } from "node:fs/promises";
import { hostname } from "node:os";
import { resolve } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { realPath } from "@rsdix/data/node";
import { fail } from "@rsdix/internal";

/** Who has a lock; `id` tells it from any other. */
interface Owner {
  readonly pid: number;
  readonly host: string;
  readonly id: string;
}

/** How a lock is waited for. */
export interface LockWait {
  /** Ends the waiting. A lock that is free, or is within half a second, is had all the same: what is done when a command is stopped is kept. */
  readonly signal: AbortSignal;
  /** Told what is waited for, where that takes seconds. */
  readonly onWait?: (text: string) => void;
}

/** A lock that was had, or why it was not. */
export type TriedLock = { readonly release: () => Promise<void> } | { readonly heldBy: string };

/** Ids of this process's locks: a process that is restarted in a container may well have the number of the one that was killed. */
const held = new Set<string>();
/** A lock that is left over is taken away, and may be made anew by another process before this one does. */
const ATTEMPTS = 3;
/** A lock without an owner for so long is left over: whoever makes one has it written by then. */
const EMPTY_FOR_MS = 10_000;
/** Between two tries for a lock that another has for a moment. */
const TRY_EVERY_MS = 20;
/**
 * Who does something alone shows that it goes on, and is waited for until nothing was shown for so long: a file of gigabytes, or many, are written meanwhile.
 */
const RENEW_EVERY_MS = 5_000;
const SILENT_FOR_MS = 60_000;
/** After so long it is said what is waited for. */
const SAY_AFTER_MS = 3_000;
/** Who was stopped still writes what is done already where the lock becomes free within this. */
const STOPPED_TRY_FOR_MS = 500;
/** What systems say where nothing may be written. */
const NOT_PERMITTED = ["EACCES", "EPERM", "EROFS"];

/**
 * Tries for a lock, a file that is there while somebody has it. What a process that was killed left does not count.
 *
 * @throws what the system says where the file can't be made.
 */
export async function tryLock(file: string): Promise<TriedLock> {
  const path = resolve(file);
  const owner: Owner = { pid: process.pid, host: hostname(), id: randomUUID() };
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    held.add(owner.id); // before its file is there and until it is gone, or another task here takes it for left over
    try {
      await makeWhole(path, `${JSON.stringify(owner)}\n`);
      return { release: () => rm(path, { force: true }).finally(() => void held.delete(owner.id)) };
    } catch (error) {
      held.delete(owner.id);
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    }
    const heldBy = await removeLeftOver(path);
    if (heldBy !== undefined) return { heldBy };
  }
  return { heldBy: "another process" };
}

/**
 * Does something while nobody else does, of all who lock the same file: reads it, and writes it with what is added. Waits for them, as long as they go on.
 *
 * @param path - the file that is changed, or a link to it; the lock lies beside the file itself.
 * @throws RsdixError WRITE_FAILED where the lock can't be made, or whoever has it shows no sign for a minute; ABORTED.
 */
export async function whileLocked<T>(path: string, work: () => Promise<T>, { signal, onWait }: Partial<LockWait> = {}): Promise<T> {
  const lock = `${realPath(path)}.lock`;
  const begun = performance.now();
  let isSaid = false;
  let sign = { state: "", at: begun };
  let stoppedAt = signal?.aborted ? begun : undefined;
  for (;;) {
    const tried = await tryLock(lock).catch((error: Error) =>
      fail("WRITE_FAILED", `${path} can't be kept for this process while it is written: ${error.message}`, error),
    );
    if ("release" in tried) return renewed(lock, work).finally(tried.release);
    const now = performance.now();
    if (signal?.aborted) stoppedAt ??= now;
    if (stoppedAt !== undefined && now - stoppedAt >= STOPPED_TRY_FOR_MS)
      fail("ABORTED", `${path} was not written, as ${tried.heldBy} is writing it. What it had before is unchanged.`, signal?.reason);
    const state = await stateOf(lock);
    if (state !== sign.state) sign = { state, at: now };
    if (now - sign.at > SILENT_FOR_MS)
      fail(
        "WRITE_FAILED",
        `${path} is being written by ${tried.heldBy}, which has shown no sign for a minute. If it no longer runs, remove ${lock}.`,
      );
    if (!isSaid && now - begun > SAY_AFTER_MS) {
      onWait?.(`Waiting for ${tried.heldBy}, which writes ${path}.`);
      isSaid = true;
    }
    await wait(TRY_EVERY_MS * (1 + Math.random()));
  }
}

/**
 * Reads something while nobody writes it; where this process may not write there, it is read without a lock: all that is wanted may be there already.
 *
 * @param work - told whether it has the lock, and may put right what it finds.
 */
export async function whileLockedIfPermitted<T>(path: string, work: (isLocked: boolean) => Promise<T>, waiting?: LockWait): Promise<T> {
  let isLocked = false;
  const locked = () => {
    isLocked = true;
    return work(true);
  };
  return whileLocked(path, locked, waiting).catch((error: Error & { readonly cause?: { readonly code?: string } }) => {
    if (isLocked || !NOT_PERMITTED.includes(error.cause?.code ?? "")) throw error;
    return work(false);
  });
}

/** Does something under a lock whose time is set anew meanwhile, which those who wait for it see. */
async function renewed<T>(lock: string, work: () => Promise<T>): Promise<T> {
  const renew = () => utimes(lock, new Date(), new Date()).catch(() => undefined);
  const timer = setInterval(renew, RENEW_EVERY_MS);
  return work().finally(() => clearInterval(timer));
}

/** Differs once another has the lock, or who has it shows that it goes on. By the file's own times: two machines' clocks may differ. */
async function stateOf(lock: string): Promise<string> {
  const there = await stat(lock).catch(() => undefined);
  return there ? `${there.ino} ${there.mtimeMs}` : "";
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

/** Takes away the lock of a process that is no more; says who has it where there still is one. */
async function removeLeftOver(path: string): Promise<string | undefined> {
  const text = await readFile(path, "utf8").catch(() => undefined);
  if (text === undefined) return undefined; // it was given back this moment
  const owner = readOwner(text);
  const isLeft = owner ? !mayRun(owner) : text.trim() === "" && (await isOld(path)); // empty: what a full disk has left
  if (isLeft) await removeSame(path, text);
  else return owner ? `process ${owner.pid} on ${owner.host}` : "another process";
  return undefined;
}

/** Takes away a lock with this text. One process at a time does, so that none takes away what another has made anew meanwhile. */
async function removeSame(path: string, text: string): Promise<void> {
  const gate = `${path}.gate`;
  const isOurs = await writeFile(gate, "", { flag: "wx" }).then(
    () => true,
    (error: NodeJS.ErrnoException) => (error.code === "EEXIST" ? false : Promise.reject(error)),
  );
  if (!isOurs) {
    if (await isOld(gate)) await rm(gate, { force: true }); // of a process that was killed just then
    return;
  }
  try {
    if ((await readFile(path, "utf8").catch(() => undefined)) === text) await rm(path, { force: true });
  } finally {
    await rm(gate, { force: true });
  }
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
function mayRun({ pid, host, id }: Owner): boolean {
  if (host !== hostname()) return true;
  if (pid === process.pid) return held.has(id);
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== "ESRCH"; // it may be another user's
  }
}
