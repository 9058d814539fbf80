import { fail } from "@rsdix/internal";

/** Contents by key. */
export interface Storage {
  get(key: string): Promise<Blob | undefined>;
  put(key: string, content: Blob): Promise<void>;
  delete(key: string): Promise<void>;
}

/** Where a browser keeps files. */
export interface BrowserStorage {
  readonly small: Storage;
  readonly large: Storage;
  /** What it is, for messages. */
  readonly place: string;
}

/** The name of the cache, and of the folder in the origin's private file system. */
const NAME = "rsdix-hub";

/**
 * The Cache API for files of one piece, the origin's private file system for larger ones: a file there is a reference to the disk, of
 * which a piece is read; an answer out of the Cache API is copied as a whole. What a browser lacks is stood in for by the other; without a
 * secure context there is neither, and nothing outlives the page.
 */
export async function browserStorage(): Promise<BrowserStorage> {
  const small = globalThis.caches ? cacheStorage(await caches.open(NAME)) : undefined;
  const large = (await privateFiles()) ?? small;
  if (small && large) return { small, large, place: "the browser's storage" };
  const memory = memoryStorage();
  return { small: memory, large: memory, place: "the page's memory (over http a browser gives no storage: use https)" };
}

function cacheStorage(cache: Cache): Storage {
  return {
    get: async (key) => (await cache.match(key))?.blob(),
    put: (key, content) => cache.put(key, new Response(content)),
    delete: async (key) => void (await cache.delete(key)),
  };
}

/** `undefined` where the browser has none, hides it (a private window), or can't write to it outside of workers. */
async function privateFiles(): Promise<Storage | undefined> {
  if (!globalThis.navigator?.storage?.getDirectory || !("createWritable" in (globalThis.FileSystemFileHandle?.prototype ?? {}))) return;
  const root = await navigator.storage.getDirectory().catch(() => undefined);
  const folder = await root?.getDirectoryHandle(NAME, { create: true }).catch(() => undefined);
  if (!folder) return;
  const nameOf = (key: string) => encodeURIComponent(key.slice(key.lastIndexOf("/") + 1)); // the hash and the number of the piece
  return {
    get: async (key) => {
      const handle = await folder.getFileHandle(nameOf(key)).catch(() => undefined);
      return handle?.getFile();
    },
    put: async (key, content) => {
      const handle = await folder.getFileHandle(nameOf(key), { create: true });
      const stream = await handle.createWritable(); // writes elsewhere: the file is the old one or the new one
      try {
        await stream.write(content);
        await stream.close();
      } catch (error) {
        await stream.abort().catch(() => undefined);
        throw error;
      }
    },
    delete: (key) => folder.removeEntry(nameOf(key)).catch(() => undefined),
  };
}

/** One page, one copy. */
const inMemory = new Map<string, Blob>();

function memoryStorage(): Storage {
  return {
    get: async (key) => inMemory.get(key),
    put: async (key, content) => void inMemory.set(key, content),
    delete: async (key) => void inMemory.delete(key),
  };
}

/** WRITE_FAILED, with how full the storage is. */
export async function failWrite(what: string, error: unknown): Promise<never> {
  const { usage, quota } = (await globalThis.navigator?.storage?.estimate?.().catch(() => undefined)) ?? {};
  const full = quota === undefined ? "" : ` The site has ${usage} of ${quota} bytes.`;
  return fail("WRITE_FAILED", `Can't keep ${what} in the browser's storage: ${(error as Error).message}.${full} Free some of it.`, error);
}
