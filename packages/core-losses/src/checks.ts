import { checkRange, checkRank, fail, showShape } from "@rsdix/internal";
import * as tf from "@tensorflow/tfjs-core";

/** Backends whose tensors lie in the program's memory, where looking at them costs little; elsewhere it would stop the device. */
const HOST_BACKENDS: readonly string[] = ["cpu", "wasm", "native"];
/** How far a squared length may lie from 1: rows that went through float16 are off by up to 0.002. */
const UNIT_TOLERANCE = 0.01;

/** Throws unless both are float32, [M, d] and [N, d]: row i of one belongs to row i of the other while there are both. */
export function checkEmbeddings(image: tf.Tensor2D, text: tf.Tensor2D, imageName = "image", textName = "text"): void {
  checkMatrix(image, imageName, "[M, d]");
  checkMatrix(text, textName, "[N, d]");
  if (image.shape[1] !== text.shape[1]) {
    const got = `${showShape(image)} and ${showShape(text)}`;
    fail("SHAPE_MISMATCH", `${imageName} and ${textName} must have the same width d, got ${got}.`);
  }
}

/** Throws unless `matrix` is a float32 tensor of rank 2 that is not empty, and finite where that can be seen. */
export function checkMatrix(matrix: tf.Tensor2D, name: string, layout: string): void {
  checkRank(matrix, 2, name, layout);
  if (matrix.dtype !== "float32") {
    fail("INVALID_ARGUMENT", `${name} must be float32, got ${matrix.dtype}; convert it with tf.cast(${name}, "float32").`);
  }
  if (matrix.size === 0) fail("SHAPE_MISMATCH", `${name} must not be empty, got shape ${showShape(matrix)}.`);
  checkFinite(matrix, name);
}

/** Throws at a NaN or an infinity, on backends in host memory. */
export function checkFinite(matrix: tf.Tensor2D, name: string): void {
  const values = hostValues(matrix);
  if (!values) return;
  let sum = 0;
  for (let k = 0; k < values.length; k++) sum += Math.abs(values[k]!); // any NaN or infinity ends up in it
  if (Number.isFinite(sum)) return;
  const at = values.findIndex((value) => !Number.isFinite(value));
  const [row, column] = [Math.floor(at / matrix.shape[1]), at % matrix.shape[1]];
  fail("INVALID_ARGUMENT", `${name} must be finite, got ${values[at]} at row ${row}, column ${column}.`);
}

/** Throws unless every row has length 1, on backends in host memory. */
export function checkUnitRows(matrix: tf.Tensor2D, name: string): void {
  const values = hostValues(matrix);
  if (!values) return;
  const [rows, width] = matrix.shape;
  for (let i = 0; i < rows; i++) {
    let squared = 0;
    for (let k = i * width; k < (i + 1) * width; k++) squared += values[k]! ** 2;
    if (Math.abs(squared - 1) > UNIT_TOLERANCE) {
      const length = Math.sqrt(squared).toPrecision(3);
      fail("INVALID_ARGUMENT", `${name} must have rows of length 1, got length ${length} at row ${i}; divide each row by its norm.`);
    }
  }
}

/** The values of a tensor where they can be read at no great cost. */
export function hostValues(tensor: tf.Tensor): (ArrayLike<number> & { findIndex(test: (value: number) => boolean): number }) | undefined {
  return HOST_BACKENDS.includes(tf.getBackend()) ? tensor.dataSync() : undefined;
}

/** Throws unless `tensor` is float32 of exactly this shape. */
export function checkShape(tensor: tf.Tensor2D, shape: [number, number], name: string, layout: string): void {
  checkMatrix(tensor, name, layout);
  if (tensor.shape[0] !== shape[0] || tensor.shape[1] !== shape[1]) {
    fail("SHAPE_MISMATCH", `${name} must have the shape ${layout}, here ${showShape({ shape })}, got ${showShape(tensor)}.`);
  }
}

/** The caller's scale or bias as a scalar; a one-element variable (Hugging Face's SigLIP keeps [1]) stays differentiable. */
export function toScalar(value: tf.Tensor | number, name: string): tf.Scalar {
  if (value instanceof tf.Tensor) {
    if (value.size !== 1) fail("SHAPE_MISMATCH", `${name} must hold one value, got shape ${showShape(value)}.`);
    if (value.dtype !== "float32") fail("INVALID_ARGUMENT", `${name} must be float32, got ${value.dtype}.`);
    const [number] = [...(hostValues(value) ? value.dataSync() : [0])];
    if (!Number.isFinite(number)) fail("INVALID_ARGUMENT", `${name} must be finite, got ${number}.`);
    return value.rank === 0 ? (value as tf.Scalar) : tf.reshape(value, []);
  }
  checkRange(value, name, {});
  return tf.scalar(value);
}
