import { checkOptions, fail } from "@rsdix/internal";
import type { SchemaElement } from "hyparquet";

/** What a column holds: a text, or a row of numbers in float32 (an embedding). */
export type ColumnType = "string" | "float32[]";

/** The columns of a result besides "id" and "file", by name, in order. */
export type Columns = Readonly<Record<string, ColumnType>>;

/** One result: which image it is of, and what each column holds. */
export interface Row {
  /** Unlike any other in the run; results are joined by it. */
  readonly id: string;
  /** The image's file, for people. */
  readonly file: string;
  /** What each of the plan's columns holds. */
  readonly values: Readonly<Record<string, string | Float32Array>>;
}

const TYPES: readonly ColumnType[] = ["string", "float32[]"];

/** Checks the columns of a plan. */
export function checkColumns(columns: unknown): Columns {
  const given = checkOptions(columns as Columns, Object.keys((columns as object) ?? {}), "columns");
  const entries = Object.entries(given);
  if (entries.length === 0) fail("INVALID_ARGUMENT", 'columns is empty: name what a result holds, such as { embedding: "float32[]" }.');
  for (const [name, type] of entries) {
    if (name === "id" || name === "file" || name === "")
      fail("INVALID_ARGUMENT", `columns.${name}: every result has an id and a file; name what else it holds.`);
    if (!TYPES.includes(type)) fail("INVALID_ARGUMENT", `columns.${name} must be one of ${TYPES.join(", ")}, got ${JSON.stringify(type)}.`);
  }
  return given;
}

/** The schema that Parquet writes down; embeddings are lists, which pandas, DuckDB and Spark read as they are. */
export function schemaOf(columns: Columns): SchemaElement[] {
  const text = (name: string): SchemaElement[] => [{ name, type: "BYTE_ARRAY", converted_type: "UTF8", repetition_type: "REQUIRED" }];
  const floats = (name: string): SchemaElement[] => [
    { name, num_children: 1, converted_type: "LIST", repetition_type: "REQUIRED" },
    { name: "list", num_children: 1, repetition_type: "REPEATED" },
    { name: "element", type: "FLOAT", repetition_type: "REQUIRED" },
  ];
  const names = Object.entries(columns);
  return [
    { name: "schema", num_children: names.length + 2 },
    ...text("id"),
    ...text("file"),
    ...names.flatMap(([name, type]) => (type === "string" ? text(name) : floats(name))),
  ];
}

/** Checks a result against the columns. */
export function checkRow(row: Row, columns: Columns, where: string): void {
  const { id, file, values } = row;
  for (const [name, value] of Object.entries({ id, file }))
    if (typeof value !== "string" || value === "")
      fail("INVALID_ARGUMENT", `${where}: a result needs a text as ${name}, got ${JSON.stringify(value)}.`);
  for (const [name, type] of Object.entries(columns)) {
    const value = values?.[name];
    const fits = type === "string" ? typeof value === "string" : value instanceof Float32Array;
    if (!fits)
      fail(
        "INVALID_ARGUMENT",
        `${where}: "${id}" needs ${type === "string" ? "a text" : "a Float32Array"} as ${name}, got ${typeof value}.`,
      );
  }
  for (const name of Object.keys(values)) {
    if (!Object.hasOwn(columns, name))
      fail("INVALID_ARGUMENT", `${where}: "${id}" has "${name}", which is no column: ${Object.keys(columns).join(", ")}.`);
  }
}
