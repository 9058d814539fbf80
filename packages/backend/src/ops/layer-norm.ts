import { fail, showShape } from "@rsdix/internal";
import * as tf from "@tensorflow/tfjs-core";
import { flattenRows, sumRows } from "./product";

/**
 * Layer normalisation over the last axis: (x - mean) / sqrt(variance + epsilon) · gamma + beta, with the biased variance.
 *
 * @param x Input, shape `[..., d]`, float32.
 * @param gamma Scale, shape `[d]`, float32.
 * @param beta Offset, shape `[d]`, float32.
 * @param epsilon Added to the variance; 1e-5 by default, as in CLIP and GPT-2.
 * @returns Shape `[..., d]`, float32.
 * @throws SHAPE_MISMATCH when gamma or beta is not `[d]`.
 * @example
 * ```ts
 * import "@tensorflow/tfjs";
 * import * as tf from "@tensorflow/tfjs-core";
 * import { layerNorm } from "@rsdix/backend";
 * layerNorm(tf.tensor2d([[1, 3]]), tf.ones([2]), tf.zeros([2])).print(); // [[-1, 1]]
 * ```
 * @see Layer Normalization, arXiv 1607.06450.
 */
export function layerNorm<T extends tf.Tensor>(x: T, gamma: tf.Tensor1D, beta: tf.Tensor1D, epsilon = 1e-5): T {
  const d = x.shape[x.rank - 1]!;
  for (const [name, value] of Object.entries({ gamma, beta })) {
    if (value.rank !== 1 || value.shape[0] !== d) {
      fail("SHAPE_MISMATCH", `layerNorm: ${name} must have shape [${d}], the last size of x ${showShape(x)}; got ${showShape(value)}.`);
    }
  }
  const run = tf.customGrad((...args: (tf.Tensor | tf.GradSaveFunc)[]) => {
    const [input, scale, offset, save] = args as [T, tf.Tensor1D, tf.Tensor1D, tf.GradSaveFunc];
    const rows = flattenRows(input);
    const centred = tf.sub(rows, tf.mean(rows, 1, true));
    const rstd = tf.rsqrt(tf.add(tf.mean(tf.square(centred), 1, true), epsilon)); // [n, 1]
    const normal = tf.mul(centred, rstd) as tf.Tensor2D;
    save([normal, rstd, scale]);
    const gradFunc = (dy: tf.Tensor, saved: tf.Tensor[]) => {
      const [normal0, rstd0, gamma0] = saved as [tf.Tensor2D, tf.Tensor2D, tf.Tensor1D];
      const dyRows = flattenRows(dy);
      const dyNormal = tf.mul(dyRows, normal0) as tf.Tensor2D;
      const g = tf.mul(dyRows, gamma0);
      const along = tf.mul(normal0, tf.mean(tf.mul(g, normal0), 1, true));
      const dx = tf.mul(rstd0, tf.sub(tf.sub(g, tf.mean(g, 1, true)), along));
      return [tf.reshape(dx, dy.shape), sumRows(dyNormal), sumRows(dyRows)];
    };
    return { value: tf.reshape(tf.add(tf.mul(normal, scale), offset), input.shape) as T, gradFunc };
  });
  return run(x, gamma, beta) as T;
}
