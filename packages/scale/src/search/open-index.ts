import { join } from "node:path";
import { checkOptions, checkRange, fail } from "@rsdix/internal";
import type { Index } from "usearch";
import { type MetadataValue, parseCondition } from "./conditions";
import { unitLength } from "./embeddings-file";
import { damaged, FILES, type IndexRecall, type Manifest, type MetadataType, readManifest } from "./manifest";
import { type MetadataRow, RowStore } from "./row-store";
import { newGraph } from "./usearch";
import { type Hit, VectorStore } from "./vector-store";

/** How to search. */
export interface QueryOptions {
  /** Results, 1 to 10,000; 10 unless told otherwise. */
  readonly k?: number;
  /** Conditions that results must meet, all of them, such as "split=test" or "clouds<0.2"; a column without a value meets none. */
  readonly where?: readonly string[];
  /** Whether all vectors are searched, too: these results are given, and the share of them that the index finds. */
  readonly exact?: boolean;
  /** Stops a search of all vectors. */
  readonly signal?: AbortSignal;
}

/** How to open. */
export interface OpenIndexOptions {
  /** Whether each byte of the vectors is checked, which reads all of them; of the other files they always are. */
  readonly verify?: boolean;
}

/** A row that was found. */
export interface SearchResult {
  /** The row's id. */
  readonly id: string;
  /** The image's file. */
  readonly file: string;
  /** The cosine of its embedding and the query: 1 where they point the same way. */
  readonly score: number;
  /** Its other columns. */
  readonly values: MetadataRow;
}

/** What a search found. */
export interface QueryResult {
  /** The best first; fewer than `k` where fewer meet the conditions. */
  readonly results: readonly SearchResult[];
  /** Rows that meet the conditions. */
  readonly matching: number;
  /** With `exact`: the share of the exact results that the index finds; undefined where nothing meets the conditions. */
  readonly recall?: number;
}

/** An index that can be searched. */
export interface VectorIndex {
  /** Vectors in it. */
  readonly rows: number;
  /** Numbers of a vector. */
  readonly dim: number;
  /** What the embeddings were made with, as the Parquet file says: hashes of the model and of how images were prepared. Empty where it doesn't. */
  readonly key: Readonly<Record<string, string>>;
  /** The columns that conditions may be on. */
  readonly columns: Readonly<Record<string, MetadataType>>;
  /** How much of what exact search finds the index finds; measured when it was built. */
  readonly recall: IndexRecall | undefined;
  /** Refuses another model than the index's: CHECKPOINT_MISMATCH. What the index doesn't say can't be refused. */
  checkKey(key: Readonly<Record<string, string>>): void;
  /** Finds what is nearest to a vector. */
  query(vector: Float32Array, options?: QueryOptions): Promise<QueryResult>;
  /** Closes its files. */
  close(): Promise<void>;
}

const MOST = 10_000;
/** The graph is asked for so many times the results, and for no less than so many, which are scored anew with the exact vectors. */
const WIDER = 4;
const WIDE = 40;
/** Above this share of all vectors the graph has no advantage: they are searched one by one. */
const SHARE = 20;

/**
 * Opens an index that `buildIndex` wrote. The graph stays on the disk, and is read where a search needs it.
 *
 * @param folder - the index's.
 * @param options - `verify`.
 * @returns the index; close it in the end.
 * @throws RsdixError FILE_NOT_FOUND where the folder holds none; FILE_CORRUPT for files that aren't those that were written; MISSING_DEPENDENCY without
 * usearch; INVALID_ARGUMENT to verify an index without a checksum of its vectors; UNKNOWN_OPTION. A query throws SHAPE_MISMATCH for a vector of another size,
 * NOT_A_NUMBER, INVALID_ARGUMENT for a condition or k that can't be, ABORTED.
 * @example
 * ```ts
 * import { openIndex } from "@rsdix/scale";
 * const code = await openIndex("/no/index").catch((error: { code: string }) => error.code);
 * if (code !== "FILE_NOT_FOUND") throw new Error("expected that there is no index");
 * ```
 * @see https://arxiv.org/abs/1603.09320
 */
export async function openIndex(folder: string, options: OpenIndexOptions = {}): Promise<VectorIndex> {
  const { verify = false } = checkOptions(options, ["verify"], "openIndex");
  const manifest = await readManifest(folder, verify);
  const { rows, dim } = manifest;
  const path = join(folder, FILES.graph);
  const graph = await newGraph(dim);
  try {
    graph.view(path);
  } catch (error) {
    damaged(path, (error as Error).message, error);
  }
  if (Number(graph.size()) !== rows || Number(graph.dimensions()) !== dim)
    damaged(path, `it has ${graph.size()} vectors of ${graph.dimensions()} in place of ${rows} of ${dim}`);
  const vectors = await VectorStore.open(join(folder, FILES.vectors), rows, dim);
  const metadata = await RowStore.open(join(folder, FILES.rows), rows).catch((error: Error) =>
    vectors.close().then(() => Promise.reject(error)),
  );
  return new OpenedIndex(folder, manifest, graph, vectors, metadata);
}

