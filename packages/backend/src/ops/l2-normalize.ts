import { checkRank } from "@rsdix/internal";
import * as tf from "@tensorflow/tfjs-core";

/**
 * Rows scaled to length 1: x / max(‖x‖, epsilon).
 *
 * @param x Shape `[n, d]`, float32.
 * @param epsilon The least length divided by, so that a row of zeros stays zero; 1e-12, as in PyTorch's `normalize`.
 * @returns Shape `[n, d]`, float32.
 * @throws SHAPE_MISMATCH when x is not 2-D.
 * @example
 * ```ts
 * import "@tensorflow/tfjs";
 * import * as tf from "@tensorflow/tfjs-core";
 * import { l2Normalize } from "@rsdix/backend";
 * l2Normalize(tf.tensor2d([[3, 4]])).print(); // [[0.6, 0.8]]
 * ```
 */
export function l2Normalize(x: tf.Tensor2D, epsilon = 1e-12): tf.Tensor2D {
  checkRank(x, 2, "x", "[n, d]");
  const run = tf.customGrad((...args: (tf.Tensor | tf.GradSaveFunc)[]) => {
    const [input, save] = args as [tf.Tensor2D, tf.GradSaveFunc];
    const inverse = tf.div(1, tf.maximum(tf.sqrt(tf.sum(tf.square(input), 1, true)), epsilon)); // [n, 1]
    const y = tf.mul(input, inverse) as tf.Tensor2D;
    save([y, inverse]);
    const gradFunc = (dy: tf.Tensor, saved: tf.Tensor[]) => {
      const [y0, inverse0] = saved as [tf.Tensor2D, tf.Tensor2D];
      return tf.mul(inverse0, tf.sub(dy, tf.mul(y0, tf.sum(tf.mul(dy, y0), 1, true))));
    };
    return { value: y, gradFunc };
  });
  return run(x) as tf.Tensor2D;
}
