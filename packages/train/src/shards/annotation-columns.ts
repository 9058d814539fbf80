import type { CaptionRecord } from "@rsdix/data";
import type { ExtraColumns, MetadataType, MetadataValue } from "@rsdix/scale";
import { openCaptions } from "../recipes/open-captions";

/** What an annotation file says of its images besides captions, as columns to filter by: splits, labels, and fields that hold one kind of value. */
export async function annotationColumns(path: string, signal: AbortSignal): Promise<ExtraColumns> {
  const { images, files } = await openCaptions(path, { signal });
  await files.close();
  const values = new Map(images.map((record) => [record.filename, valuesOf(record)]));
  return { columns: columnsOf([...values.values()]), valuesOf: ({ file }) => values.get(file) ?? {} };
}

function valuesOf({ split, label, extra = {} }: CaptionRecord): Record<string, MetadataValue> {
  return { ...(extra as Record<string, MetadataValue>), split, ...(label !== undefined && { label }) };
}

function columnsOf(rows: readonly Record<string, unknown>[]): Record<string, MetadataType> {
  const columns: Record<string, MetadataType> = {};
  const mixed = new Set(["id", "file", "embedding"]);
  for (const row of rows) {
    for (const [name, value] of Object.entries(row)) {
      if (value === null) continue;
      const type = typeof value;
      const isKnown = type === "string" || type === "number" || type === "boolean";
      if (!isKnown || (columns[name] ?? type) !== type) mixed.add(name);
      else columns[name] = type;
    }
  }
  return Object.fromEntries(Object.entries(columns).filter(([name]) => !mixed.has(name)));
}
