import { KvCache, type TransposedWeight } from "@rsdix/backend";
import { fail, show } from "@rsdix/internal";
import * as tf from "@tensorflow/tfjs-core";
import type { StepModel } from "./generation";
import type { Gpt2 } from "./gpt2";

/**
 * A GPT-2 in the middle of decoding: the cache of what was read, and the scores of what comes next. Tokens are rows of the model's table
 * (`vocabulary.idsOf` makes them ids). `Gpt2.decode` makes one.
 *
 * @example
 * ```ts
 * import "@tensorflow/tfjs";
 * import { Gpt2, type Gpt2Decoding, padTokens } from "@rsdix/models";
 *
 * const gpt2 = Gpt2.fromConfig({ vocabSize: 20, contextLength: 8, width: 16, layers: 1, heads: 2 }, 1);
 * const prompt = gpt2.embed(padTokens([[1, 2], [3, 4]], 0));
 * const decoding: Gpt2Decoding = gpt2.decode(prompt);
 * decoding.advance(Int32Array.of(0, 0, 1), Int32Array.of(5, 6, 7)); // two ways to go on from the first row, one from the second
 * console.log(decoding.logits.shape); // [ 3, 20 ]
 * decoding.dispose();
 * prompt.dispose();
 * gpt2.dispose();
 * ```
 *
 * @see Radford et al., "Language Models are Unsupervised Multitask Learners", 2019, section 2.3; Shazeer, arXiv 1911.02150, section 2 (incremental decoding)
 */
export class Gpt2Decoding implements StepModel {
  private readonly cache = new KvCache();
  private next: tf.Tensor2D; // [rows, tokens]

  /**
   * Reads a prompt.
   *
   * @param model The language model, which must live as long.
   * @param head Its output matrix, shape `[tokens, width]`, float32; disposed with this.
   * @param prompt Input embeddings, shape `[rows, positions, width]`, float32; stays the caller's.
   * @throws SHAPE_MISMATCH, or INVALID_ARGUMENT when there are more positions than the context.
   */
  constructor(
    private readonly model: Gpt2,
    private readonly head: TransposedWeight,
    prompt: tf.Tensor3D,
  ) {
    try {
      this.next = this.read(prompt);
    } catch (error) {
      this.dispose();
      throw error;
    }
  }

  /** Scores of each row's next token, shape `[rows, tokens]`, float32; freed by the next `advance` and by `dispose`. */
  get logits(): tf.Tensor2D {
    return this.next;
  }

  /**
   * Row i becomes what row `from[i]` was, with `tokens[i]` after it; there may be more or fewer rows than before.
   *
   * @param from A row for each new row.
   * @param tokens What each new row reads: rows of the model's table.
   * @throws INVALID_ARGUMENT for no rows, another number of tokens, no such row or token, more positions than the context, or after `dispose`.
   */
  advance(from: Int32Array, tokens: Int32Array): void {
    if (this.next.isDisposed) fail("INVALID_ARGUMENT", "Gpt2Decoding was disposed and can't go on. Start another with Gpt2.decode.");
    for (const [name, value] of Object.entries({ from, tokens })) {
      if (!(value instanceof Int32Array)) fail("INVALID_ARGUMENT", `Gpt2Decoding: ${name} must be an Int32Array, got ${show(value)}.`);
    }
    if (from.length !== tokens.length || from.length === 0) {
      fail("INVALID_ARGUMENT", `Gpt2Decoding: every new row needs a token, got ${from.length} rows and ${tokens.length} tokens.`);
    }
    const ids = this.model.vocabulary.idsOf(tokens); // before anything changes
    const same = from.length === this.next.shape[0] && from.every((row, i) => row === i);
    if (!same) this.cache.reorder(from);
    const shape = [tokens.length, 1] as const;
    const before = this.next;
    this.next = tf.tidy(() => this.read(this.model.embed({ ids, shape })));
    before.dispose();
  }

  /** Frees the cache. */
  dispose(): void {
    this.cache.dispose();
    this.head.dispose();
    tf.dispose(this.next);
  }

  /** The same as `dispose`, for `using`. */
  [Symbol.dispose](): void {
    this.dispose();
  }

  /** Adds positions [rows, positions, width] to the cache, and scores what follows the last. */
  private read(x: tf.Tensor3D): tf.Tensor2D {
    return tf.tidy(() => {
      const hidden = this.model.forward(x, { cache: this.cache }); // [rows, positions, width]
      const [rows, positions, width] = hidden.shape;
      const last = tf.reshape(tf.slice(hidden, [0, positions - 1, 0], [rows, 1, width]), [rows, width]) as tf.Tensor2D;
      return this.head.apply(last);
    });
  }
}
