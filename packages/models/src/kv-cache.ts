import * as tf from "@tensorflow/tfjs-core";

interface KeysAndValues {
  readonly keys: tf.Tensor4D; // [rows, heads, positions, headWidth]
  readonly values: tf.Tensor4D;
}

/** The keys and values of every position decoded so far, a pair a block, so that a step computes only the new position. */
export class KvCache {
  private readonly blocks: KeysAndValues[] = [];

  /** Positions held. */
  get length(): number {
    return this.blocks[0]?.keys.shape[2] ?? 0;
  }

  /** Adds a block's new positions [rows, heads, new, headWidth] and returns all of them; the cache keeps owning what it returns. */
  append(block: number, keys: tf.Tensor4D, values: tf.Tensor4D): KeysAndValues {
    const before = this.blocks[block];
    const after = before
      ? { keys: tf.concat([before.keys, keys], 2), values: tf.concat([before.values, values], 2) }
      : { keys: tf.clone(keys), values: tf.clone(values) };
    this.replace(block, { keys: tf.keep(after.keys), values: tf.keep(after.values) });
    return after;
  }

  /** Row i becomes what row `from[i]` was: beams that go on from another, or fewer rows once some are finished. */
  reorder(from: Int32Array): void {
    const indices = tf.tensor1d(from, "int32");
    for (const [block, { keys, values }] of this.blocks.entries()) {
      this.replace(block, { keys: tf.keep(tf.gather(keys, indices)), values: tf.keep(tf.gather(values, indices)) });
    }
    indices.dispose();
  }

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
