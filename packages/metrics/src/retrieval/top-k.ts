import { checkRange, fail, show } from "@rsdix/internal";
import { isArrayLike } from "../check-classes";
import { cosine, readEmbeddings } from "../embeddings";

/** One item that a search found. */
export interface Hit {
  /** Row of the item in the embeddings searched. */
  index: number;
  /** Its cosine similarity to the query, from -1 to 1. */
  score: number;
}

/**
 * The items nearest to a query by cosine similarity: search an archive of image embeddings with the embedding of a text,
 * or the other way round. Neither side has to be normalised; a zero row has similarity 0 to everything.
 *
 * @param query The embedding to search with, [dim].
 * @param embeddings The archive, row-major [n, dim].
 * @param k How many items to return, from 1 to n.
 * @returns The k best, best first; equally good ones in the order of the archive.
 * @throws RsdixError `SHAPE_MISMATCH` when the archive is not rows of the query's length, `EMPTY_DATA` when either is empty,
 * `INVALID_ARGUMENT` for `k` out of range, `NOT_A_NUMBER` for a value that is not finite.
 * @example
 * ```ts
 * import { topK } from "@rsdix/metrics/retrieval";
 * const archive = new Float32Array([1, 0, 0, 1, 0.6, 0.8]);
 * for (const { index, score } of topK([0, 2], archive, 2)) console.log(index, score); // row 1 with 1, row 2 with about 0.8
 * ```
 * @see Manning, Raghavan and Schütze, "Introduction to information retrieval", 2008, section 6.3 (cosine similarity)
 */
export function topK(query: ArrayLike<number>, embeddings: ArrayLike<number>, k: number): Hit[] {
  if (!isArrayLike(query)) fail("INVALID_ARGUMENT", `query must be an array or typed array of numbers, got ${show(query)}.`);
  if (query.length === 0) fail("EMPTY_DATA", "query is empty: give an embedding.");
  const one = readEmbeddings(query, query.length, "query");
  const archive = readEmbeddings(embeddings, query.length, "embeddings");
  checkRange(k, "k", { min: 1, max: archive.rows, integer: true });

  const hits = Array.from({ length: archive.rows }, (_, index) => ({ index, score: cosine(one, 0, archive, index) }));
  return hits.sort((a, b) => b.score - a.score || a.index - b.index).slice(0, k);
}
