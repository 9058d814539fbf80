import { checkRank, fail, showShape } from "@rsdix/internal";
import * as tf from "@tensorflow/tfjs-core";
import { PRODUCT, product } from "./product";
import { runOp } from "./run-op";

/**
 * The product of every row of x with every row of a table, x · rowsᵀ: the output of a language model whose head is its token table, or a
 * weight that is stored [out, in]. One operation with its own gradient, which transposes nothing where the backend needn't.
 *
 * @param x Shape `[n, d]`, float32.
 * @param rows Shape `[m, d]`, float32.
 * @returns Shape `[n, m]`, float32.
 * @throws SHAPE_MISMATCH when the rows differ in length.
 * @example
 * ```ts
 * import "@tensorflow/tfjs";
 * import * as tf from "@tensorflow/tfjs-core";
 * import { rowProducts } from "@rsdix/backend";
 * rowProducts(tf.tensor2d([[1, 2]]), tf.tensor2d([[1, 0], [0, 1], [1, 1]])).print(); // [[1, 2, 3]]
 * ```
 */
export function rowProducts(x: tf.Tensor2D, rows: tf.Tensor2D): tf.Tensor2D {
  checkRows(x, rows);
  return runOp({
    kernel: PRODUCT,
    inputs: { a: x, b: rows },
    attrs: { transposeA: false, transposeB: true },
    saves: ["a", "b"],
    gradient: (dy, { a, b }) => ({ gradients: { a: () => product(dy, b!, false, false), b: () => product(dy, a!, true, false) } }),
  }) as tf.Tensor2D;
}

/**
 * A table prepared for many calls of `rowProducts` without gradient, as in decoding: where a transposed product is slow, the table is
 * transposed once and not at every token.
 *
 * @example
 * ```ts
 * import "@tensorflow/tfjs";
 * import * as tf from "@tensorflow/tfjs-core";
 * import { PreparedRows } from "@rsdix/backend";
 * const table = new PreparedRows(tf.tensor2d([[1, 0], [0, 1], [1, 1]]));
 * table.products(tf.tensor2d([[1, 2]])).print(); // [[1, 2, 3]]
 * table.dispose();
 * ```
 */
export class PreparedRows {
  private readonly transposed: boolean;
  private readonly table: tf.Tensor2D;

  /**
   * @param rows Shape `[m, d]`, float32; stays the caller's. Later changes of a variable are not seen.
   * @throws SHAPE_MISMATCH when it isn't 2-D.
   */
  constructor(private readonly rows: tf.Tensor2D) {
    checkRank(rows, 2, "rows", "[m, d]");
    this.transposed = tf.getBackend() === "wasm";
    this.table = tf.keep(tf.tidy(() => (this.transposed ? tf.transpose(rows) : tf.clone(rows)) as tf.Tensor2D));
  }

  /**
   * The product of every row of x with every row of the table.
   *
   * @param x Shape `[n, d]`, float32.
   * @returns Shape `[n, m]`, float32.
   * @throws SHAPE_MISMATCH when the rows differ in length.
   */
  products(x: tf.Tensor2D): tf.Tensor2D {
    checkRows(x, this.rows);
    return product(x, this.table, false, !this.transposed);
  }

  /** Frees the prepared table. */
  dispose(): void {
    this.table.dispose();
  }

  /** The same as `dispose`, for `using`. */
  [Symbol.dispose](): void {
    this.dispose();
  }
}

function checkRows(x: tf.Tensor2D, rows: tf.Tensor2D): void {
  checkRank(x, 2, "x", "[n, d]");
  checkRank(rows, 2, "rows", "[m, d]");
  if (x.shape[1] !== rows.shape[1]) {
    fail("SHAPE_MISMATCH", `rowProducts: x ${showShape(x)} and rows ${showShape(rows)} must have rows of one length.`);
  }
}
