import { checkRange, checkRank, checkSameShape, fail, showShape } from "@rsdix/internal";
import * as tf from "@tensorflow/tfjs-core";

/** Throws unless both are float32 [N, d] of the same shape: row i of one belongs to row i of the other. */
export function checkEmbeddings(image: tf.Tensor2D, text: tf.Tensor2D, imageName = "image", textName = "text"): void {
  checkMatrix(image, imageName, "[N, d]");
  checkMatrix(text, textName, "[N, d]");
  checkSameShape(image, text, imageName, textName);
}

/** Throws unless `matrix` is a float32 tensor of rank 2 that is not empty. */
export function checkMatrix(matrix: tf.Tensor2D, name: string, layout: string): void {
  checkRank(matrix, 2, name, layout);
  if (matrix.dtype !== "float32") {
    fail("INVALID_ARGUMENT", `${name} must be float32, got ${matrix.dtype}; convert it with tf.cast(${name}, "float32").`);
  }
  if (matrix.size === 0) fail("SHAPE_MISMATCH", `${name} must not be empty, got shape ${showShape(matrix)}.`);
}

/** Throws unless `matrix` is a float32 [N, N]. */
export function checkSquare(matrix: tf.Tensor2D, name: string): void {
  checkMatrix(matrix, name, "[N, N]");
  if (matrix.shape[0] !== matrix.shape[1]) {
    fail("SHAPE_MISMATCH", `${name} must be square, as many texts as images, got ${showShape(matrix)}.`);
  }
}

/** The caller's scale or bias as a scalar; a one-element variable (Hugging Face's SigLIP keeps [1]) stays differentiable. */
export function toScalar(value: tf.Tensor | number, name: string): tf.Scalar {
  if (value instanceof tf.Tensor) {
    if (value.size !== 1) fail("SHAPE_MISMATCH", `${name} must hold one value, got shape ${showShape(value)}.`);
    if (value.dtype !== "float32") fail("INVALID_ARGUMENT", `${name} must be float32, got ${value.dtype}.`);
    return value.rank === 0 ? (value as tf.Scalar) : tf.reshape(value, []);
  }
  checkRange(value, name, {});
  return tf.scalar(value);
}
