import type { FileHandle } from "node:fs/promises";
import { fail } from "@rsdix/internal";
import {
  type AsyncBuffer,
  type FileMetaData,
  parquetMetadataAsync,
  parquetReadObjects,
  parquetSchema,
  type SchemaElement,
} from "hyparquet";
import type { MetadataType } from "./manifest";

/** The column of embeddings that `rsdix embed` writes. */
const EMBEDDING = "embedding";
/** Bytes that the system is asked for at once: it gives no more than 2 GiB. */
const AT_A_TIME = 1 << 30;

/** Some rows of a file, in order. */
export interface EmbeddingRows {
  readonly ids: string[];
  readonly files: string[];
  /** Row after row. */
  readonly vectors: Float32Array;
  /** Values of the other columns, a row each. */
  readonly metadata: Readonly<Record<string, readonly (string | number | boolean | null)[]>>;
}

/** What a Parquet file of embeddings says of itself. */
export interface EmbeddingsHead {
  readonly rows: number;
  readonly key: Readonly<Record<string, string>>;
  /** Columns besides "id", "file" and "embedding". */
  readonly columns: Readonly<Record<string, MetadataType>>;
  /** Bytes of each group of rows; infinitely many of one that doesn't say. */
  readonly groups: readonly number[];
}

/** A Parquet file of embeddings, read group by group: never all of it is in memory. */
export class EmbeddingsFile {
  private constructor(
    private readonly path: string,
    private readonly file: AsyncBuffer,
    private readonly metadata: FileMetaData,
    readonly head: EmbeddingsHead,
  ) {}

  /** Reads what an open file says of itself; it stays open. */
  static async open(path: string, handle: FileHandle): Promise<EmbeddingsFile> {
    const file = bufferOf(handle, (await handle.stat()).size);
    const metadata = await parquetMetadataAsync(file).catch((error: Error) =>
      fail("FILE_CORRUPT", `${path} is no Parquet file that can be read: ${error.message}. Give the one that rsdix merge wrote.`, error),
    );
    return new EmbeddingsFile(path, file, metadata, headOf(path, metadata));
  }

  /** Numbers of the first embedding: those of the others must be as many. */
  async dim(): Promise<number> {
    const [first] = await this.read(0, 1, ["id", EMBEDDING]);
    const value = first?.[EMBEDDING];
    return Array.isArray(value) && value.length > 0
      ? value.length
      : fail("FILE_CORRUPT", `${this.path}: the first row has no list of floats as ${EMBEDDING}.`);
  }

  /** The rows of a group, whose embeddings must have so many numbers. */
  async group(index: number, dim: number): Promise<EmbeddingRows> {
    const counts = this.metadata.row_groups.map(({ num_rows }) => Number(num_rows));
    const start = counts.slice(0, index).reduce((sum, count) => sum + count, 0);
    const end = start + counts[index]!;
    const found = await this.read(start, end, ["id", "file", EMBEDDING, ...Object.keys(this.head.columns)]);
    if (found.length !== end - start) fail("FILE_CORRUPT", `${this.path} has ${found.length} rows where it says ${end - start}.`);
    return this.rowsOf(found, dim);
  }

  private async read(rowStart: number, rowEnd: number, columns: string[]): Promise<Record<string, unknown>[]> {
    const { file, metadata } = this;
    return (await parquetReadObjects({ file, metadata, rowStart, rowEnd, columns }).catch((error: Error) =>
      fail("FILE_CORRUPT", `${this.path} cannot be read at row ${rowStart}: ${error.message}. Write it again.`, error),
    )) as Record<string, unknown>[];
  }

  private rowsOf(found: readonly Record<string, unknown>[], dim: number): EmbeddingRows {
    const vectors = new Float32Array(found.length * dim);
    for (const [i, row] of found.entries()) {
      const { id, file, [EMBEDDING]: embedding } = row;
      if (typeof id !== "string" || typeof file !== "string") fail("FILE_CORRUPT", `${this.path} has a row without a text as id and file.`);
      const size = Array.isArray(embedding) ? embedding.length : 0;
      if (size !== dim)
        fail(
          "SHAPE_MISMATCH",
          `${this.path}: the embedding of "${id}" has ${size} numbers, and the first one has ${dim}. They must be of one model.`,
        );
      const other = (embedding as unknown[]).find((value) => typeof value !== "number");
      if (other !== undefined)
        fail(
          "FILE_CORRUPT",
          `${this.path}: the embedding of "${id}" has ${other === null ? "a null" : `a ${typeof other}`} among its numbers. Write floats.`,
        );
      vectors.set(embedding as number[], i * dim);
      unitLength(vectors.subarray(i * dim, (i + 1) * dim), () => `${this.path}: the embedding of "${id}"`);
    }
    const metadata = Object.fromEntries(
      Object.entries(this.head.columns).map(([name, type]) => [name, found.map((row) => metadataOf(row[name], type))]),
    );
    return { ids: found.map(({ id }) => id as string), files: found.map(({ file }) => file as string), vectors, metadata };
  }
}

