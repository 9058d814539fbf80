import { basename, dirname, join } from "node:path";
import { fail } from "@rsdix/internal";
import { checkPath, type FileSource, opening, openSource } from "./file-node";
import { readAll } from "./lazy-checkpoint";
import { type LazySafetensors, openSafetensors, type SafetensorsFile } from "./safetensors";
import { openShardedSafetensors } from "./safetensors-sharded";

/**
 * Opens a safetensors file on disk, or, by its `.index.json`, a model that lies in several. Headers are read and checked; an array is read when it
 * is asked for.
 *
 * @param path The file; one whose name ends in `.json` is the index of files beside it.
 * @returns The arrays, each with `read`, the metadata, and `close`, to be called when all that is wanted was read.
 * @throws FILE_NOT_FOUND; FILE_CORRUPT when a file is damaged or hostile, an index isn't what the files hold, or files are replaced
 * while they are opened or written to while they are read; FILE_TOO_LARGE when a header is
 * beyond 8 MB or an index beyond 16 MB.
 *
 * @example
 * ```ts
 * import { tmpdir } from "node:os";
 * import { join } from "node:path";
 * import { openSafetensorsFile, writeSafetensors } from "@rsdix/models/node";
 *
 * const path = join(tmpdir(), "lazy.safetensors");
 * await writeSafetensors(path, new Map([["bias", { dtype: "float32", shape: [2], data: Float32Array.of(1, 2) }]]));
 * const { tensors, close } = await openSafetensorsFile(path);
 * console.log((await tensors.get("bias")?.read())?.data); // Float32Array [ 1, 2 ]
 * await close();
 * ```
 *
 * @see https://github.com/huggingface/safetensors#format
 */
export async function openSafetensorsFile(path: string): Promise<LazySafetensors & { close(): Promise<void> }> {
  checkPath(path);
  if (!path.endsWith(".json")) return opening(path, openSafetensors);
  const sources: FileSource[] = [];
  const close = async () => {
    for (const source of sources) await source.close();
  };
  const open = async (name: string) => {
    const source = await openSource(join(dirname(path), name));
    sources.push(source);
    return source;
  };
  try {
    const opened = await openShardedSafetensors(open, basename(path));
    for (const source of sources) {
      if (await source.isReplaced()) fail("FILE_CORRUPT", `The files of ${path} were replaced while they were opened: open it again.`);
    }
    return { ...opened, close };
  } catch (error) {
    await close();
    throw error;
  }
}

/**
 * Reads a safetensors file as a whole. The header is checked against the file's size before anything of that size is allocated.
 *
 * @param path The file, or the index of several.
 * @returns The arrays and the metadata.
 * @throws FILE_NOT_FOUND, FILE_CORRUPT, or FILE_TOO_LARGE when its header is beyond 8 MB.
 *
 * @example
 * ```ts
 * import { tmpdir } from "node:os";
 * import { join } from "node:path";
 * import { readSafetensors, writeSafetensors } from "@rsdix/models/node";
 *
 * const path = join(tmpdir(), "model.safetensors");
 * const bias = { dtype: "float32" as const, shape: [2], data: Float32Array.of(1, 2) };
 * await writeSafetensors(path, new Map([["bias", bias]]), { step: "100" });
 * const { tensors, metadata } = await readSafetensors(path);
 * console.log(tensors.get("bias")?.data, metadata.step); // Float32Array [ 1, 2 ] 100
 * ```
 *
 * @see https://github.com/huggingface/safetensors#format
 */
export async function readSafetensors(path: string): Promise<SafetensorsFile> {
  const { tensors, metadata, close } = await openSafetensorsFile(path);
  try {
    return { tensors: await readAll(tensors), metadata };
  } finally {
    await close();
  }
}
