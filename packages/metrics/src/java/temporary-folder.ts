import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";

/** Gives a new folder to `work`, which only this user can read, and takes it away again however that ends. */
export async function withTemporaryFolder<T>(work: (folder: string) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), "rsdix-java-"));
  try {
    return await work(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
  }
}

/** A table without entries. */
export function writeEmptyGzip(folder: string): string {
  const path = join(folder, "empty.gz");
  writeFileSync(path, gzipSync(""));
  return path;
}