/** Refuses what has other columns than `mergeShards` writes, or no rows. */
function headOf(path: string, metadata: FileMetaData): EmbeddingsHead {
  const fields = parquetSchema(metadata).children.map(({ element }) => element);
  const kinds = new Map(fields.map((element) => [element.name, kindOf(element)]));
  const wrong = kinds.get("id") !== "string" || kinds.get("file") !== "string" || kinds.get(EMBEDDING) !== undefined;
  if (wrong || !kinds.has(EMBEDDING))
    fail(
      "FILE_CORRUPT",
      `${path} has no texts as id and file with lists of floats as ${EMBEDDING}: its columns are ${[...kinds.keys()].join(", ")}. Give what rsdix embed and rsdix merge wrote.`,
    );
  const rows = Number(metadata.num_rows);
  if (rows === 0) fail("EMPTY_DATA", `${path} has no rows: there is nothing to search in.`);
  const inGroups = metadata.row_groups.reduce((sum, { num_rows }) => sum + Number(num_rows), 0);
  if (inGroups !== rows)
    fail("FILE_CORRUPT", `${path} is damaged: it says that it has ${rows} rows, and its groups have ${inGroups}. Write it again.`);
  const columns = Object.fromEntries(
    [...kinds].filter((each): each is [string, MetadataType] => each[1] !== undefined && !["id", "file"].includes(each[0])),
  );
  return { rows, key: notesOf(metadata), columns, groups: metadata.row_groups.map(({ total_byte_size }) => bytesOf(total_byte_size)) };
}

/** What a file says of a group's bytes, which not each does. */
function bytesOf(size: bigint | undefined): number {
  const bytes = Number(size);
  return Number.isNaN(bytes) ? Number.POSITIVE_INFINITY : bytes;
}

/** An open file as hyparquet reads it: whatever a damaged one says, no more than there is. */
function bufferOf(handle: FileHandle, byteLength: number): AsyncBuffer {
  return {
    byteLength,
    async slice(start, end = byteLength) {
      const bytes = new Uint8Array(Math.max(0, Math.min(end, byteLength) - Math.max(0, start)));
      for (let done = 0; done < bytes.length; ) {
        const { bytesRead } = await handle.read(bytes, done, Math.min(bytes.length - done, AT_A_TIME), start + done);
        if (bytesRead === 0) throw new Error("it has become shorter");
        done += bytesRead;
      }
      return bytes.buffer;
    },
  };
}

/** Scales a vector to length 1, so that a product is a cosine. */
export function unitLength(vector: Float32Array, what: () => string): void {
  let sum = 0;
  for (const value of vector) sum += value * value;
  const length = Math.sqrt(sum);
  if (!Number.isFinite(length)) fail("NOT_A_NUMBER", `${what()} has NaN or Infinity. Embed that image again, or leave it out.`);
  if (length === 0)
    fail("NOT_A_NUMBER", `${what()} is zero in all numbers, which points nowhere. Embed that image again, or leave it out.`);
  for (let i = 0; i < vector.length; i++) vector[i]! /= length;
}

const notesOf = ({ key_value_metadata = [] }: FileMetaData) =>
  Object.fromEntries(
    key_value_metadata.filter(({ key }) => !/^(rsdix\.|pandas|ARROW:)/.test(key)).map(({ key, value = "" }) => [key, value]),
  );

const DATES = ["DATE", "TIMESTAMP_MILLIS", "TIMESTAMP_MICROS"];

/** What a column holds; undefined for lists and whatever conditions can't be on. */
function kindOf({ type, num_children, repetition_type, converted_type, logical_type }: SchemaElement): MetadataType | undefined {
  if (num_children || repetition_type === "REPEATED") return undefined;
  if (DATES.includes(converted_type ?? "") || ["DATE", "TIMESTAMP"].includes(logical_type?.type ?? "")) return "string";
  if (type === "BOOLEAN") return "boolean";
  if (type === "INT32" || type === "INT64" || type === "FLOAT" || type === "DOUBLE") return "number";
  return converted_type === "UTF8" || converted_type === "ENUM" || logical_type?.type === "STRING" ? "string" : undefined;
}

function metadataOf(value: unknown, type: MetadataType): string | number | boolean | null {
  if (value === null || value === undefined) return null;
  if (value instanceof Date) return value.toISOString();
  if (type === "number") return Number(value);
  return type === "string" ? String(value) : Boolean(value);
}
