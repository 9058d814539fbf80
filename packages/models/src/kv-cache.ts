import { embedding } from "@rsdix/backend";
import * as tf from "@tensorflow/tfjs-core";

/** What attention reads of one block. */
interface KeysAndValues {
  readonly keys: tf.Tensor4D; // [rows, heads, positions, headWidth]
  readonly values: tf.Tensor4D;
}

/**
 * The keys and values of every position read so far, a pair a block, so that a step computes only the new position.
 *
 * @example
 * ```ts
 * import "@tensorflow/tfjs";
 * import * as tf from "@tensorflow/tfjs-core";
 * import { Gpt2, KvCache, padTokens } from "@rsdix/models";
 *
 * const gpt2 = Gpt2.fromConfig({ vocabSize: 20, contextLength: 8, width: 16, layers: 1, heads: 2 }, 1);
 * const cache = new KvCache();
 * for (const token of [3, 1, 4]) tf.tidy(() => gpt2.forward(gpt2.embed(padTokens([[token]], 0)), { cache }));
 * console.log(cache.length); // 3
 * cache.dispose();
 * gpt2.dispose();
 * ```
 */
export class KvCache {
  private readonly blocks: KeysAndValues[] = [];

  /** Positions held. */
  get length(): number {
    return this.blocks[0]?.keys.shape[2] ?? 0;
  }

  /**
   * Adds a block's new positions.
   *
   * @param block The block's number.
   * @param keys New keys, shape `[rows, heads, new, headWidth]`, float32.
   * @param values New values, shape `[rows, heads, new, headWidth]`, float32.
   * @returns All keys and values so far, each `[rows, heads, positions, headWidth]`; they stay the cache's.
   */
  append(block: number, keys: tf.Tensor4D, values: tf.Tensor4D): KeysAndValues {
    const before = this.blocks[block];
    const after = before
      ? { keys: tf.concat([before.keys, keys], 2), values: tf.concat([before.values, values], 2) }
      : { keys: tf.clone(keys), values: tf.clone(values) };
    this.replace(block, { keys: tf.keep(after.keys), values: tf.keep(after.values) });
    return after;
  }

  /**
   * Row i becomes what row `from[i]` was: beams that go on from another, or fewer rows once some are finished.
   *
   * @param from A row for each new row.
   */
  reorder(from: Int32Array): void {
    const indices = tf.tensor1d(from, "int32");
    for (const [block, { keys, values }] of this.blocks.entries()) {
      this.replace(block, { keys: tf.keep(takeRows(keys, indices)), values: tf.keep(takeRows(values, indices)) });
    }
    indices.dispose();
  }

  /** Frees all keys and values. */
  dispose(): void {
    for (const { keys, values } of this.blocks) tf.dispose([keys, values]);
    this.blocks.length = 0;
  }

  private replace(block: number, after: KeysAndValues): void {
    const before = this.blocks[block];
    if (before) tf.dispose([before.keys, before.values]);
    this.blocks[block] = after;
  }
}

/** Rows of [rows, heads, positions, headWidth] by index; `embedding` is the row lookup that is fast on every backend. */
function takeRows(x: tf.Tensor4D, indices: tf.Tensor1D): tf.Tensor4D {
  const [rows, heads, positions, headWidth] = x.shape;
  return tf.tidy(() => {
    const flat = tf.reshape(x, [rows, heads * positions * headWidth]) as tf.Tensor2D;
    return tf.reshape(embedding(flat, indices), [indices.shape[0], heads, positions, headWidth]) as tf.Tensor4D;
  });
}
