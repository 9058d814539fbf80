import { checkRank, fail, showShape } from "@rsdix/internal";
import * as tf from "@tensorflow/tfjs-core";
import { checkFloat32 } from "./check-inputs";
import { runKernel } from "./kernel";
import { LINEAR } from "./linear";

/**
 * A weight that is stored [out, in], prepared for many products without gradient: a language model's token table that is its output matrix,
 * while decoding. Where a transposed product is slow, the weight is transposed once and not at every token.
 *
 * @example
 * ```ts
 * import "@tensorflow/tfjs";
 * import * as tf from "@tensorflow/tfjs-core";
 * import { TransposedWeight } from "@rsdix/backend";
 * const table = new TransposedWeight(tf.tensor2d([[1, 0], [0, 1], [1, 1]]));
 * table.apply(tf.tensor2d([[1, 2]])).print(); // [[1, 2, 3]]
 * table.dispose();
 * ```
 * @see Using the Output Embedding to Improve Language Models, arXiv 1608.05859 (one table for both).
 */
export class TransposedWeight {
  private readonly transposed: boolean;
  private readonly weight: tf.Tensor2D;

  /**
   * @param w Shape `[out, in]`, float32; stays the caller's. Whether later changes of a variable are seen depends on the backend.
   * @throws SHAPE_MISMATCH when it isn't 2-D; INVALID_ARGUMENT when it isn't float32.
   */
  constructor(w: tf.Tensor2D) {
    checkFloat32(w, "TransposedWeight: w");
    checkRank(w, 2, "w", "[out, in]");
    this.transposed = tf.getBackend() === "wasm";
    this.weight = tf.keep(tf.tidy(() => (this.transposed ? tf.transpose(w) : tf.clone(w)) as tf.Tensor2D));
  }

  /**
   * x · wᵀ.
   *
   * @param x Shape `[n, in]`, float32.
   * @returns Shape `[n, out]`, float32.
   * @throws SHAPE_MISMATCH when the sizes don't fit; INVALID_ARGUMENT when x isn't float32.
   */
  apply(x: tf.Tensor2D): tf.Tensor2D {
    checkFloat32(x, "TransposedWeight: x");
    checkRank(x, 2, "x", "[n, in]");
    const inputs = this.weight.shape[this.transposed ? 0 : 1];
    if (x.shape[1] !== inputs) fail("SHAPE_MISMATCH", `TransposedWeight: x must be [n, ${inputs}], got ${showShape(x)}.`);
    return runKernel(LINEAR, { x, w: this.weight }, { transposeW: !this.transposed, training: false })[0] as tf.Tensor2D;
  }

  /** Frees the prepared weight. */
  dispose(): void {
    this.weight.dispose();
  }

  /** The same as `dispose`, for `using`. */
  [Symbol.dispose](): void {
    this.dispose();
  }
}
