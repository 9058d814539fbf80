import * as tf from "@tensorflow/tfjs-core";
import { padTo } from "./spans";

// On wasm a product with transpose flags runs 10 to 40 times slower than an explicit transpose and a plain product, a
// reduction of the leading axis transposes first, and exp is a scalar loop while softmax is not. Everywhere else the direct
// form is the faster one, and takes no memory for a transposed copy.
const onWasm = () => tf.getBackend() === "wasm";

/** Applies one step after the other to a matrix that nobody else needs, and frees what each step has used. */
export function chained(first: tf.Tensor2D, ...steps: ((x: tf.Tensor2D) => tf.Tensor)[]): tf.Tensor2D {
  return steps.reduce((x, step) => {
    const next = step(x) as tf.Tensor2D;
    x.dispose();
    return next;
  }, first);
}

/** a and b by `operation`; both are freed. */
export function combined(operation: (a: tf.Tensor2D, b: tf.Tensor2D) => tf.Tensor, a: tf.Tensor2D, b: tf.Tensor2D): tf.Tensor2D {
  const result = operation(a, b) as tf.Tensor2D;
  tf.dispose([a, b]);
  return result;
}

/** x ↦ x · matrixᵀ, for many x. A matrix that is `temporary` is freed where its transposed copy does. */
export function timesTransposed(matrix: tf.Tensor2D, temporary = false): (x: tf.Tensor2D) => tf.Tensor2D {
  if (!onWasm()) return (x) => tf.matMul(x, matrix, false, true);
  const transposed = tf.transpose(matrix);
  if (temporary) matrix.dispose();
  return (x) => tf.matMul(x, transposed);
}

/** aᵀ · b. */
export function transposedProduct(a: tf.Tensor2D, b: tf.Tensor2D): tf.Tensor2D {
  return tf.tidy(() => (onWasm() ? tf.matMul(tf.transpose(a), b) : tf.matMul(a, b, true, false)));
}

/** Sum over the rows: [r, n] to [1, n]. */
export function sumOfRows(x: tf.Tensor2D): tf.Tensor2D {
  return tf.matMul(tf.ones([1, x.shape[0]]), x);
}

/** exp of every entry; the sum of a row must not overflow. */
export function exponential(x: tf.Tensor2D): tf.Tensor2D {
  if (!onWasm()) return tf.exp(x);
  // softmax = exp(x - max) / sum, whose largest entry is 1 / sum: the factor that it lacks is exp(max) · sum.
  return tf.tidy(() => {
    const softmax = tf.softmax(x);
    return tf.mul(softmax, tf.div(tf.exp(tf.max(x, 1, true)), tf.max(softmax, 1, true)));
  });
}

/**
 * log of the sum of exp of each row, [r, n] to [r, 1], as m + log(r), given as [m, r]: the largest entry, and the sum beside it. Put
 * together they would be rounded at the size of the logits, and where one entry has nearly all of a softmax, what lacks would be lost.
 */
export function rowLogSums(x: tf.Tensor2D): [largest: tf.Tensor2D, sum: tf.Tensor2D] {
  const share = chained(tf.softmax(x), (softmax) => tf.max(softmax, 1, true)); // exp(largest) / the sum of all
  return [tf.max(x, 1, true), chained(share, tf.reciprocal)];
}

/** log of the sum of exp of each row: [r, n] to [r, 1]. */
export function rowLogSumExp(x: tf.Tensor2D): tf.Tensor2D {
  return tf.tidy(() => logOfSums(rowLogSums(x)));
}

/** log of the sum of exp of each column, [r, n] to [1, n], as m + log(r), given as [m, r]: the largest entry, and the sum beside it. */
export function columnLogSums(x: tf.Tensor2D): [largest: tf.Tensor2D, sum: tf.Tensor2D] {
  if (!onWasm()) {
    const largest = tf.max<tf.Tensor2D>(x, 0, true);
    return [largest, chained(tf.sub(x, largest), tf.exp, sumOfRows)];
  }
  const transposed = tf.transpose(x);
  const sums = rowLogSums(transposed).map((sum) => tf.reshape<tf.Rank.R2>(sum, [1, -1]));
  transposed.dispose();
  return sums as [tf.Tensor2D, tf.Tensor2D];
}

