import { ByteWriter, ParquetWriter } from "hyparquet-writer";
import type { MetadataRow } from "../src/index";

const GROUP = 700; // other groups than those of an index

/** A file as DuckDB or pandas might write it, with columns of all kinds, and with numbers of a row that may be wrong; of groups of no said size, as some do. */
export async function withMetadata(embeddings: readonly ArrayLike<number>[], { hasSizes = true } = {}): Promise<Uint8Array> {
  const writer = new ByteWriter();
  const optional = { repetition_type: "OPTIONAL" } as const;
  const schema = [
    { name: "schema", num_children: 7 },
    { name: "id", type: "BYTE_ARRAY", converted_type: "UTF8", repetition_type: "REQUIRED" },
    { name: "file", type: "BYTE_ARRAY", converted_type: "UTF8", repetition_type: "REQUIRED" },
    { name: "split", type: "BYTE_ARRAY", converted_type: "UTF8", ...optional },
    { name: "clouds", type: "DOUBLE", ...optional },
    { name: "year", type: "INT64", ...optional },
    { name: "urban", type: "BOOLEAN", ...optional },
    { name: "embedding", num_children: 1, converted_type: "LIST", repetition_type: "REQUIRED" },
    { name: "list", num_children: 1, repetition_type: "REPEATED" },
    { name: "element", type: "FLOAT", repetition_type: "REQUIRED" },
  ] as ConstructorParameters<typeof ParquetWriter>[0]["schema"];
  const kvMetadata = [
    { key: "model", value: "its hash" },
    { key: "rsdix.plan", value: "of the run" },
    { key: "rsdix.sha256", value: "0".repeat(64) }, // of the merged file that it was made of
  ];
  const file = new ParquetWriter({ writer, schema, kvMetadata });
  for (let first = 0; first < embeddings.length; first += GROUP) {
    const rows = Array.from({ length: Math.min(GROUP, embeddings.length - first) }, (_, i) => first + i);
    const column = (name: string, of: (i: number) => unknown) => ({ name, data: rows.map(of) });
    await file.write({
      columnData: [
        column("id", (i) => `id ${i}`),
        column("file", (i) => `tiles/${i}.png`),
        column("split", (i) => metadataOf(i).split),
        column("clouds", (i) => metadataOf(i).clouds),
        column("year", (i) => BigInt(metadataOf(i).year as number)),
        column("urban", (i) => metadataOf(i).urban),
        column("embedding", (i) => Array.from(embeddings[i]!)),
      ],
      rowGroupSize: GROUP,
    });
  }
  for (const group of hasSizes ? [] : file.row_groups) Reflect.deleteProperty(group, "total_byte_size");
  await file.finish();
  return new Uint8Array(writer.getBuffer());
}

/** What the columns hold of the i-th row. */
export const metadataOf = (i: number): MetadataRow => ({
  split: i % 10 === 0 ? "test" : i % 97 === 1 ? null : "train",
  clouds: (i % 100) / 100,
  year: 2000 + (i % 25),
  urban: i % 3 === 0,
});
