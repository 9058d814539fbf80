import { type FileHandle, open, readdir, rename, rm, stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { fail } from "@rsdix/internal";
import { makeFolder } from "./path-node";
import type { PartialFile } from "./platform";
import { privateName } from "./private-name-node";

/** Untouched for so long, a partial file's writer has died: a living one gives up after 30 seconds without a byte. */
const ABANDONED_MS = 120_000;
const READ_BYTES = 1 << 20;

/**
 * A file that is being downloaded, under a name of its own; an earlier, interrupted download is taken over by renaming it, which
 * succeeds for one process only. `link` gives the finished file its name.
 */
export async function beginPartial(blob: string, link: () => Promise<void>): Promise<PartialFile> {
  const path = privateName(blob, "incomplete");
  const file = await writing(path, async () => {
    await makeFolder(dirname(blob));
    for (const left of await leftOver(blob)) {
      const taken = await rename(left, path).then(
        () => true,
        () => false,
      );
      if (taken) break;
    }
    return open(path, "a+");
  });
  let size = await file.stat().then((status) => status.size);
  return {
    size: () => size,
    chunks: () => chunksOf(file, size),
    write: async (bytes) => {
      await writing(path, () => file.appendFile(bytes));
      size += bytes.length;
    },
    restart: async () => {
      await writing(path, () => file.truncate(0));
      size = 0;
    },
    finish: async () => {
      await writing(blob, async () => {
        await file.sync();
        await file.close();
        await rename(path, blob);
      });
      await link();
    },
    keep: async () => {
      await file.close().catch(() => undefined);
      const put = size > 0 ? rename(path, `${blob}${FREE}`) : rm(path, { force: true });
      await put.catch(() => undefined);
    },
    discard: async () => {
      await file.close().catch(() => undefined);
      await rm(path, { force: true }).catch(() => undefined);
    },
  };
}

/** How a partial file is named that was interrupted in good order: nobody writes to it. */
const FREE = ".rsdix.incomplete";

/** What earlier downloads left of a file and nobody writes to, the longest first. */
async function leftOver(blob: string): Promise<string[]> {
  const folder = dirname(blob);
  const names = (await readdir(folder)).filter((name) => name.startsWith(`${basename(blob)}.`) && name.endsWith(".incomplete"));
  const found = await Promise.all(
    names.map(async (name) => {
      const path = join(folder, name);
      const status = await stat(path).catch(() => undefined); // another process was faster
      const free = name.endsWith(FREE) || (status && Date.now() - status.mtimeMs > ABANDONED_MS);
      return status?.isFile() && free ? [{ path, size: status.size }] : [];
    }),
  );
  return found
    .flat()
    .sort((a, b) => b.size - a.size)
    .map(({ path }) => path);
}

async function* chunksOf(file: FileHandle, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < size; ) {
    const { bytesRead, buffer } = await file.read(new Uint8Array(Math.min(READ_BYTES, size - at)), 0, undefined, at);
    if (bytesRead === 0) fail("FILE_CORRUPT", "The partial file in the cache was cut while it was being read: load again.");
    yield buffer.subarray(0, bytesRead);
    at += bytesRead;
  }
}

async function writing<T>(path: string, write: () => Promise<T>): Promise<T> {
  try {
    return await write();
  } catch (error) {
    return failWrite(path, error);
  }
}

/** WRITE_FAILED, with what can be done about it. */
export function failWrite(path: string, error: unknown): never {
  fail(
    "WRITE_FAILED",
    `Can't write ${path} to the cache: ${(error as Error).message}. Make room there, or give another folder (the option cacheDir, or HF_HUB_CACHE).`,
    error,
  );
}
