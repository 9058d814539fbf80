import { readSync } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { type AsyncBuffer, parquetMetadataAsync, parquetReadObjects, type SchemaElement } from "hyparquet";
import { type ColumnSource, fileWriter, ParquetWriter } from "hyparquet-writer";
import type { Condition, MetadataValue } from "./conditions";
import { damaged, type MetadataType } from "./manifest";

/** What is known of a row. */
export type MetadataRow = Readonly<Record<string, MetadataValue>>;

/** Rows of a group: the fewer, the less is read for a result. */
const GROUP = 256;
/** Rows that are looked at together, where all are. */
const AT_A_TIME = 16 * GROUP;

type Columns = Readonly<Record<string, MetadataType>>;

const TYPES = {
  string: { type: "BYTE_ARRAY", converted_type: "UTF8" },
  number: { type: "DOUBLE" },
  boolean: { type: "BOOLEAN" },
} as const satisfies Record<MetadataType, Partial<SchemaElement>>;

/** Writes rows in groups of one size, so that few of them have to be read for a result. */
export class RowWriter {
  private readonly parquet: ParquetWriter;
  private waiting: Record<string, MetadataValue[]>;

  constructor(
    path: string,
    private readonly columns: Columns,
  ) {
    const fields = Object.entries(columns).map(([name, type]): SchemaElement => ({ name, repetition_type: "OPTIONAL", ...TYPES[type] }));
    const schema: SchemaElement[] = [{ name: "schema", num_children: fields.length }, ...fields];
    this.parquet = new ParquetWriter({ writer: fileWriter(path), schema, statistics: false });
    this.waiting = this.none();
  }

  async write(values: Readonly<Record<string, readonly MetadataValue[]>>): Promise<void> {
    for (const name of Object.keys(this.columns)) this.waiting[name] = this.waiting[name]!.concat(values[name]!);
    while (this.waiting.id!.length >= GROUP) await this.group(GROUP);
  }

  async finish(): Promise<void> {
    if (this.waiting.id!.length > 0) await this.group(this.waiting.id!.length);
    await this.parquet.finish();
  }

  private async group(rows: number): Promise<void> {
    const { waiting } = this;
    const columnData = Object.keys(this.columns).map((name): ColumnSource => ({ name, data: waiting[name]!.slice(0, rows) }));
    await this.parquet.write({ columnData, rowGroupSize: rows });
    for (const name of Object.keys(this.columns)) waiting[name] = waiting[name]!.slice(rows);
  }

  private none(): Record<string, MetadataValue[]> {
    return Object.fromEntries(Object.keys(this.columns).map((name) => [name, []]));
  }
}

/** Reads what was written. */
export class RowStore {
  private constructor(
    private readonly path: string,
    private readonly rows: number,
    private readonly handle: FileHandle,
    private readonly read: (first: number, end: number, columns: string[]) => Promise<MetadataRow[]>,
  ) {}

  static async open(path: string, rows: number): Promise<RowStore> {
    const wrong = (error: Error) => damaged(path, error.message, error);
    const handle = await open(path).catch(wrong);
    try {
      const file = bufferOf(handle, (await handle.stat()).size);
      const metadata = await parquetMetadataAsync(file).catch(wrong);
      if (Number(metadata.num_rows) !== rows) damaged(path, `it has ${metadata.num_rows} rows in place of ${rows}`);
      const read = async (rowStart: number, rowEnd: number, columns: string[]) =>
        (await parquetReadObjects({ file, metadata, rowStart, rowEnd, columns }).catch(wrong)) as MetadataRow[];
      return new RowStore(path, rows, handle, read);
    } catch (error) {
      await handle.close();
      throw error;
    }
  }

  close(): Promise<void> {
    return this.handle.close();
  }

  /** What is known of some rows, in their order. */
  async at(rows: readonly number[], columns: string[]): Promise<MetadataRow[]> {
    const groups = new Map<number, MetadataRow[]>();
    for (const group of new Set(rows.map(groupOf))) groups.set(group, await this.some(group * GROUP, GROUP, columns));
    return rows.map((row) => groups.get(groupOf(row))?.[row % GROUP] ?? damaged(this.path, `it has no row ${row}`));
  }

  /** A 1 for each row of which all conditions hold, and how many they are. */
  async matching(conditions: readonly Condition[]): Promise<{ mask: Uint8Array; count: number }> {
    const mask = new Uint8Array(this.rows);
    const columns = [...new Set(conditions.map(({ column }) => column))];
    let count = 0;
    for (let first = 0; first < this.rows; first += AT_A_TIME) {
      for (const [i, row] of (await this.some(first, AT_A_TIME, columns)).entries()) {
        if (!conditions.every(({ column, holds }) => holds(row[column] ?? null))) continue;
        mask[first + i] = 1;
        count++;
      }
    }
    return { mask, count };
  }

  private some(first: number, count: number, columns: string[]): Promise<MetadataRow[]> {
    return this.read(first, Math.min(first + count, this.rows), columns);
  }
}

/** A file as hyparquet reads it, piece by piece: pieces are so short that waiting for another thread would take longer. */
function bufferOf({ fd }: FileHandle, byteLength: number): AsyncBuffer {
  const slice = (start: number, end = byteLength) => {
    const bytes = new Uint8Array(Math.max(0, Math.min(end, byteLength) - start));
    readSync(fd, bytes, 0, bytes.length, start);
    return bytes.buffer;
  };
  return { byteLength, slice };
}

const groupOf = (row: number) => Math.floor(row / GROUP);
