import { checkRange, fail, showShape } from "@rsdix/internal";
import * as tf from "@tensorflow/tfjs-core";
import { checkFloat32 } from "./check-inputs";
import { type Kernel, runKernel, type Tensors } from "./kernel";
import { flattenRows, sumRows } from "./product";
import { runOp } from "./run-op";

/**
 * Layer normalisation over the last axis: (x - mean) / sqrt(variance + epsilon) · gamma + beta, with the biased variance.
 *
 * @param x Input, shape `[..., d]`, float32.
 * @param gamma Scale, shape `[d]`, float32.
 * @param beta Offset, shape `[d]`, float32.
 * @param epsilon Added to the variance; 1e-5 by default, as in CLIP and GPT-2.
 * @returns Shape `[..., d]`, float32.
 * @throws SHAPE_MISMATCH when gamma or beta is not `[d]`; INVALID_ARGUMENT for tensors that are not float32 or a negative epsilon.
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
  checkFloat32(x, "layerNorm: x");
  checkFloat32(gamma, "layerNorm: gamma");
  checkFloat32(beta, "layerNorm: beta");
  if (x.rank === 0) fail("SHAPE_MISMATCH", "layerNorm: x must be a tensor of shape [..., d], got shape [].");
  checkRange(epsilon, "layerNorm: epsilon", { min: 0 });
  const d = x.shape[x.rank - 1]!;
  for (const [name, value] of Object.entries({ gamma, beta })) {
    if (value.rank !== 1 || value.shape[0] !== d) {
      fail("SHAPE_MISMATCH", `layerNorm: ${name} must have shape [${d}], the last size of x ${showShape(x)}; got ${showShape(value)}.`);
    }
  }
  if (x.rank !== 2) return tf.tidy(() => tf.reshape(layerNorm(flattenRows(x), gamma, beta, epsilon), x.shape) as T);
  return runOp({
    kernel: LAYER_NORM,
    inputs: { x, gamma, beta },
    attrs: { epsilon },
    saves: ["x", "gamma"],
    gradient(dy, saved) {
      const [dx, dgamma, dbeta] = runKernel(LAYER_NORM_GRAD, { dy, ...saved }, { epsilon }) as [tf.Tensor, tf.Tensor, tf.Tensor];
      return { gradients: { x: () => dx, gamma: () => dgamma, beta: () => dbeta }, shared: [dx, dgamma, dbeta] };
    },
  }) as T;
}

interface LayerNormInputs {
  x: tf.Tensor2D;
  gamma: tf.Tensor1D;
  beta: tf.Tensor1D;
}

/** Its state: every row's mean and inverse deviation, [n, 1] each. */
const LAYER_NORM: Kernel = {
  name: "RsdixLayerNorm",
  composed({ x, gamma, beta }: LayerNormInputs, { epsilon, training }: { epsilon: number; training: boolean }) {
    const mean = tf.mean(x, 1, true);
    const centred = tf.sub(x, mean);
    const inverse = tf.rsqrt(tf.add(tf.mean(tf.square(centred), 1, true), epsilon));
    const y = tf.add(tf.mul(tf.mul(centred, inverse), gamma), beta);
    return training ? [y, mean, inverse] : [y];
  },
};

const LAYER_NORM_GRAD: Kernel = {
  name: "RsdixLayerNormGrad",
  composed({ dy, x, gamma, state: mean, state2: inverse }: Tensors) {
    const normal = tf.mul(tf.sub(x!, mean!), inverse!);
    const g = tf.mul(dy!, gamma!);
    const along = tf.mul(normal, tf.mean(tf.mul(g, normal), 1, true));
    const dx = tf.mul(inverse!, tf.sub(tf.sub(g, tf.mean(g, 1, true)), along));
    return [dx, sumRows(tf.mul(dy!, normal)), sumRows(dy!)];
  },
};
