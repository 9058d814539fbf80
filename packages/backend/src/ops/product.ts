import * as tf from "@tensorflow/tfjs-core";
import { type Kernel, runKernel } from "./kernel";

interface ProductAttributes {
  transposeA: boolean;
  transposeB: boolean;
}

/**
 * a · b for plain 2-D operands, either of them transposed first. On wasm a product with transpose flags runs 10 to 40 times slower than an
 * explicit transpose followed by a plain product, and so does the gradient that tfjs would record.
 */
const PRODUCT: Kernel = {
  name: "RsdixProduct",
  composed({ a, b }: { a: tf.Tensor2D; b: tf.Tensor2D }, { transposeA, transposeB }: ProductAttributes) {
    if (tf.getBackend() !== "wasm") return [tf.matMul(a, b, transposeA, transposeB)];
    return [tf.matMul(transposeA ? tf.transpose(a) : a, transposeB ? tf.transpose(b) : b)];
  },
};

/** The sum over rows, as a product with ones: wasm reduces a leading axis by transposing first. */
const SUM_ROWS: Kernel = {
  name: "RsdixSumRows",
  composed: ({ x }: { x: tf.Tensor2D }) => [tf.reshape(tf.matMul(tf.ones([1, x.shape[0]]), x), [x.shape[1]])],
};

/** a · b inside a gradient, either of them transposed first. */
export function product(a: tf.Tensor, b: tf.Tensor, transposeA: boolean, transposeB: boolean): tf.Tensor2D {
  return runKernel(PRODUCT, { a, b }, { transposeA, transposeB })[0] as tf.Tensor2D;
}

/** x [n, d] -> [d] inside a gradient. */
export function sumRows(x: tf.Tensor): tf.Tensor1D {
  return runKernel(SUM_ROWS, { x })[0] as tf.Tensor1D;
}

/** x [..., d] as [n, d]; itself when it is that already. */
export function flattenRows(x: tf.Tensor): tf.Tensor2D {
  if (x.rank === 2) return x as tf.Tensor2D;
  return tf.reshape(x, [tf.util.sizeFromShape(x.shape.slice(0, -1)), x.shape[x.rank - 1]!]);
}
