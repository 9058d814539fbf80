import * as tf from "@tensorflow/tfjs-core";
import { checkEmbeddings } from "./checks";
import { withGradient } from "./custom-gradient";
import { timesTransposed, transposedProduct } from "./products";

/**
 * Similarities of every image with every text, `S = I Tᵀ`: cosines, when the rows have unit length. Differentiable in both.
 *
 * The same as `tf.matMul(image, text, false, true)`, but written so that neither it nor its gradient meets the slow
 * transposed products of the wasm backend.
 *
 * @param image - image embeddings [M, d], float32
 * @param text - text embeddings [N, d], float32
 * @returns similarities [M, N]; row i is image i, column j is text j
 * @throws RsdixError SHAPE_MISMATCH when the widths differ, INVALID_ARGUMENT when the dtype is not float32
 * @example
 * ```ts
 * import "@tensorflow/tfjs";
 * import * as tf from "@tensorflow/tfjs-core";
 * import { similarity } from "@rsdix/core-losses";
 *
 * const image = tf.tensor2d([[1, 0], [0, 1]]);
 * const text = tf.tensor2d([[0.6, 0.8], [0, 1]]);
 * similarity(image, text).print(); // [[0.6, 0], [0.8, 1]]
 * ```
 * @see Radford et al., "Learning transferable visual models from natural language supervision", 2021, figure 3, https://arxiv.org/abs/2103.00020
 */
export function similarity(image: tf.Tensor2D, text: tf.Tensor2D): tf.Tensor2D {
  checkEmbeddings(image, text);
  return withGradient<tf.Tensor2D>([image, text], (save) => {
    save([image, text]);
    return {
      value: timesTransposed(text)(image),
      gradFunc: (dy, saved) => {
        const [savedImage, savedText] = saved as [tf.Tensor2D, tf.Tensor2D];
        return [tf.matMul(dy, savedText), transposedProduct(dy, savedImage)];
      },
    };
  });
}
