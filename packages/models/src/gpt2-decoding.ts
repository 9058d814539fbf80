import { linear } from "@rsdix/backend";
import * as tf from "@tensorflow/tfjs-core";
import type { StepModel } from "./generation";
import type { Gpt2 } from "./gpt2";
import { KvCache } from "./kv-cache";

/**
 * A GPT-2 in the middle of decoding: the cache of what was read, and the scores of what comes next. Tokens are rows of the model's table
 * (`vocabulary.idsOf` makes them ids).
 */
export class Gpt2Decoding implements StepModel {
  private readonly cache = new KvCache();
  private readonly head: tf.Tensor2D; // [width, tokens]
  private next: tf.Tensor2D; // [rows, tokens]

  constructor(
    private readonly model: Gpt2,
    prompt: tf.Tensor3D,
  ) {
    this.head = model.outputMatrix();
    try {
      this.next = this.read(prompt);
    } catch (error) {
      this.dispose();
      throw error;
    }
  }

  /** How many rows are being decoded. */
  get rows(): number {
    return this.next.shape[0];
  }

  /** Scores of each row's next token, `[rows, tokens]` row-major, on the host. */
  async logits(): Promise<Float32Array> {
    return this.next.data<"float32">();
  }

  /** Row i becomes what row `from[i]` was, with `tokens[i]` after it. */
  advance(from: Int32Array, tokens: Int32Array): void {
    const same = from.length === this.rows && from.every((row, i) => row === i);
    if (!same) this.cache.reorder(from);
    const shape = [tokens.length, 1] as const;
    const before = this.next;
    this.next = tf.tidy(() => this.read(this.model.embed({ ids: this.model.vocabulary.idsOf(tokens), shape })));
    before.dispose();
  }

  /** Frees the cache. */
  dispose(): void {
    this.cache.dispose();
    tf.dispose([this.head, this.next]);
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
      return linear(last, this.head);
    });
  }
}
