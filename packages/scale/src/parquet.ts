import { fail } from "@rsdix/internal";
import { asyncBufferFromFile, type FileMetaData, parquetMetadata, parquetMetadataAsync, parquetReadObjects } from "hyparquet";
import { type ColumnSource, ParquetWriter } from "hyparquet-writer";
import { type Columns, type Row, schemaOf } from "./columns";
import { type FileReader, fileReader } from "./file-reader";
import { CREATED_BY } from "./seal";

/** Rows that Parquet keeps together: a reader has so many in memory at once. */
export const ROWS_PER_GROUP = 4096;

/** Texts that a file carries beside its rows. */
export type FileNotes = Readonly<Record<string, string>>;

/** What hyparquet-writer writes to. */
export type ParquetSink = ConstructorParameters<typeof ParquetWriter>[0]["writer"];

/** Begins a Parquet file. */
export function parquetWriter(writer: ParquetSink, columns: Columns, notes: FileNotes): ParquetWriter {
  const kvMetadata = Object.entries(notes).map(([key, value]) => ({ key, value }));
  return new ParquetWriter({ writer, schema: schemaOf(columns), kvMetadata, createdBy: CREATED_BY, statistics: false });
}

/** Rows as hyparquet-writer takes them. Embeddings don't get smaller by packing, texts do. */
export function columnData(rows: readonly Row[], columns: Columns): ColumnSource[] {
  const texts: ColumnSource[] = [
    { name: "id", data: rows.map(({ id }) => id) },
    { name: "file", data: rows.map(({ file }) => file) },
  ];
  const rest = Object.entries(columns).map(([name, type]): ColumnSource => {
    const values = rows.map((row) => row.values[name]!);
    if (type === "string") return { name, data: values as string[] };
    return { name, data: values.map((value) => Array.from(value as Float32Array)), codec: "UNCOMPRESSED", encoding: "PLAIN" };
  });
  return [...texts, ...rest];
}

/** A Parquet file of ours. */
export interface ParquetFile {
  readonly notes: FileNotes;
  readonly rows: Row[];
}

/** Reads a file that a shard or a merge wrote; `columns` says what is in it, `readFile` how to get its bytes. */
export async function readParquet(path: string, columns: Columns, readFile: FileReader = fileReader()): Promise<ParquetFile> {
  const bytes = await readFile(path).catch((error: Error) => {
    if (error.name === "RsdixError") throw error;
    return fail("FILE_NOT_FOUND", `${path} cannot be read: ${error.message}.`, error);
  });
  const file = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength) as ArrayBuffer;
  try {
    const metadata = parquetMetadata(file);
    const found = (await parquetReadObjects({ file, metadata })) as Record<string, unknown>[];
    return { notes: notesOf(metadata), rows: found.map((each) => rowOf(each, columns)) };
  } catch (error) {
    return fail(
      "FILE_CORRUPT",
      `${path} is no Parquet file that can be read: ${(error as Error).message}. Remove it, and run again.`,
      error,
    );
  }
}

/** How many results a shard's file holds, and what it notes: of its end alone. */
export async function endOf(path: string): Promise<{ rows: number; notes: FileNotes }> {
  try {
    const metadata = await parquetMetadataAsync(await asyncBufferFromFile(path));
    return { rows: Number(metadata.num_rows), notes: notesOf(metadata) };
  } catch (error) {
    return fail("FILE_CORRUPT", `${path} is no shard's results: ${(error as Error).message}. Remove it, and run again.`, error);
  }
}

function notesOf({ key_value_metadata = [] }: FileMetaData): FileNotes {
  return Object.fromEntries(key_value_metadata.map(({ key, value = "" }) => [key, value]));
}

function rowOf({ id, file, ...rest }: Record<string, unknown>, columns: Columns): Row {
  if (typeof id !== "string" || typeof file !== "string") throw new Error("it has no texts as id and file");
  const values: Record<string, string | Float32Array> = {};
  for (const [name, type] of Object.entries(columns)) {
    const value = rest[name];
    if (type === "string" ? typeof value !== "string" : !Array.isArray(value)) throw new Error(`it has no ${type} as ${name}`);
    values[name] = type === "string" ? (value as string) : Float32Array.from(value as number[]);
  }
  return { id, file, values };
}