/** log of the sum of exp of each column: [r, n] to [1, n]. */
export function columnLogSumExp(x: tf.Tensor2D): tf.Tensor2D {
  return tf.tidy(() => logOfSums(columnLogSums(x)));
}

/** The log-sum-exps of two strips, as [m, r] each: a logarithm taken at each merge would be rounded each time, at the size of the logits. */
export function mergeLogSums([m, r]: tf.Tensor2D[], [n, q]: tf.Tensor2D[]): tf.Tensor2D[] {
  const largest = tf.maximum<tf.Tensor2D>(m!, n!);
  return [largest, tf.add(tf.mul(r!, tf.exp(tf.sub(m!, largest))), tf.mul(q!, tf.exp(tf.sub(n!, largest))))];
}

/** m + log(r). */
function logOfSums([m, r]: tf.Tensor2D[]): tf.Tensor2D {
  return tf.add(m!, tf.log(r!));
}

/** log(exp(a) + exp(b)), which cannot overflow. */
export function logAddExp(a: tf.Tensor2D, b: tf.Tensor2D): tf.Tensor2D {
  return tf.add(tf.maximum(a, b), tf.log1p(tf.exp(tf.neg(tf.abs(tf.sub(a, b))))));
}

/** What lies on the diagonal of an M x N matrix in a strip of it that begins at row `start`: [r, 1], zero below the diagonal's end. */
export function diagonalOf(strip: tf.Tensor2D, start: number): tf.Tensor2D {
  const [rows, columns] = strip.shape;
  const size = Math.max(0, Math.min(rows, columns - start));
  if (size === 0) return tf.zeros([rows, 1]);
  const flat = tf.reshape(strip, [-1]);
  const diagonal = tf.stridedSlice(flat, [start], [start + (size - 1) * (columns + 1) + 1], [columns + 1]);
  return padTo(tf.reshape(diagonal, [size, 1]) as tf.Tensor2D, rows);
}

/** 1 where two whole numbers agree, else 0: a [r, 1] and b [1, c] to [r, c]. `equal` broadcasts slowly on wasm. */
export function agreement(a: tf.Tensor2D, b: tf.Tensor2D): tf.Tensor2D {
  return chained(tf.sub(a, b), tf.abs, (distance) => tf.sub(1, distance), tf.relu);
}

/** Backends whose log1p is exact near zero; elsewhere it is log(1 + x), which loses what lies below 1e-7. */
const EXACT_LOG1P: readonly string[] = ["cpu", "native", "tensorflow"];

/** log(1 + exp(-|x|)), to float32's relative precision on every backend: softplus(x) = relu(x) + this. */
export function smallSoftplus(x: tf.Tensor2D): tf.Tensor2D {
  const small = chained(tf.abs(x), tf.neg, tf.sigmoid); // s in (0, 1/2], and log(1 + exp(-|x|)) = -log(1 - s)
  if (EXACT_LOG1P.includes(tf.getBackend())) return chained(small, tf.neg, tf.log1p, tf.neg);
  // -log(1 - s) = 2 atanh(t) with t = s / (2 - s) at most 1/3: what follows t^11 is below 2e-7 of it.
  const t = combined(tf.div, small, tf.sub(2, small));
  const squared = tf.square(t);
  const step = (factor: number) => [(sum: tf.Tensor2D) => tf.mul(sum, squared), (sum: tf.Tensor2D) => tf.add(sum, factor)];
  const series = chained(tf.mul(squared, 1 / 11), (x) => tf.add(x, 1 / 9), ...[1 / 7, 1 / 5, 1 / 3, 1].flatMap(step));
  squared.dispose();
  return chained(combined(tf.mul, t, series), (x) => tf.mul(x, 2));
}
