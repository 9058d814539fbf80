import { checkRank, fail, show, showShape } from "@rsdix/internal";
import * as tf from "@tensorflow/tfjs-core";

/** Backends whose tensors lie in the program's memory, where looking at them costs little; elsewhere it would stop the device. */
const HOST_BACKENDS: readonly string[] = ["cpu", "wasm", "native"];
/** How far a squared length or a sum may lie from 1: rows that went through float16 are off by up to 0.002. */
const UNIT_TOLERANCE = 0.01;
/** Products of what is larger come near the end of float32. */
const ENTRY_MAX = 1e15;
/**
 * Of a scale, a natural logarithm: exp(88) is near the end of float32, and logits are summed; gradients of what exp(-50) multiplies still have their digits.
 */
const LOGIT_SCALE_RANGE = [-50, 80] as const;
/** Of other scalars: numbers that add up over many pairs before they reach the end of float32. */
const SCALAR_RANGE = [-1e30, 1e30] as const;

/** Throws unless both are float32, [M, d] and [N, d]: row i of one belongs to row i of the other while there are both. */
export function checkEmbeddings(image: tf.Tensor2D, text: tf.Tensor2D, imageName = "image", textName = "text"): void {
  checkMatrix(image, imageName, "[M, d]");
  checkMatrix(text, textName, "[N, d]");
  if (image.shape[1] !== text.shape[1]) {
    fail("SHAPE_MISMATCH", `${imageName} and ${textName} must have the same width d, got ${showShape(image)} and ${showShape(text)}.`);
  }
}

/** Throws unless `matrix` is a float32 tensor of rank 2 (and of this shape) that is not empty, and finite where that can be seen. */
export function checkMatrix(matrix: tf.Tensor2D, name: string, layout: string, shape?: readonly number[]): void {
  checkRank(matrix, 2, name, layout);
  checkFloat32(matrix, name);
  if (matrix.size === 0) fail("SHAPE_MISMATCH", `${name} must not be empty, got shape ${showShape(matrix)}.`);
  if (shape) checkShape(matrix, shape, name, layout);
  checkEntries(matrix, name);
}

/** Throws unless the tensor is float32. */
export function checkFloat32(tensor: tf.Tensor, name: string): void {
  if (tensor.dtype !== "float32") fail("INVALID_ARGUMENT", `${name} must be float32, got ${tensor.dtype}; tf.cast it.`);
}

/** Throws at the first entry that is not what it must be (by default finite, and not huge), on backends in host memory. */
export function checkEntries(tensor: tf.Tensor, name: string, what?: string, test?: (value: number) => boolean): void {
  const values = hostValues(tensor) ?? [];
  if (!test && areUsable(values)) return; // a callback for each of millions of entries would take 10 times as long
  for (let at = 0; at < values.length; at++) {
    const value = values[at]!;
    if (test ? test(value) : Math.abs(value) <= ENTRY_MAX) continue;
    const width = tensor.shape[1];
    const place = width ? `row ${Math.floor(at / width)}, column ${at % width}` : `position ${at}`;
    const expected = what ?? (Number.isFinite(value) ? "within ±1e15" : "finite");
    fail("INVALID_ARGUMENT", `${name} must be ${expected}, got ${value} at ${place}.`);
  }
}

/**
 * Whether all are finite, and none is huge, by their squares. Four sums, none of which waits for another: a loop with a branch took a
 * fifth of InfoNCE's time at 256 pairs.
 */
function areUsable(values: ArrayLike<number>): boolean {
  const fours = values.length - (values.length % 4);
  let a = 0;
  let b = 0;
  let c = 0;
  let d = 0;
  for (let at = 0; at < fours; at += 4) {
    a += values[at]! ** 2;
    b += values[at + 1]! ** 2;
    c += values[at + 2]! ** 2;
    d += values[at + 3]! ** 2;
  }
  for (let at = fours; at < values.length; at++) a += values[at]! ** 2;
  return a + b + c + d <= ENTRY_MAX ** 2;
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

/** Throws unless every row is a probability distribution, or zeros, on backends in host memory. */
export function checkDistributions(matrix: tf.Tensor2D, name: string): void {
  const values = hostValues(matrix);
  if (!values) return;
  const [rows, width] = matrix.shape;
  for (let i = 0; i < rows; i++) {
    let [sum, least] = [0, 0];
    for (let k = i * width; k < (i + 1) * width; k++) {
      sum += values[k]!;
      if (values[k]! < least) least = values[k]!;
    }
    if (least < 0 || (sum > 0 && Math.abs(sum - 1) > UNIT_TOLERANCE)) {
      const got = least < 0 ? `the entry ${least}` : `the sum ${sum.toPrecision(3)}`;
      fail("INVALID_ARGUMENT", `${name} must have rows that sum to 1 (or are 0) and no negative entries, got ${got} at row ${i}.`);
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
  const layout = "[max(M, N), f]";
  checkRank(sentence, 2, name, layout); // the width that it has is right
  checkMatrix(sentence, name, layout, [Math.max(image.shape[0], text.shape[0]), sentence.shape[1]]);
  checkUnitRows(sentence, name);
}

/** The flag, once it is found to be one. */
export function isFlag(value: boolean, name: string): boolean {
  return typeof value === "boolean" ? value : fail("INVALID_ARGUMENT", `${name} must be true or false, got ${show(value)}.`);
}

/** The caller's scale or bias as a scalar; a one-element variable (Hugging Face's SigLIP keeps [1]) stays differentiable. */
export function toScalar(value: tf.Tensor | number, name: string, [min, max]: readonly [number, number] = SCALAR_RANGE): tf.Scalar {
  const isTensor = value instanceof tf.Tensor;
  if (isTensor) {
    if (value.size !== 1 || value.isDisposed) fail("SHAPE_MISMATCH", `${name} must hold one value, got shape ${showShape(value)}.`);
    checkFloat32(value, name);
  }
  const [seen] = isTensor ? (hostValues(value) ?? [0]) : [value];
  // As float32 the bounds themselves may lie a little beyond.
  if (typeof seen !== "number" || !(seen >= min * 1.000001 && seen <= max * 1.000001)) {
    fail("INVALID_ARGUMENT", `${name} must be a finite number, got ${show(seen)}; from ${min} to ${max}.`);
  }
  if (!isTensor) return tf.scalar(value);
  return value.rank === 0 ? (value as tf.Scalar) : tf.reshape(value, []);
}

/** The caller's `logitScale`, whose exponential multiplies the similarities. */
export function toLogitScale(logitScale: tf.Tensor | number): tf.Scalar {
  return toScalar(logitScale, "logitScale", LOGIT_SCALE_RANGE);
}
