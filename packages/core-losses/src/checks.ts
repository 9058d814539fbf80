import { checkRank, fail, showShape } from "@rsdix/internal";
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
    fail("SHAPE_MISMATCH", `${imageName} and ${textName} must have the same width d, got ${showShape(image)} and ${showShape(text)}.`);
  }
}

/** Throws unless `matrix` is a float32 tensor of rank 2 that is not empty, and finite where that can be seen. */
export function checkMatrix(matrix: tf.Tensor2D, name: string, layout: string): void {
  checkRank(matrix, 2, name, layout);
  if (matrix.dtype !== "float32") {
    fail("INVALID_ARGUMENT", `${name} must be float32, got ${matrix.dtype}; tf.cast it.`);
  }
  if (matrix.size === 0) fail("SHAPE_MISMATCH", `${name} must not be empty.`);
  checkEntries(matrix, name);
}

/** Throws at the first entry that is not what it must be, on backends in host memory. */
export function checkEntries(tensor: tf.Tensor, name: string, what = "finite", test?: (value: number) => boolean): void {
  const values = hostValues(tensor) ?? [];
  if (!test && areFinite(values)) return; // a callback for each of millions of entries would take 10 times as long
  for (let at = 0; at < values.length; at++) {
    const value = values[at]!;
    if (test ? test(value) : Number.isFinite(value)) continue;
    const width = tensor.shape[1];
    const place = width ? `row ${Math.floor(at / width)}, column ${at % width}` : `position ${at}`;
    fail("INVALID_ARGUMENT", `${name} must be ${what}, got ${value} at ${place}.`);
  }
}

/** Whether all are finite. Four sums, none of which waits for another: a loop with a branch took a fifth of InfoNCE's time at 256 pairs. */
function areFinite(values: ArrayLike<number>): boolean {
  const fours = values.length - (values.length % 4);
  let a = 0;
  let b = 0;
  let c = 0;
  let d = 0;
  for (let at = 0; at < fours; at += 4) {
    a += values[at]! * 0;
    b += values[at + 1]! * 0;
    c += values[at + 2]! * 0;
    d += values[at + 3]! * 0;
  }
  for (let at = fours; at < values.length; at++) a += values[at]! * 0;
  return a + b + c + d === 0;
}

/** Throws unless every row has length 1, on backends in host memory. */
export function checkUnitRows(matrix: tf.Tensor2D, name: string): void {
  const values = hostValues(matrix);
  if (!values) return;
  const [rows, width] = matrix.shape;
  for (let i = 0; i < rows; i++) {
    let squared = 0;
    for (let k = i * width; k < (i + 1) * width; k++) squared += values[k]! * values[k]!;
    if (Math.abs(squared - 1) > UNIT_TOLERANCE) {
      const length = Math.sqrt(squared).toPrecision(3);
      fail("INVALID_ARGUMENT", `${name} must have rows of length 1, got length ${length} at row ${i}; divide each row by its norm.`);
    }
  }
}

/** The values of a tensor where they can be read at no great cost. */
export function hostValues(tensor: tf.Tensor): Float32Array | undefined {
  return HOST_BACKENDS.includes(tf.getBackend()) ? (tensor.dataSync() as Float32Array) : undefined;
}

/** Throws unless the tensor has exactly this shape. */
export function checkShape(tensor: tf.Tensor, shape: readonly number[], name: string, layout: string): void {
  checkRank(tensor, shape.length, name, layout);
  if (shape.some((size, k) => size !== tensor.shape[k])) {
    fail("SHAPE_MISMATCH", `${name} must have the shape ${layout}, here ${showShape({ shape })}, got ${showShape(tensor)}.`);
  }
}

/** Throws unless there is an embedding of unit length for the caption of each pair. */
export function checkSentence(sentence: tf.Tensor2D, image: tf.Tensor2D, text: tf.Tensor2D, name: string): void {
  checkMatrix(sentence, name, "[max(M, N), f]");
  checkShape(sentence, [Math.max(image.shape[0], text.shape[0]), sentence.shape[1]], name, "[max(M, N), f]");
  checkUnitRows(sentence, name);
}

/** The flag, once it is found to be one. */
export function isFlag(value: boolean, name: string): boolean {
  return typeof value === "boolean" ? value : fail("INVALID_ARGUMENT", `${name} must be true or false, got ${String(value)}.`);
}

/** The caller's scale or bias as a scalar; a one-element variable (Hugging Face's SigLIP keeps [1]) stays differentiable. */
export function toScalar(value: tf.Tensor | number, name: string): tf.Scalar {
  if (value instanceof tf.Tensor) {
    if (value.size !== 1) fail("SHAPE_MISMATCH", `${name} must hold one value, got shape ${showShape(value)}.`);
    if (value.dtype !== "float32") fail("INVALID_ARGUMENT", `${name} must be float32, got ${value.dtype}.`);
    checkEntries(value, name);
    return value.rank === 0 ? (value as tf.Scalar) : tf.reshape(value, []);
  }
  if (!Number.isFinite(value)) fail("INVALID_ARGUMENT", `${name} must be a finite number, got ${String(value)}.`);
  return tf.scalar(value);
}
