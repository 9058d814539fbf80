import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { fail } from "@rsdix/internal";
import { makeFolders } from "../make-folders";
import { writeFileAtomic } from "../write-file-atomic";
import type { FeatureCache } from "./feature-cache";

/**
 * A cache of encoded features in a folder, for `embedDataset`: float32 (little endian) beside an index in JSON, a name a key. Files are written under
 * temporary names and renamed; what an embedding that broke off had finished is taken up by the next.
 *
 * @param folder - the folder; it is made when something is written.
 * @returns the cache.
 * @throws RsdixError INVALID_ARGUMENT when `folder` is no path; from `write` WRITE_FAILED; from `read` FILE_NOT_FOUND for a file that is there and cannot be
 * read.
 * @example
 * ```ts
 * import { mkdtemp, rm } from "node:fs/promises";
 * import { tmpdir } from "node:os";
 * import { join } from "node:path";
 * import { folderFeatureCache } from "@rsdix/data/node";
 * const folder = await mkdtemp(join(tmpdir(), "example-"));
 * const cache = folderFeatureCache(join(folder, "features"));
 * await cache.write("a.f32", Uint8Array.of(1));
 * if ((await cache.read("a.f32"))?.[0] !== 1) throw new Error("expected what was written");
 * await rm(folder, { recursive: true });
 * ```
 */
export function folderFeatureCache(folder: string): FeatureCache {
  if (typeof folder !== "string" || folder === "") fail("INVALID_ARGUMENT", `folder must be a path, got ${JSON.stringify(folder)}.`);
  return {
    async read(name) {
      try {
        return await readFile(join(folder, name));
      } catch (cause) {
        const { code, message } = cause as NodeJS.ErrnoException;
        if (code === "ENOENT") return undefined;
        fail("FILE_NOT_FOUND", `${join(folder, name)} cannot be read: ${message}.`, cause);
      }
    },
    async write(name, bytes) {
      await makeFolders(folder).catch((cause: Error) => fail("WRITE_FAILED", `${folder} could not be made: ${cause.message}.`, cause));
      await writeFileAtomic(join(folder, name), bytes);
    },
  };
}
