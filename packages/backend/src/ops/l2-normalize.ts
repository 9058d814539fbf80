import { checkRange, checkRank } from "@rsdix/internal";
import * as tf from "@tensorflow/tfjs-core";
import { checkFloat32 } from "./check-inputs";
import { type Kernel, runKernel, type Tensors } from "./kernel";
import { runOp } from "./run-op";

/**
 * Rows scaled to length 1: x / max(‖x‖, epsilon).
 *
 * @param x Shape `[n, d]`, float32.
 * @param epsilon The least length divided by, so that a row of zeros stays zero; 1e-12, as in PyTorch's `normalize`.
 * @returns Shape `[n, d]`, float32.
 * @throws SHAPE_MISMATCH when x is not 2-D; INVALID_ARGUMENT when it is not float32 or for a negative epsilon.
 * @example
 * ```ts
 * import "@tensorflow/tfjs";
 * import * as tf from "@tensorflow/tfjs-core";
 * import { l2Normalize } from "@rsdix/backend";
 * l2Normalize(tf.tensor2d([[3, 4]])).print(); // [[0.6, 0.8]]
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.nn.functional.normalize.html
 */
export function l2Normalize(x: tf.Tensor2D, epsilon = 1e-12): tf.Tensor2D {
  checkFloat32(x, "l2Normalize: x");
  checkRank(x, 2, "x", "[n, d]");
  checkRange(epsilon, "l2Normalize: epsilon", { min: 0 });
  return runOp({
    kernel: L2_NORMALIZE,
    inputs: { x },
    attrs: { epsilon },
    saves: ["y"],
    gradient: (dy, saved) => ({ gradients: { x: () => runKernel(L2_NORMALIZE_GRAD, { dy, ...saved })[0]! } }),
  }) as tf.Tensor2D;
}

/** Its state: every row's inverse length, [n, 1]. */
const L2_NORMALIZE: Kernel = {
  name: "RsdixL2Normalize",
  composed({ x }: { x: tf.Tensor2D }, { epsilon, training }: { epsilon: number; training: boolean }) {
    const inverse = tf.div(1, tf.maximum(tf.sqrt(tf.sum(tf.square(x), 1, true)), epsilon));
    const y = tf.mul(x, inverse);
    return training ? [y, inverse] : [y];
  },
};

const L2_NORMALIZE_GRAD: Kernel = {
  name: "RsdixL2NormalizeGrad",
  composed: ({ dy, y, state: inverse }: Tensors) => [tf.mul(inverse!, tf.sub(dy!, tf.mul(y!, tf.sum(tf.mul(dy!, y!), 1, true))))],
};
