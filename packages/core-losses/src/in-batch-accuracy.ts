import * as tf from "@tensorflow/tfjs-core";
import { withoutGradient } from "./custom-gradient";
import { similarity } from "./similarity";

/**
 * How often the most similar text of an image is its own, and the most similar image of a text its own, averaged: the
 * top-1 accuracy that is logged beside a contrastive loss. Among equals the first counts as the most similar. No gradient.
 *
 * @param image - image embeddings [M, d], float32, rows of unit length
 * @param text - text embeddings [N, d], float32, rows of unit length; row i belongs to image i while there are both
 * @returns the accuracy in [0, 1], a scalar
 * @throws RsdixError SHAPE_MISMATCH when the widths differ, INVALID_ARGUMENT when the dtype is not float32
 * @example
 * ```ts
 * import "@tensorflow/tfjs";
 * import * as tf from "@tensorflow/tfjs-core";
 * import { inBatchAccuracy } from "@rsdix/core-losses";
 *
 * const image = tf.tensor2d([[1, 0], [0, 1]]);
 * const text = tf.tensor2d([[0.8, 0.6], [0.9, 0.4]]);
 * inBatchAccuracy(image, text).print(); // image 0 prefers text 1: 0.25
 * ```
 * @see Radford et al., "Learning transferable visual models from natural language supervision", 2021, figure 3: the pairs that the loss tells apart,
 * https://arxiv.org/abs/2103.00020
 */
export function inBatchAccuracy(image: tf.Tensor2D, text: tf.Tensor2D): tf.Scalar {
  return withoutGradient(() => {
    const similarities = similarity(image, text);
    const pairs = Math.min(image.shape[0], text.shape[0]);
    const own = tf.range(0, pairs, 1, "int32");
    const accuracy = (matrix: tf.Tensor2D) => tf.mean(tf.cast(tf.equal(tf.slice(tf.argMax(matrix, 1), 0, pairs), own), "float32"));
    return tf.mul<tf.Scalar>(tf.add(accuracy(similarities), accuracy(tf.transpose(similarities))), 0.5);
  });
}
