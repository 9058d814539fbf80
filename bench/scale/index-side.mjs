// One side of the measurement of an index, in a process of its own: node index-side.mjs WHAT FOLDER COUNT
// `parquet` writes what `ours` is built of, and ends. The others build what they ask, say hello, and then ask all queries when they're told to, one after the
// other; `exact`, which asks all at once, first writes what exact search finds.
import { execFileSync } from "node:child_process";
import { readFile, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { answerRequests } from "../backend/answer.mjs";
import { paths } from "../models/peers.mjs";
import { processBytes } from "../process-bytes.mjs";
import { DIM, readVectors } from "./index-data.mjs";
import { timed } from "./timed.mjs";

const [what, folder, counted] = process.argv.slice(2);
const count = Number(counted);
const K = 10;
const ROWS_PER_GROUP = 4096;
const at = (name) => join(folder, name);
const peak = () => processBytes().peak / 2 ** 20; // MB
const sizeOf = (path) => Number(execFileSync("du", ["-sk", path], { encoding: "utf8" }).split("\t")[0]) / 1024;

async function queries() {
  const bytes = await readFile(at("queries.f32"));
  const values = new Float32Array(bytes.buffer, bytes.byteOffset, bytes.length / 4);
  return Array.from({ length: values.length / DIM }, (_, i) => values.slice(i * DIM, (i + 1) * DIM));
}

/** A workload of all queries, one after the other; its check is the share of what exact search finds. */
async function asked(search) {
  const all = await queries();
  let found;
  const run = async () => {
    found = [];
    for (const query of all) found.push(await search(query));
  };
  const check = async () => {
    await run();
    const exact = JSON.parse(await readFile(at("exact.json"), "utf8"));
    const hits = found.map((rows, i) => rows.filter((row) => exact[i].includes(row)).length);
    return { recall: hits.reduce((a, b) => a + b) / all.length / K };
  };
  return { run, check };
}

/** What `rsdix merge` would write, without the shards before it. */
async function parquet() {
  const { fileWriter, ParquetWriter } = await import("hyparquet-writer");
  const text = (name) => ({ name, type: "BYTE_ARRAY", converted_type: "UTF8", repetition_type: "REQUIRED" });
  const embedding = [
    { name: "embedding", num_children: 1, converted_type: "LIST", repetition_type: "REQUIRED" },
    { name: "list", num_children: 1, repetition_type: "REPEATED" },
    { name: "element", type: "FLOAT", repetition_type: "REQUIRED" },
  ];
  const schema = [{ name: "schema", num_children: 3 }, text("id"), text("file"), ...embedding];
  const kvMetadata = [{ key: "model", value: "none" }];
  const writer = new ParquetWriter({ writer: fileWriter(at("all.parquet")), schema, kvMetadata, statistics: false });
  for await (const { first, rows, values } of readVectors(at("vectors.f32"), count)) {
    const column = (name, of, options) => ({ name, data: Array.from({ length: rows }, (_, i) => of(i)), ...options });
    const vector = (i) => Array.from(values.subarray(i * DIM, (i + 1) * DIM));
    await writer.write({
      columnData: [
        column("id", (i) => String(first + i)),
        column("file", (i) => `${first + i}.png`),
        column("embedding", vector, { codec: "UNCOMPRESSED", encoding: "PLAIN" }),
      ],
      rowGroupSize: ROWS_PER_GROUP,
    });
  }
  await writer.finish();
}

async function exact() {
  const { exactSearch } = createRequire(new URL("../../packages/scale/package.json", import.meta.url))("usearch");
  const all = await queries();
  const flat = Float32Array.from(all.flatMap((query) => [...query]));
  const search = async () => {
    const best = all.map(() => []);
    for await (const { first, values } of readVectors(at("vectors.f32"), count)) {
      const { keys, distances } = exactSearch(values, flat, DIM, K, "ip", 2);
      for (const [i, hits] of best.entries()) {
        for (let j = i * K; j < (i + 1) * K; j++) hits.push({ row: first + Number(keys[j]), distance: distances[j] });
        best[i] = hits.sort((a, b) => a.distance - b.distance).slice(0, K);
      }
    }
    return best;
  };
  const check = async () => {
    const best = await search();
    await writeFile(at("exact.json"), JSON.stringify(best.map((hits) => hits.map(({ row }) => row))));
    return { recall: 1 };
  };
  return { hello: {}, open: () => ({ run: search, check }) };
}

async function ours() {
  const { buildIndex, openIndex } = await import("@rsdix/scale");
  const build = await timed(() => buildIndex(at("all.parquet"), at("index"), { force: true }));
  const memory = peak();
  const index = await openIndex(at("index"));
  const search = async (query) => (await index.query(query, { k: K })).results.map(({ id }) => Number(id));
  return { hello: { build, memory, size: sizeOf(at("index")) }, open: () => asked(search) };
}

async function lancedb() {
  const require = createRequire(pathToFileURL(join(paths.node, "package.json")));
  const lance = require("@lancedb/lancedb");
  const arrow = require("apache-arrow");
  const type = new arrow.FixedSizeList(DIM, new arrow.Field("item", new arrow.Float32(), true));
  const schema = new arrow.Schema([new arrow.Field("id", new arrow.Int32(), false), new arrow.Field("vector", type, true)]);
  const batchOf = ({ first, rows, values }) => {
    const child = arrow.makeData({ type: new arrow.Float32(), length: rows * DIM, nullCount: 0, data: values });
    const vectors = arrow.makeData({ type, length: rows, nullCount: 0, child });
    const data = Int32Array.from({ length: rows }, (_, i) => first + i);
    const ids = arrow.makeData({ type: new arrow.Int32(), length: rows, nullCount: 0, data });
    const children = [ids, vectors];
    const row = arrow.makeData({ type: new arrow.Struct(schema.fields), length: rows, nullCount: 0, children });
    return new arrow.Table([new arrow.RecordBatch(schema, row)]);
  };
  const database = await lance.connect(at("lance"));
  let table;
  const build = await timed(async () => {
    for await (const piece of readVectors(at("vectors.f32"), count)) {
      if (table) await table.add(batchOf(piece));
      else table = await database.createTable("vectors", batchOf(piece), { mode: "overwrite" });
    }
    const config = lance.Index.hnswSq({ distanceType: "dot", numPartitions: 1, m: 16, efConstruction: 128 });
    await table.createIndex("vector", { config });
  });
  const memory = peak();
  const search = async (query) => {
    const rows = await table
      .query()
      .nearestTo(query)
      .distanceType("dot")
      .ef(64)
      .refineFactor(4)
      .limit(K)
      .select(["id", "_distance"])
      .toArray();
    return rows.map(({ id }) => id);
  };
  return { hello: { build, memory, size: sizeOf(at("lance")) }, open: () => asked(search) };
}

if (what === "parquet") await parquet();
else {
  const { hello, open } = await { exact, ours, lancedb }[what]();
  await answerRequests(hello, open);
}
