import { checkRange, fail, show } from "@rsdix/internal";
import * as tf from "@tensorflow/tfjs-core";
import { withMethod } from "../check-given";

/**
 * Scales gradients down together so that their joint Euclidean norm is at most `maxNorm`, as `torch.nn.utils.clip_grad_norm_`.
 *
 * @param gradients Any shapes `[...]`, float32; left alone.
 * @param maxNorm The largest norm, above 0.
 * @returns The gradients (new tensors, the same shapes) and the norm before clipping, a scalar, shape `[]`.
 * @throws INVALID_ARGUMENT for a maxNorm that isn't positive; EMPTY_DATA without gradients.
 * @example
 * ```ts
 * import "@tensorflow/tfjs";
 * import * as tf from "@tensorflow/tfjs-core";
 * import { clipByGlobalNorm } from "@rsdix/train";
 * const { clipped, norm } = clipByGlobalNorm([tf.tensor1d([3]), tf.tensor1d([4])], 1);
 * norm.print(); // 5
 * clipped[0].print(); // [0.6]
 * ```
 * @see On the difficulty of training recurrent neural networks, arXiv 1211.5063
 */
export function clipByGlobalNorm(gradients: readonly tf.Tensor[], maxNorm: number): { clipped: tf.Tensor[]; norm: tf.Scalar } {
  checkRange(maxNorm, "maxNorm", { min: Number.MIN_VALUE });
  if (!Array.isArray(gradients) || gradients.length === 0)
    fail(
      "EMPTY_DATA",
      `clipByGlobalNorm needs a list of at least one gradient, got ${Array.isArray(gradients) ? "none" : show(gradients)}.`,
    );
  gradients.forEach((gradient, i) => void withMethod(gradient, "dataSync", `clipByGlobalNorm: gradients[${i}] must be a tensor`));
  return tf.tidy(() => {
    const norm = globalNorm(gradients);
    const factor = tf.minimum(1, tf.div(maxNorm, tf.add(norm, 1e-6))); // 1e-6 as in torch
    return { clipped: gradients.map((gradient) => tf.mul(gradient, factor)), norm };
  });
}

/** What gradients of a joint norm are multiplied by, so that it is at most `maxNorm`. */
export function clipFactor(norm: number, maxNorm: number | undefined): number {
  return maxNorm === undefined ? 1 : Math.min(1, maxNorm / (norm + 1e-6)); // 1e-6 as in torch
}

/** The Euclidean norm of all gradients together, a scalar. */
export function globalNorm(gradients: readonly tf.Tensor[]): tf.Scalar {
  return tf.tidy(() => tf.sqrt(tf.addN(gradients.map((gradient) => tf.sum(tf.square(gradient))))) as tf.Scalar);
}