export class OpenedIndex implements VectorIndex {
  readonly rows: number;
  readonly dim: number;
  readonly key: Readonly<Record<string, string>>;
  readonly columns: Readonly<Record<string, MetadataType>>;
  readonly recall: IndexRecall | undefined;

  constructor(
    private readonly folder: string,
    manifest: Manifest,
    private readonly graph: Index,
    readonly vectors: VectorStore,
    private readonly metadata: RowStore,
  ) {
    ({ rows: this.rows, dim: this.dim, key: this.key, columns: this.columns, recall: this.recall } = manifest);
  }

  checkKey(key: Readonly<Record<string, string>>): void {
    for (const [name, value] of Object.entries(key)) {
      const own = Object.hasOwn(this.key, name) ? this.key[name] : undefined;
      if (own !== undefined && own !== value)
        fail(
          "CHECKPOINT_MISMATCH",
          `${this.folder} is of embeddings of another ${name}: ${own} there and ${value} now. Search with the one that the images were embedded with.`,
        );
    }
  }

  async query(vector: Float32Array, options: QueryOptions = {}): Promise<QueryResult> {
    const { k = 10, where = [], exact = false, signal } = checkOptions(options, ["k", "where", "exact", "signal"], "query");
    checkRange(k, "k", { min: 1, max: MOST, integer: true });
    const query = this.checkQuery(vector);
    const conditions = where.map((text) => parseCondition(text, this.columns));
    const { mask, count } = conditions.length > 0 ? await this.metadata.matching(conditions) : { mask: undefined, count: this.rows };
    if (count === 0) return { results: [], matching: 0 };
    const found = await this.nearest(query, k, { mask, count, signal });
    if (!exact) return { results: await this.resultsOf(found), matching: count };
    const [all] = await this.vectors.bestOfAll([query], k, { mask, signal });
    return { results: await this.resultsOf(all!), matching: count, recall: share(found, all!) };
  }

  async close(): Promise<void> {
    await this.vectors.close();
    await this.metadata.close();
  }

  /** The nearest that the graph finds; all vectors are looked at where that is less work. */
  async nearest(query: Float32Array, k: number, { mask, count, signal }: Matching): Promise<Hit[]> {
    let wide = Math.ceil((Math.max(WIDER * k, WIDE) * this.rows) / count);
    while (wide * SHARE <= this.rows) {
      const found = [...this.graph.search(query, wide, 1).keys].map(Number).filter((row) => !mask || mask[row]);
      if (found.length >= Math.min(k, count)) return this.vectors.best(found, query, k);
      wide *= 2;
    }
    const [all] = await this.vectors.bestOfAll([query], k, { mask, signal });
    return all!;
  }

  private checkQuery(vector: Float32Array): Float32Array {
    if (!(vector instanceof Float32Array)) fail("INVALID_ARGUMENT", `A query is a Float32Array, got ${typeof vector}.`);
    if (vector.length !== this.dim)
      fail(
        "SHAPE_MISMATCH",
        `The index holds vectors of ${this.dim} numbers, and the query has ${vector.length}. Embed it with the index's model.`,
      );
    const query = vector.slice();
    unitLength(query, () => "The query");
    return query;
  }

  private async resultsOf(hits: readonly Hit[]): Promise<SearchResult[]> {
    const rows = await this.metadata.at(
      hits.map(({ row }) => row),
      Object.keys(this.columns),
    );
    return hits.map(({ score }, i) => {
      const { id, file, ...values } = rows[i] as Record<string, MetadataValue> & { id: string; file: string };
      return { id, file, score, values };
    });
  }
}

interface Matching {
  readonly mask: Uint8Array | undefined;
  readonly count: number;
  readonly signal?: AbortSignal | undefined;
}

/** Of the exact results, the share that was found; another row that is as near counts as much. */
function share(found: readonly Hit[], exact: readonly Hit[]): number {
  const least = exact.at(-1)!.score - 1e-9;
  return found.filter(({ score }) => score >= least).length / exact.length;
}

/** Measures what share of rows' neighbours, themselves left out, the index finds. */
export async function measureRecall(index: OpenedIndex, rows: readonly number[], k: number, signal?: AbortSignal): Promise<number> {
  const queries: Float32Array[] = [];
  for (const row of rows) queries.push(await index.vectors.read(row, 1));
  const exact = await index.vectors.bestOfAll(queries, k + 1, { signal });
  let sum = 0;
  for (const [i, query] of queries.entries()) {
    const others = (hits: readonly Hit[]) => hits.filter(({ row }) => row !== rows[i]).slice(0, k);
    const found = await index.nearest(query, k + 1, { mask: undefined, count: index.rows, signal });
    sum += share(others(found), others(exact[i]!));
  }
  return sum / queries.length;
}
