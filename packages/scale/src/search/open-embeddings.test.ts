import { open, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { SchemaElement } from "hyparquet";
import { ByteWriter, ParquetWriter } from "hyparquet-writer";
import { beforeAll, describe, expect, it } from "vitest";
import { refusal } from "../../../../test/refusal";
import { scratchFolder } from "../../../../test/scratch-folder";
import { withMetadata } from "../../test/metadata-file";
import { mergeShards } from "../merge";
import { runShards } from "../run-shards";
import { openShardRun } from "../shard-run";
import type { EmbeddingRows } from "./embeddings-file";
import { type Embeddings, openEmbeddings } from "./open-embeddings";
import { readElsewhere } from "./read-elsewhere";

const COUNT = 5000; // two groups of rows

let folder: string;
let merged: string;
const at = (name: string) => join(folder, name);
const rowsOf = (count: number) => Array.from({ length: count }, (_, i) => Float32Array.of(1, i, 2, -3));

async function groupsOf(opened: Promise<Embeddings>): Promise<EmbeddingRows[]> {
  const embeddings = await opened;
  const groups: EmbeddingRows[] = [];
  try {
    for (const index of embeddings.groups.keys()) groups.push(await embeddings.group(index));
    return groups;
  } finally {
    await embeddings.close();
  }
}

async function merge(count: number, name: string): Promise<string> {
  const source = { kind: "list", name, sha256: "of them", items: count, parts: 2 } as const;
  const key = { model: "rsdix.sha256", more: "x".repeat(5000) };
  const run = await openShardRun(at(`${name}-run`), { task: "embed", source, key, columns: { embedding: "float32[]" } });
  const vectors = rowsOf(count);
  await runShards(run, async function* ({ first, end }) {
    for (let i = first!; i < end!; i++) yield { id: `id ${i}`, file: `${i}.png`, values: { embedding: vectors[i]! } };
  });
  await mergeShards(run.folder, at(name));
  return at(name);
}

beforeAll(async () => {
  folder = scratchFolder("file");
  merged = await merge(COUNT, "merged.parquet");
});

describe("openEmbeddings", () => {
  it("reads what a merge wrote, group by group", async () => {
    const groups = await groupsOf(openEmbeddings(merged));
    expect(groups.map(({ ids }) => ids.length)).toEqual([4096, 904]);
    expect(groups.flatMap(({ ids }) => ids)).toEqual(rowsOf(COUNT).map((_, i) => `id ${i}`));
    expect(groups[0]!.vectors[4 + 2]).toBeCloseTo(2 / Math.hypot(1, 1, 2, 3));
  });

  it("refuses a merged file with any byte changed, which gave other numbers, or no end", async () => {
    const small = await merge(6, "small.parquet");
    const written = await readFile(small);
    const whole = await groupsOf(openEmbeddings(small));
    const others: number[] = [];
    for (let i = 0; i < written.length; i++) {
      if (i > 1000 && i < written.length - 1000 && i % 50 > 0) continue; // the key's x
      const changed = Buffer.from(written);
      changed[i]! ^= 1 << (i % 8);
      await writeFile(small, changed);
      const said = await groupsOf(openEmbeddings(small)).catch(({ code, message }) => `${code}: ${message}`);
      if (typeof said === "string" && /checksum is missing or another\. Merge again/.test(said)) continue;
      others.push(i); // of a file that doesn't say that we made it, which is such a byte, nothing is known
      if (typeof said === "string")
        expect([i, said]).toEqual([i, expect.stringMatching(/^FILE_CORRUPT: .*(no Parquet file|cannot be read)/)]);
      else expect(said).toEqual(whole);
    }
    expect(others.length).toBeLessThan(30);
    for (const cut of [0, 1, 11, 500, written.length - 1]) {
      await writeFile(small, written.subarray(0, cut));
      await expect(openEmbeddings(small)).rejects.toEqual(
        refusal("FILE_CORRUPT", /small\.parquet (is no Parquet file|is not what was written)/),
      );
    }
  });

  it("looks at all bytes of a large file, and stops when it is told to", async () => {
    const changed = await readFile(merged);
    changed[changed.length >> 1]! ^= 1;
    await writeFile(at("changed.parquet"), changed);
    await expect(openEmbeddings(at("changed.parquet"))).rejects.toEqual(refusal("FILE_CORRUPT", /its checksum is missing or another/));
    await expect(openEmbeddings(merged, AbortSignal.abort())).rejects.toEqual(refusal("ABORTED", /merged\.parquet was stopped/));
    await writeFile(at("elsewhere.parquet"), await withMetadata(rowsOf(900)));
    await expect(openEmbeddings(at("elsewhere.parquet"), AbortSignal.abort())).rejects.toEqual(refusal("ABORTED", /was stopped/));
  });

  it.each([
    ["FLOAT", [1, null, 2], "a null"],
    ["INT64", [1n, 2n, 3n], "a bigint"],
    ["BYTE_ARRAY", ["a", "b", "c"], "a string"],
  ] as const)("refuses embeddings of %s with what is no number, which would count as zero", async (type, embedding, what) => {
    const writer = new ByteWriter();
    const text = { type: "BYTE_ARRAY", converted_type: "UTF8", repetition_type: "REQUIRED" } as const;
    const schema: SchemaElement[] = [
      { name: "schema", num_children: 3 },
      { name: "id", ...text },
      { name: "file", ...text },
      { name: "embedding", num_children: 1, converted_type: "LIST", repetition_type: "REQUIRED" },
      { name: "list", num_children: 1, repetition_type: "REPEATED" },
      { name: "element", repetition_type: "OPTIONAL", ...(type === "BYTE_ARRAY" ? { ...text, repetition_type: "OPTIONAL" } : { type }) },
    ];
    const parquet = new ParquetWriter({ writer, schema });
    const data = { id: ["ein See 🌊"], file: ["a.png"], embedding: [[...embedding]] };
    await parquet.write({ columnData: Object.entries(data).map(([name, values]) => ({ name, data: values as unknown[] })) });
    await parquet.finish();
    await writeFile(at("other.parquet"), new Uint8Array(writer.getBuffer()));
    await expect(groupsOf(openEmbeddings(at("other.parquet")))).rejects.toEqual(
      refusal("FILE_CORRUPT", new RegExp(`the embedding of "ein See 🌊" has ${what} among its numbers`, "u")),
    );
  });

  it("gives a group that doesn't say how large it is the time of the whole file", async () => {
    const path = at("sizeless.parquet");
    await writeFile(path, await withMetadata(rowsOf(900), { hasSizes: false }));
    const opened = await openEmbeddings(path);
    expect(opened.groups).toEqual([Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY]);
    await opened.close();
    const groups = await groupsOf(openEmbeddings(path));
    expect(groups.map(({ ids }) => ids.length)).toEqual([700, 200]);
  });

  it("reads what another program wrote, with the notes of ours, and ends with damaged ones in a known time", async () => {
    const written = await withMetadata(rowsOf(20));
    const path = at("theirs.parquet");
    await writeFile(path, written);
    const [group] = await groupsOf(openEmbeddings(path));
    expect(group!.ids).toHaveLength(20);
    const outcome = async (place: number) => {
      const bytes = Buffer.from(written);
      bytes[place]! ^= place % 2 === 0 ? 64 : 128;
      await writeFile(path, bytes);
      return groupsOf(readElsewhere(path, await open(path), { patience: 3000 })).then(
        () => "read",
        ({ name, code, message }) => (name !== "RsdixError" ? name : /nothing came of it/.test(message) ? "ended" : code),
      );
    };
    expect(await outcome(493)).toBe("ended"); // of which hyparquet's reader makes an endless list
    const found = new Set<string>();
    for (let place = 310; place < written.length; place += 31) found.add(await outcome(place));
    expect([...found]).toEqual(expect.arrayContaining(["FILE_CORRUPT", "read"]));
    for (const code of ["ended", "OUT_OF_MEMORY", "FILE_CORRUPT", "SHAPE_MISMATCH", "NOT_A_NUMBER", "EMPTY_DATA", "read"])
      found.delete(code);
    expect([...found]).toEqual([]);
  });
});
