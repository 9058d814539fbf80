import { checkOptions, checkRange, fail } from "@rsdix/internal";
import { type Embeddings, readEmbeddings } from "../embeddings";
import { mean } from "../mean";
import { checkProgressOptions, type ProgressOptions, pacer } from "../progress";
import { Ranking } from "./average-precision";
import { cosineTiles, TILE_OPTIONS, type TileOptions } from "./cosine-tiles";
import { OTHER, RELEVANT, type RelevanceOptions, readRelevance } from "./relevance";

/** Options of {@link meanAveragePrecision}. */
export interface MeanAveragePrecisionOptions extends RelevanceOptions, TileOptions, ProgressOptions {
  /** Values an embedding. */
  readonly dim: number;
  /** Cosines that differ by no more than this are a tie; 1e-6 when left out. */
  readonly tieTolerance?: number | undefined;
}

/** Result of {@link meanAveragePrecision}. */
export interface MeanAveragePrecision {
  /** Mean over the queries that have relevant items, above 0 and at most 1. */
  meanAveragePrecision: number;
  /** The average precision of each query, in the order given; null for one without relevant items. */
  perQuery: (number | null)[];
}

/** Similarities that are held at a time: those of some queries to all items, 4 bytes each. */
const STRIP = 2 ** 24;

/**
 * Mean average precision of retrieval by cosine similarity: for each query, all items are ranked and the average precision of the
 * relevant ones is taken; then the mean over the queries. What is relevant is said by labels (the items of the query's class) or by a
 * list for each query. Ties count against the model: a foreign item as near as a relevant one stands before it, so embeddings that all
 * look alike score the least that is possible.
 *
 * The matrix is never held: memory is linear in queries plus items. Products are of float32; differences below `tieTolerance` are ties.
 *
 * @param queryEmbeddings Row-major [queries, dim], normalised or not.
 * @param itemEmbeddings Row-major [items, dim], normalised or not; the same array for retrieval within one set, with `excludeSelf`.
 * @param options `dim`; `queryLabels` and `itemLabels`, or `relevant`; `excludeSelf` (false), `tieTolerance` (1e-6), `tile` (256, or
 * 2048 with `multiply`), `multiply` and `productError` as in `retrievalRecallAsync`, `onProgress` (counts queries) and `signal`.
 * @returns The mean and the value of each query.
 * @throws RsdixError `SHAPE_MISMATCH` when lengths do not fit `dim` or each other, `EMPTY_DATA` without queries, items or anything
 * relevant, `INVALID_ARGUMENT` for relevance that is said twice or not at all, a row that is none, and wrong products, `NOT_A_NUMBER` for a
 * value that is not finite, `ABORTED`, `UNKNOWN_OPTION`. What `multiply` throws comes through as it is.
 * @example
 * ```ts
 * import { meanAveragePrecision } from "@rsdix/metrics/retrieval";
 * const archive = new Float32Array([1, 0, 0.9, 0.1, 0, 1, 0.1, 0.9]);
 * const labels = ["lake", "lake", "forest", "forest"];
 * const options = { dim: 2, queryLabels: labels, itemLabels: labels, excludeSelf: true };
 * console.log((await meanAveragePrecision(archive, archive, options)).meanAveragePrecision); // 1
 * ```
 * @see Manning, Raghavan and Schütze, "Introduction to information retrieval", 2008, section 8.4
 */
export async function meanAveragePrecision(
  queryEmbeddings: ArrayLike<number>,
  itemEmbeddings: ArrayLike<number>,
  options: MeanAveragePrecisionOptions,
): Promise<MeanAveragePrecision> {
  const known = ["dim", "queryLabels", "itemLabels", "relevant", "excludeSelf", "tieTolerance", "onProgress", "signal", ...TILE_OPTIONS];
  const given = checkOptions(options, known, "meanAveragePrecision");
  const { dim, tieTolerance = 1e-6 } = given;
  checkRange(tieTolerance, "tieTolerance", { min: 0 });
  checkProgressOptions(given);
  const queries = readEmbeddings(queryEmbeddings, dim, "queryEmbeddings");
  const items = readEmbeddings(itemEmbeddings, dim, "itemEmbeddings");
  const relevance = readRelevance(given, queries.rows, items.rows);

  const perQuery: (number | null)[] = [];
  const pace = pacer(given, "meanAveragePrecision", queries.rows);
  await pace(0);
  for await (const { query, cosines } of strips(queries, items, given)) {
    perQuery.push(precisionOf(cosines, relevance(query), tieTolerance));
    await pace(query + 1);
  }
  const scored = perQuery.filter((precision) => precision !== null);
  if (scored.length === 0) fail("EMPTY_DATA", "No query has a relevant item: there is no mean average precision.");
  return { meanAveragePrecision: mean(scored), perQuery };
}

/** The cosines of one query after the other to all items, valid until the next one. */
async function* strips(queries: Embeddings, items: Embeddings, options: TileOptions) {
  const tiles = cosineTiles(queries, items, options);
  const height = Math.min(tiles.tile, queries.rows, Math.max(1, Math.floor(STRIP / items.rows)));
  const strip = new Float32Array(height * items.rows);
  for (let start = 0; start < queries.rows; start += height) {
    const end = Math.min(queries.rows, start + height);
    for (let item = 0; item < items.rows; item += tiles.tile) {
      const itemEnd = Math.min(items.rows, item + tiles.tile);
      const width = itemEnd - item;
      const products = await tiles.compute(start, end, item, itemEnd);
      for (let q = 0; q < end - start; q++) strip.set(products.subarray(q * width, (q + 1) * width), q * items.rows + item);
    }
    for (let query = start; query < end; query++) {
      yield { query, cosines: strip.subarray((query - start) * items.rows, (query - start + 1) * items.rows) };
    }
  }
}

/** Average precision of one query; null when nothing is relevant to it. */
function precisionOf(cosines: Float32Array, flags: Uint8Array, tolerance: number): number | null {
  const relevant: number[] = [];
  for (let item = 0; item < cosines.length; item++) {
    const cosine = cosines[item]!;
    if (Number.isNaN(cosine)) fail("NOT_A_NUMBER", "multiply must give numbers, got NaN.");
    if (flags[item] === RELEVANT) relevant.push(cosine);
  }
  if (relevant.length === 0) return null;
  const ranking = new Ranking(Float64Array.from(relevant), tolerance);
  for (let item = 0; item < cosines.length; item++) if (flags[item] === OTHER) ranking.add(cosines[item]!);
  return ranking.averagePrecision();
}
