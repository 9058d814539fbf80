import { randomUUID } from "node:crypto";
import { mkdir, open, rm, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { setImmediate as breathe } from "node:timers/promises";
import { makeFolders, writeFileAtomic } from "@rsdix/data/node";
import { checkOptions, createRandom, fail } from "@rsdix/internal";
import type { Index } from "usearch";
import type { MetadataValue } from "./conditions";
import type { EmbeddingRows } from "./embeddings-file";
import { checkTarget, indexPlace, putInPlace } from "./index-place";
import { FILES, fileHash, type IndexRecall, type Manifest, type MetadataType } from "./manifest";
import { type Embeddings, openEmbeddings } from "./open-embeddings";
import { measureRecall, type OpenedIndex, openIndex } from "./open-index";
import { RowWriter } from "./row-store";
import { newGraph } from "./usearch";
import { threads } from "./vector-store";

/** More columns for an index, whose values are known by a row's id and file. */
export interface ExtraColumns {
  /** Their names, and what they hold. */
  readonly columns: Readonly<Record<string, MetadataType>>;
  /** A row's values; a column that is left out has none. */
  readonly valuesOf: (row: { readonly id: string; readonly file: string }) => Readonly<Record<string, MetadataValue>>;
}

/** How to build. */
export interface BuildIndexOptions {
  /** Columns to filter by that the Parquet file has not. */
  readonly extra?: ExtraColumns;
  /** Whether an index that is in the folder is replaced; what is no index never is. */
  readonly force?: boolean;
  /** Told how many vectors are in the index, of how many. */
  readonly onProgress?: (progress: { readonly done: number; readonly total: number }) => void;
  /** Stops the building; nothing is left of it. */
  readonly signal?: AbortSignal;
}

/** What was built. */
export interface BuiltIndex {
  /** Vectors in the index. */
  readonly rows: number;
  /** Numbers of a vector. */
  readonly dim: number;
  /** The columns that conditions may be on. */
  readonly columns: Readonly<Record<string, MetadataType>>;
  /** How much of what exact search finds the index finds. */
  readonly recall: IndexRecall;
}

/** Vectors between two looks at the signal. */
const AT_A_TIME = 512;
/** Whose neighbours are looked for, when recall is measured. */
const SAMPLES = 100;
const RECALL_K = 10;

/**
 * Builds an index of the embeddings in a Parquet file, and measures how much of what exact search finds it finds. The file is read group by group: in memory
 * are the graph (about 650 bytes a vector of 512) and one group of rows.
 *
 * @param parquet - what `mergeShards` wrote, or any file with "id", "file" and lists of floats as "embedding"; other columns of texts, numbers, truths and
 * dates can be filtered by. Of the former each bit is checked; the latter is read in a thread, which is ended where nothing comes of it.
 * @param folder - where the index goes; written under a temporary name, and renamed: a folder that is there already, itself or behind a link, gives way to it.
 * @param options - `extra`, `force`, `onProgress`, `signal`.
 * @returns what was built.
 * @throws RsdixError FILE_NOT_FOUND; FILE_CORRUPT for a file that can't be read, is not what was merged or has other columns; OUT_OF_MEMORY; EMPTY_DATA
 * without rows; NOT_A_NUMBER and SHAPE_MISMATCH with the id of the row whose embedding can't be used; WRITE_FAILED, also where the folder holds something
 * else; INVALID_ARGUMENT where it holds an index and `force` doesn't say to replace it; MISSING_DEPENDENCY without usearch; ABORTED; UNKNOWN_OPTION.
 * @example
 * ```ts
 * import { mkdtemp, rm } from "node:fs/promises";
 * import { tmpdir } from "node:os";
 * import { join } from "node:path";
 * import { buildIndex, mergeShards, openIndex, openShardRun, runShards } from "@rsdix/scale";
 * const folder = await mkdtemp(join(tmpdir(), "example-"));
 * const source = { kind: "list", name: "names", sha256: "of them", items: 8, parts: 2 } as const;
 * const run = await openShardRun(join(folder, "run"), { task: "embed", source, key: { model: "its hash" }, columns: { embedding: "float32[]" } });
 * await runShards(run, async function* ({ first, end }) {
 *   for (let i = first!; i < end!; i++) {
 *     yield { id: String(i), file: `${i}.png`, values: { embedding: Float32Array.of(Math.cos(i), Math.sin(i)) } };
 *   }
 * });
 * await mergeShards(join(folder, "run"), join(folder, "all.parquet"));
 * await buildIndex(join(folder, "all.parquet"), join(folder, "index"));
 * const index = await openIndex(join(folder, "index"));
 * index.checkKey({ model: "its hash" }); // another model's hash is refused
 * const { results } = await index.query(Float32Array.of(1, 0), { k: 2, where: ["file!=0.png"] });
 * await index.close();
 * if (results[0]?.id !== "6") throw new Error("expected the angle nearest to a whole turn");
 * await rm(folder, { recursive: true });
 * ```
 * @see https://unum-cloud.github.io/USearch/
 */
export async function buildIndex(parquet: string, folder: string, options: BuildIndexOptions = {}): Promise<BuiltIndex> {
  const { force = false, extra, ...rest } = checkOptions(options, ["extra", "force", "onProgress", "signal"], "buildIndex");
  const place = await indexPlace(folder);
  await checkTarget(place, force);
  const source = await openEmbeddings(parquet, rest.signal);
  try {
    return await buildFrom(source, parquet, place, { extra, force, ...rest });
  } finally {
    await source.close();
  }
}

async function buildFrom(
  source: Embeddings,
  parquet: string,
  folder: string,
  { extra, force, ...rest }: Omit<WriteOptions, "columns"> & { readonly force: boolean },
): Promise<BuiltIndex> {
  for (const name of Object.keys(extra?.columns ?? {}))
    if (Object.hasOwn(source.columns, name) || ["id", "file", "embedding"].includes(name))
      fail("INVALID_ARGUMENT", `${parquet} has a column "${name}" already: leave it out of the extra ones.`);
  const graph = await newGraph(source.dim);
  const temporary = `${folder}.${randomUUID()}.tmp`;
  try {
    await makeFolders(dirname(temporary));
    await mkdir(temporary);
    const columns = { id: "string", file: "string", ...source.columns, ...extra?.columns } as const;
    await writeRows(source, graph, temporary, { columns, extra, ...rest });
    const recall = await writeManifest(
      temporary,
      { version: 1, rows: source.rows, dim: source.dim, key: source.key, columns },
      graph,
      rest.signal,
    );
    await putInPlace(folder, temporary, force);
    return { rows: source.rows, dim: source.dim, columns, recall };
  } catch (error) {
    if ((error as Error).name === "RsdixError") throw error;
    return fail("WRITE_FAILED", `${folder} could not be written: ${(error as Error).message}. What was there before is unchanged.`, error);
  } finally {
    await rm(temporary, { recursive: true, force: true });
  }
}

interface WriteOptions extends Pick<BuildIndexOptions, "onProgress" | "signal"> {
  readonly extra: ExtraColumns | undefined;
  readonly columns: Readonly<Record<string, MetadataType>>;
}

async function writeRows(source: Embeddings, graph: Index, folder: string, options: WriteOptions): Promise<void> {
  const { columns, extra, onProgress, signal } = options;
  const total = source.rows;
  const vectors = await open(join(folder, FILES.vectors), "w");
  try {
    const rows = new RowWriter(join(folder, FILES.rows), columns);
    let done = 0;
    for (const index of source.groups.keys()) {
      const group = await source.group(index);
      await vectors.writeFile(new Uint8Array(group.vectors.buffer));
      await rows.write({ id: group.ids, file: group.files, ...group.metadata, ...extraOf(group, extra) });
      for (let first = 0; first < group.ids.length; first += AT_A_TIME) {
        if (signal?.aborted) fail("ABORTED", "The building of the index was stopped; nothing is left of it.", signal.reason);
        const part = group.vectors.subarray(first * source.dim, (first + AT_A_TIME) * source.dim);
        const keys = BigUint64Array.from({ length: part.length / source.dim }, (_, i) => BigInt(done + i));
        graph.add(keys, part, threads());
        done += keys.length;
        onProgress?.({ done, total });
        await breathe();
      }
    }
    await rows.finish();
    await vectors.sync();
  } finally {
    await vectors.close();
  }
}

function extraOf({ ids, files }: EmbeddingRows, extra: ExtraColumns | undefined): Record<string, MetadataValue[]> {
  if (!extra) return {};
  const values = ids.map((id, i) => extra.valuesOf({ id, file: files[i]! }));
  return Object.fromEntries(Object.keys(extra.columns).map((name) => [name, values.map((each) => each[name] ?? null)]));
}

/** Writes the graph and the manifest, with the recall of the index as whoever opens it has it. */
async function writeManifest(
  folder: string,
  told: Omit<Manifest, "graph" | "rowsSha256" | "vectorsSha256" | "recall">,
  graph: Index,
  signal: AbortSignal | undefined,
): Promise<IndexRecall> {
  const path = join(folder, FILES.graph);
  graph.save(path);
  const handle = await open(path, "r+");
  await handle.sync().finally(() => handle.close());
  const hashed = {
    graph: { bytes: (await stat(path)).size, sha256: await fileHash(path) },
    rowsSha256: await fileHash(join(folder, FILES.rows)),
    vectorsSha256: await fileHash(join(folder, FILES.vectors)),
  };
  const manifest: Manifest = { ...told, ...hashed };
  const write = (what: Manifest) => writeFileAtomic(join(folder, FILES.manifest), `${JSON.stringify(what, null, 2)}\n`);
  await write(manifest);
  const index = await openIndex(folder);
  try {
    const all = Array.from({ length: told.rows }, (_, row) => row);
    const sample = told.rows <= SAMPLES ? all : Array.from({ length: SAMPLES }, drawn(told.rows));
    const k = Math.min(RECALL_K, told.rows - 1);
    const recall = k === 0 ? 1 : await measureRecall(index as OpenedIndex, sample, k, signal);
    const measured = { k, samples: sample.length, recall };
    await write({ ...manifest, recall: measured });
    return measured;
  } finally {
    await index.close();
  }
}

function drawn(rows: number): () => number {
  const random = createRandom(0);
  return () => random.int(rows);
}
