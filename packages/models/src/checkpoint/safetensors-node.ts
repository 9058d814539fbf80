import { open, rename, rm } from "node:fs/promises";
import { fail } from "@rsdix/internal";
import type { CheckpointTensor } from "./checkpoint";
import { openToRead, readAt } from "./file-node";
import { decodeTensor, type SafetensorsFile, safetensorsChunks } from "./safetensors";
import { headerLength, parseHeader } from "./safetensors-header";

/**
 * Reads a safetensors file. The header is checked against the file's size before anything of that size is allocated.
 *
 * @param path The file.
 * @returns The arrays and the metadata.
 * @throws FILE_NOT_FOUND, FILE_CORRUPT, or FILE_TOO_LARGE when its header is beyond 100 MB.
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
 */
export async function readSafetensors(path: string): Promise<SafetensorsFile> {
  const file = await openToRead(path);
  try {
    const { size } = await file.stat();
    const length = 8 + headerLength(await readAt(file, path, 0, Math.min(8, size)), size);
    const { entries, metadata, dataStart } = parseHeader(await readAt(file, path, 0, length), size);
    const data = await readAt(file, path, dataStart, size - dataStart);
    return { tensors: new Map(entries.map((entry) => [entry.name, decodeTensor(entry, data)])), metadata };
  } finally {
    await file.close();
  }
}

/**
 * Writes a safetensors file: under a temporary name, synced, then renamed, so that an interrupted or failed write leaves the old file whole.
 *
 * @param path The file.
 * @param tensors The arrays by name, float32 or int32.
 * @param metadata Free text by name.
 * @throws WRITE_FAILED when the disk is full, the folder is missing or not writable; INVALID_ARGUMENT when an array doesn't fit its shape.
 *
 * @example
 * ```ts
 * import { tmpdir } from "node:os";
 * import { join } from "node:path";
 * import { writeSafetensors } from "@rsdix/models/node";
 *
 * const scale = { dtype: "float32" as const, shape: [], data: Float32Array.of(2.6592) };
 * await writeSafetensors(join(tmpdir(), "scale.safetensors"), new Map([["logit_scale", scale]]));
 * ```
 */
export async function writeSafetensors(
  path: string,
  tensors: ReadonlyMap<string, CheckpointTensor>,
  metadata: Readonly<Record<string, string>> = {},
): Promise<void> {
  const chunks = safetensorsChunks(tensors, metadata);
  const temporary = `${path}.${process.pid}.tmp`;
  try {
    const file = await open(temporary, "w");
    try {
      for (const chunk of chunks) await file.writeFile(chunk);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => undefined);
    fail("WRITE_FAILED", `Can't write the checkpoint ${path}; an older one is untouched. ${(error as Error).message}`, error);
  }
}
