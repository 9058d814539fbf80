import * as tf from "@tensorflow/tfjs-core";
import { type Scale, sumOfAll } from "./info-nce-term";
import { diagonalOf, smallSoftplus } from "./products";
import { columnsOf, padTo, rowsOf, type Span } from "./spans";
import type { Term } from "./term";

/** Targets of all pairs [M, N] in [0, 1], and whether they multiply the logits, as in the original. */
export interface SoftLabels {
  readonly values: tf.Tensor2D;
  readonly product: boolean;
}

/**
 * Binary cross-entropy of all pairs, summed over the texts: losses [M]. Without labels the diagonal is positive and the rest
 * negative: all pairs as negatives give softplus(z), and a positive is a correction of -z.
 */
export function sigmoidTerm(m: number, n: number, scale: Scale, bias: Scale, labels: SoftLabels | undefined): Term {
  const pairs = Math.min(m, n);
  return {
    parameters: [scale.log, bias.log],
    strip(similarities, rows) {
      const logits = tf.add<tf.Tensor2D>(tf.mul(similarities, tf.exp(scale.log)), bias.log);
      const sums = (...parts: tf.Tensor2D[]) => parts.map((part) => tf.sum<tf.Tensor2D>(part, 1, true));
      if (!labels) {
        // Apart, for what is large cancels in the first and would swallow the second.
        return { rows: [diagonalOf(similarities, rows.start), ...sums(tf.relu(logits), smallSoftplus(logits))], columns: [] };
      }
      const target = rowsOf(labels.values, rows);
      const product = tf.mul<tf.Tensor2D>(target, logits);
      const large = labels.product ? tf.relu(tf.neg(product)) : tf.sub<tf.Tensor2D>(tf.relu(logits), product);
      return { rows: sums(large as tf.Tensor2D, smallSoftplus(labels.product ? product : logits)), columns: [] };
    },
    merge: () => [],
    finish({ rows }) {
      const flat = rows.map((vector) => tf.reshape(vector, [-1]) as tf.Tensor1D);
      if (labels) return { losses: tf.add(flat[0]!, flat[1]!), state: [scale.log, bias.log, labels.values] };
      const [diagonal, large, small] = flat as [tf.Tensor1D, tf.Tensor1D, tf.Tensor1D];
      const own = tf.slice1d(diagonal, 0, pairs);
      const positive = padTo(tf.add(tf.mul(own, tf.exp(scale.log)), bias.log), m);
      return { losses: tf.add(tf.sub(large, positive), small), state: [scale.log, bias.log, own] };
    },
    backward(dy, [log, offset, last]) {
      const factor = tf.exp(log!);
      const weight = tf.reshape(dy, [m, 1]) as tf.Tensor2D;
      const diagonal = labels ? undefined : tf.mul<tf.Tensor1D>(tf.slice1d(dy, 0, pairs), tf.neg(factor));
      const tile = (similarities: tf.Tensor2D, rows: Span, columns: Span) => {
        const logits = tf.add<tf.Tensor2D>(tf.mul(similarities, factor), offset!);
        const target = labels && columnsOf(rowsOf(last as tf.Tensor2D, rows), columns);
        return tf.mul<tf.Tensor2D>(dLogits(logits, target, labels?.product ?? false), tf.mul(rowsOf(weight, rows), factor));
      };
      return {
        ...(diagonal && { diagonal }),
        block: (columns) => (similarities, rows) => tile(similarities, rows, columns),
        sums: (gradient, similarities) => [
          ...(scale.learned ? [sumOfAll(tf.mul(gradient, similarities))] : []),
          ...(bias.learned ? [sumOfAll(gradient)] : []),
        ],
        parameters(sums) {
          const own = (values: tf.Tensor) => (diagonal ? tf.sum<tf.Scalar>(tf.mul(diagonal, values)) : tf.scalar(0));
          const dots = scale.learned ? tf.add<tf.Scalar>(sums[0]!, diagonal ? own(last!) : 0) : tf.scalar(0);
          // d/dbias = Σ dL = Σ dS / factor.
          const total = bias.learned ? tf.div<tf.Scalar>(tf.add(sums.at(-1)!, own(tf.scalar(1))), factor) : tf.scalar(0);
          return [dots, total];
        },
      };
    },
  };
}

/** d/dz of softplus(z) - y z, or of -log sigmoid(y z). */
function dLogits(logits: tf.Tensor2D, target: tf.Tensor2D | undefined, product: boolean): tf.Tensor2D {
  if (!target) return tf.sigmoid(logits);
  if (!product) return tf.sub(tf.sigmoid(logits), target);
  return tf.neg(tf.mul(target, tf.sigmoid(tf.neg(tf.mul(target, logits)))));
}
