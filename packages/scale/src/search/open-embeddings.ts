import { type FileHandle, open, stat } from "node:fs/promises";
import { fail } from "@rsdix/internal";
import { sealState } from "../seal";
import { type EmbeddingRows, EmbeddingsFile, type EmbeddingsHead } from "./embeddings-file";
import { readElsewhere } from "./read-elsewhere";

/** Embeddings that can be read. */
export interface Embeddings extends EmbeddingsHead {
  readonly dim: number;
  group(index: number): Promise<EmbeddingRows>;
  close(): Promise<void>;
}

/**
 * Opens a file that `mergeShards` wrote, or one with columns of the same names. Of ours each bit is known to be what was written. Of what other programs wrote
 * nothing is known, and a reader of damaged Parquet may never end, or fill the memory: it is read in a thread that can be ended.
 */
export async function openEmbeddings(path: string, signal?: AbortSignal): Promise<Embeddings> {
  const handle = await openFile(path);
  try {
    const state = await sealState(handle, signal);
    if (state === "broken")
      fail("FILE_CORRUPT", `${path} is not what was written there: its checksum is missing or another. Merge again (rsdix merge).`);
    if (state === "none") return await readElsewhere(path, handle, { signal });
    const file = await EmbeddingsFile.open(path, handle);
    const dim = await file.dim();
    return { ...file.head, dim, group: (index) => file.group(index, dim), close: () => handle.close() };
  } catch (error) {
    await handle.close();
    if (signal?.aborted) fail("ABORTED", `The reading of ${path} was stopped.`, signal.reason);
    throw error;
  }
}

async function openFile(path: string): Promise<FileHandle> {
  const refused = (error: NodeJS.ErrnoException) => {
    const why = error.code === "ENOENT" ? "there is no such file" : error.message;
    return fail("FILE_NOT_FOUND", `${path} cannot be read: ${why}. Give the Parquet file that rsdix merge wrote.`, error);
  };
  const there = await stat(path).catch(refused);
  if (there.isDirectory()) fail("FILE_NOT_FOUND", `${path} is a folder: give the Parquet file that rsdix merge wrote of it.`);
  if (!there.isFile()) fail("FILE_NOT_FOUND", `${path} is a device, a pipe or a socket, which can't be read from its end. Give a file.`);
  return open(path).catch(refused);
}
