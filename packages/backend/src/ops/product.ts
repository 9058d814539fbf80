import * as tf from "@tensorflow/tfjs-core";

/**
 * a · b for plain 2-D operands, either of them transposed first.
 *
 * On wasm a product with transpose flags runs 10 to 40 times slower than an explicit transpose followed by a plain product,
 * and so does the gradient that tfjs would record: this is used inside custom gradients, where no tape is running.
 */
export function product(a: tf.Tensor2D, b: tf.Tensor2D, transposeA = false, transposeB = false): tf.Tensor2D {
  if (tf.getBackend() !== "wasm") return tf.matMul(a, b, transposeA, transposeB);
  return tf.tidy(() => tf.matMul(transposeA ? tf.transpose(a) : a, transposeB ? tf.transpose(b) : b) as tf.Tensor2D);
}

/** The sum over rows of x [n, d] -> [d]: as a product with ones, because wasm reduces a leading axis by transposing first. */
export function sumRows(x: tf.Tensor2D): tf.Tensor1D {
  return tf.tidy(() => tf.reshape(tf.matMul(tf.ones([1, x.shape[0]]), x), [x.shape[1]]));
}

/** x [..., d] as [n, d]. */
export function flattenRows(x: tf.Tensor): tf.Tensor2D {
  return tf.reshape(x, [-1, x.shape[x.rank - 1]!]);
}
