import { fail, show } from "@rsdix/internal";

/** Where encoded features are kept: a folder (`folderFeatureCache` in Node), a browser's storage (`directoryFeatureCache`), memory. */
export interface FeatureCache {
  /**
   * A file's bytes; undefined where there is none.
   *
   * @param name - letters, digits, "-" and "." alone.
   */
  read(name: string): Promise<Uint8Array | undefined>;
  /** Writes a file so that it is there whole or not at all, whatever breaks off meanwhile. */
  write(name: string, bytes: Uint8Array): Promise<void>;
}

/**
 * A cache of encoded features that lasts as long as the program.
 *
 * @returns an empty cache.
 * @example
 * ```ts
 * import { memoryFeatureCache } from "@rsdix/data";
 * const cache = memoryFeatureCache();
 * await cache.write("a.f32", Uint8Array.of(1));
 * if ((await cache.read("a.f32"))?.[0] !== 1 || (await cache.read("b.f32"))) throw new Error("expected the one that was written");
 * ```
 */
export function memoryFeatureCache(): FeatureCache {
  const files = new Map<string, Uint8Array>();
  return {
    read: async (name) => files.get(name)?.slice(),
    async write(name, bytes) {
      files.set(name, bytes.slice());
    },
  };
}

/**
 * A cache of encoded features in a folder of the browser: its private storage (`await navigator.storage.getDirectory()`), or one that a person picked.
 *
 * @param directory - the folder's handle.
 * @returns the cache.
 * @throws RsdixError INVALID_ARGUMENT for what is no folder's handle; from `write` WRITE_FAILED, such as when the browser gives no more room; from `read`
 * FILE_NOT_FOUND for a file that is there and cannot be read.
 * @example
 * ```ts
 * import { directoryFeatureCache } from "@rsdix/data";
 * const inBrowser = typeof navigator === "object" && "storage" in navigator;
 * const cache = inBrowser ? directoryFeatureCache(await navigator.storage.getDirectory()) : undefined;
 * if (cache) await cache.write("a.f32", Uint8Array.of(1));
 * ```
 * @see https://fs.spec.whatwg.org
 */
export function directoryFeatureCache(directory: FileSystemDirectoryHandle): FeatureCache {
  if (typeof directory?.getFileHandle !== "function") {
    const hint = "such as await navigator.storage.getDirectory()";
    fail("INVALID_ARGUMENT", `directory must be a folder's handle, ${hint}, got ${show(directory)}.`);
  }
  return {
    async read(name) {
      try {
        const handle = await directory.getFileHandle(name);
        return new Uint8Array(await (await handle.getFile()).arrayBuffer());
      } catch (cause) {
        const { name: kind, message } = cause as Error;
        if (kind === "NotFoundError") return undefined;
        fail("FILE_NOT_FOUND", `"${name}" in ${called(directory)} cannot be read: ${message}.`, cause);
      }
    },
    async write(name, bytes) {
      try {
        const stream = await (await directory.getFileHandle(name, { create: true })).createWritable();
        try {
          await stream.write(bytes as Uint8Array<ArrayBuffer>);
        } catch (error) {
          await stream.abort();
          throw error;
        }
        await stream.close(); // only now what was there is replaced
      } catch (cause) {
        fail("WRITE_FAILED", `"${name}" in ${called(directory)} could not be written: ${(cause as Error).message}.`, cause);
      }
    },
  };
}

/** A browser's private storage has no name. */
function called({ name }: FileSystemDirectoryHandle): string {
  return name ? `the folder "${name}"` : "the browser's storage";
}
