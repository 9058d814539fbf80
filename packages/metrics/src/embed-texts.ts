import { fail, show } from "@rsdix/internal";
import { isArrayLike } from "./check-classes";
import { type BatchOptions, type CallOptions, distinctBatches, type Tally } from "./distinct-batches";
import { inverseNorm } from "./embeddings";
import { showKeys } from "./show-keys";

/** Embeddings as encoders give them: a list of rows, or all rows one after the other, row-major [n, dim]. */
export type EmbeddingRows = readonly ArrayLike<number>[] | ArrayLike<number>;

/**
 * An encoder: one embedding an item, in the order of the items, all of one width; normalised or not. It may stop with an error
 * when the signal that it is given says so.
 */
export type Embed<T> = (items: readonly T[], options: CallOptions) => EmbeddingRows | Promise<EmbeddingRows>;

/** An encoder of texts, for example `(texts, options) => model.embedTexts(texts, options)` with a model of `@rsdix/models`. */
export type EmbedTexts = Embed<string>;

/** One embedding, and one over its length (0 for a zero row). */
export interface Embedding {
  readonly values: ArrayLike<number>;
  readonly inverseNorm: number;
}

/** Embeds every distinct item of the groups once and yields the embeddings of each group, as `distinctBatches` does. */
export function embedGroups<T>(
  groups: readonly (readonly T[])[],
  embed: Embed<T>,
  name: string,
  { batchSize, signal }: BatchOptions & { batchSize: number },
  tally: Tally,
): AsyncGenerator<Embedding[], void> {
  checkEncoder(embed, name);
  let dim: number | undefined;
  const call = async (batch: T[]) => {
    const { length } = batch; // as it is before the model has it
    const rows = readRows(await embed(batch, signal ? { signal } : {}), length, name);
    for (const { values } of rows) {
      dim ??= values.length;
      if (values.length !== dim) {
        fail("SHAPE_MISMATCH", `${name} must give embeddings of one width, got ${values.length} values after ${dim}.`);
      }
    }
    return rows;
  };
  return distinctBatches(groups, call, batchSize, tally);
}

/** Cosine of two embeddings; 0 when either is zero. */
export function cosineOf(a: Embedding, b: Embedding): number {
  let sum = 0;
  for (let d = 0; d < a.values.length; d++) sum += a.values[d]! * b.values[d]!;
  return sum * a.inverseNorm * b.inverseNorm;
}

/** Throws unless `embed` can be called. */
export function checkEncoder(embed: unknown, name: string): void {
  if (typeof embed === "function") return;
  fail("INVALID_ARGUMENT", `${name} must be a function that gives an embedding an item, got ${showKeys(embed)}.`);
}

/** What an encoder gave for `count` items, as rows of their own: a view into a batch would keep the whole of it. */
function readRows(given: EmbeddingRows, count: number, name: string): Embedding[] {
  if (!isArrayLike(given)) fail("INVALID_ARGUMENT", `${name} must give an array or typed array of embeddings, got ${show(given)}.`);
  if (isRows(given)) {
    if (given.length !== count) fail("SHAPE_MISMATCH", `${name} must give an embedding for each of ${count}, got ${given.length}.`);
    return Array.from(given, (row, i) => {
      if (!isArrayLike(row))
        fail("INVALID_ARGUMENT", `${name} must give an array of numbers an item, got ${show(row)} for item ${i} of a batch.`);
      return copyRow(row, 0, row.length, name);
    });
  }
  const dim = given.length / count;
  if (!Number.isInteger(dim)) {
    fail("SHAPE_MISMATCH", `${name} must give an embedding for each of ${count}, got ${given.length} values.`);
  }
  return Array.from({ length: count }, (_, i) => copyRow(given, i, dim, name));
}

function isRows(given: EmbeddingRows): given is readonly ArrayLike<number>[] {
  return Array.isArray(given) && given.some((row) => isArrayLike(row));
}

function copyRow(source: ArrayLike<number>, from: number, dim: number, name: string): Embedding {
  if (dim === 0) fail("SHAPE_MISMATCH", `${name} must give embeddings of at least one value, got none.`);
  const values = source instanceof Float32Array ? new Float32Array(dim) : new Float64Array(dim);
  const inverse = inverseNorm(source, from, dim, `What ${name} gives`);
  for (let d = 0; d < dim; d++) values[d] = source[from * dim + d]!;
  return { values, inverseNorm: inverse };
}
