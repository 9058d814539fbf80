import * as tf from "@tensorflow/tfjs-core";
import { chained, diagonalOf, smallSoftplus } from "./products";
import { padTo, rowsOf, type Span, tileOf } from "./spans";
import type { Term } from "./term";
import { dot, plusDiagonal, sumOfAll } from "./tiles";

/** Targets of all pairs [M, N] in [0, 1], and whether they multiply the logits, as in the original. */
export interface SoftLabels {
  readonly values: tf.Tensor2D;
  readonly product: boolean;
}

/**
 * Binary cross-entropy of all pairs, summed over the texts: losses [M]. Without labels the diagonal is positive and the rest
 * negative: all pairs as negatives give softplus(z), and a positive is a correction of -z.
 */
export function sigmoidTerm(m: number, n: number, logScale: tf.Scalar, bias: tf.Scalar, labels: SoftLabels | undefined): Term {
  const pairs = Math.min(m, n);
  return {
    parameters: [logScale, bias],
    strip(similarities, rows) {
      const logits = chained(tf.mul(similarities, tf.exp(logScale)), (x) => tf.add(x, bias));
      const sum = (part: tf.Tensor2D) => chained(part, (x) => tf.sum(x, 1, true));
      // Large and small apart, for what is large cancels, and would swallow what is small.
      if (!labels) return { rows: [diagonalOf(similarities, rows.start), sum(tf.relu(logits)), sum(smallSoftplus(logits))], columns: [] };
      const product = tf.mul<tf.Tensor2D>(rowsOf(labels.values, rows), logits);
      const large = labels.product ? chained(tf.neg(product), tf.relu) : chained(tf.relu(logits), (x) => tf.sub(x, product));
      return { rows: [sum(large), sum(smallSoftplus(labels.product ? product : logits))], columns: [] };
    },
    merge: () => [],
    finish({ rows }) {
      const flat = rows.map((vector) => tf.reshape(vector, [-1]) as tf.Tensor1D);
      if (labels) return { losses: tf.add(flat[0]!, flat[1]!), state: [logScale, bias, labels.values] };
      const [diagonal, large, small] = flat as [tf.Tensor1D, tf.Tensor1D, tf.Tensor1D];
      const own = tf.slice1d(diagonal, 0, pairs);
      const positive = padTo(tf.add(tf.mul(own, tf.exp(logScale)), bias), m);
      return { losses: tf.add(tf.sub(large, positive), small), state: [logScale, bias] };
    },
    backward(dy, [log, offset, values]) {
      const factor = tf.exp(log!);
      const weight = tf.reshape(dy, [m, 1]) as tf.Tensor2D;
      const positives = labels ? undefined : tf.mul<tf.Tensor1D>(tf.slice1d(dy, 0, pairs), tf.neg(factor));
      const tile = (similarities: tf.Tensor2D, rows: Span, columns: Span) => {
        const logits = chained(tf.mul(similarities, factor), (x) => tf.add(x, offset!));
        const target = labels && tileOf(values as tf.Tensor2D, rows, columns);
        const byRow = tf.mul(rowsOf(weight, rows), factor);
        const gradient = chained(dLogits(logits, target, labels?.product ?? false), (x) => tf.mul(x, byRow));
        return positives ? plusDiagonal(gradient, positives, rows, columns) : gradient;
      };
      return {
        block: (columns) => (similarities, rows) => {
          const gradient = tile(similarities, rows, columns);
          return [gradient, dot(gradient, similarities), sumOfAll(gradient)];
        },
        // d/dbias = Σ dL = Σ dS / factor.
        parameters: ([dots, total]) => [dots!, tf.div(total!, factor)],
      };
    },
  };
}

/** d/dz of softplus(z) - y z, or of -log sigmoid(y z); the logits are freed. */
function dLogits(logits: tf.Tensor2D, target: tf.Tensor2D | undefined, product: boolean): tf.Tensor2D {
  if (!target) return chained(logits, tf.sigmoid);
  if (!product) return chained(logits, tf.sigmoid, (sigmoid) => tf.sub(sigmoid, target));
  return chained(
    logits,
    (x) => tf.mul(target, x),
    tf.neg,
    tf.sigmoid,
    (sigmoid) => tf.mul(target, sigmoid),
    tf.neg,
  );
}
