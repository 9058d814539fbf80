import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { fail } from "@rsdix/internal";

/** What a metadata column holds; dates are texts such as "2024-05-31T00:00:00.000Z". */
export type MetadataType = "string" | "number" | "boolean";

/** How much of what exact search finds the index finds. */
export interface IndexRecall {
  /** Neighbours that were asked for. */
  readonly k: number;
  /** Vectors of the index whose neighbours were asked for. */
  readonly samples: number;
  /** The share that was found, 0 to 1. */
  readonly recall: number;
}

/** The files of an index. */
export const FILES = { manifest: "index.json", graph: "graph.usearch", vectors: "vectors.f32", rows: "rows.parquet" } as const;

/** `index.json`. */
export interface Manifest {
  readonly version: 1;
  readonly rows: number;
  readonly dim: number;
  /** What the embeddings were made with, as the Parquet file says it: hashes of the model and of how images were prepared. */
  readonly key: Readonly<Record<string, string>>;
  /** The columns that conditions may be on, "id" and "file" among them. */
  readonly columns: Readonly<Record<string, MetadataType>>;
  /** The graph is read by foreign code, which a damaged one could crash: it is opened only where its hash is right. */
  readonly graph: { readonly bytes: number; readonly sha256: string };
  /** The hash of the rows' file: of damaged Parquet a reader may make other texts, or never end. */
  readonly rowsSha256: string;
  /** The hash of the vectors' file, looked at only when asked for: it is large, and a vector that isn't of length 1 is noticed anyway. Not in older indexes. */
  readonly vectorsSha256?: string;
  readonly recall?: IndexRecall;
}

/** Reads the manifest of an index, and checks that its files are those that were written: of the vectors the size, and each byte to `verify` them. */
export async function readManifest(folder: string, verify = false): Promise<Manifest> {
  const path = join(folder, FILES.manifest);
  const text = await readFile(path, "utf8").catch((error: NodeJS.ErrnoException) =>
    fail("FILE_NOT_FOUND", `${folder} is no index: ${whyNone(error)}. Give the folder that an index was built into.`, error),
  );
  const manifest = parseManifest(text, path);
  const { rows, dim, graph } = manifest;
  await checkSize(join(folder, FILES.graph), graph.bytes);
  await checkSize(join(folder, FILES.vectors), rows * dim * Float32Array.BYTES_PER_ELEMENT);
  await checkHash(join(folder, FILES.graph), graph.sha256);
  await checkHash(join(folder, FILES.rows), manifest.rowsSha256);
  if (verify) {
    const { vectorsSha256 } = manifest;
    if (vectorsSha256 === undefined)
      fail("INVALID_ARGUMENT", `${folder} has no checksum of its vectors, as of an earlier version: build it again to have them verified.`);
    await checkHash(join(folder, FILES.vectors), vectorsSha256);
  }
  return manifest;
}

function whyNone({ code, message }: NodeJS.ErrnoException): string {
  if (code === "ENOENT") return `there is no ${FILES.manifest} in it`;
  return code === "ENOTDIR" ? "it is a file" : message;
}

/** Says that a file of an index is not what was written. */
export function damaged(path: string, why: string, cause?: unknown): never {
  return fail("FILE_CORRUPT", `${path} is damaged: ${why}. Build the index again.`, cause);
}

/** The hash of a file, which is read in pieces. */
export async function fileHash(path: string): Promise<string> {
  const hash = createHash("sha256");
  await pipeline(createReadStream(path, { highWaterMark: 1 << 20 }), hash);
  return hash.digest("hex");
}

async function checkHash(path: string, sha256: string): Promise<void> {
  const found = await fileHash(path).catch((error: Error) => damaged(path, "it cannot be read", error));
  if (found !== sha256) damaged(path, "its bytes are not those that were written");
}

async function checkSize(path: string, bytes: number): Promise<void> {
  const { size } = await stat(path).catch((error: Error) => damaged(path, "it cannot be read", error));
  if (size !== bytes) damaged(path, `it has ${size} bytes in place of ${bytes}`);
}

function parseManifest(text: string, path: string): Manifest {
  let manifest: Manifest;
  try {
    manifest = JSON.parse(text) as Manifest;
  } catch (error) {
    return damaged(path, (error as Error).message, error);
  }
  const { version, rows, dim, graph, rowsSha256, columns, key } = manifest ?? {};
  if (version !== 1) return damaged(path, `it is of version ${JSON.stringify(version)}, and this program reads version 1`);
  const counts = [rows, dim, graph?.bytes].every((count) => Number.isSafeInteger(count) && count! > 0);
  const texts =
    typeof graph?.sha256 === "string" && typeof rowsSha256 === "string" && typeof columns?.id === "string" && typeof key === "object";
  if (!counts || !texts) return damaged(path, "it doesn't say what is in the index");
  return manifest;
}
