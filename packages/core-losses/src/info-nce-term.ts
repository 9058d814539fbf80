import * as tf from "@tensorflow/tfjs-core";
import { columnLogSums, diagonalOf, logOfSums, mergeLogSums, rowLogSumExp } from "./products";
import { columnsOf, padTo, rowsOf } from "./spans";
import type { Term } from "./term";
import { dot, weightedSoftmaxes } from "./tiles";

/** Cross-entropy of the pairs in both directions, M images and N texts: losses [2P], images first, with P = min(M, N). */
export function infoNCETerm(m: number, n: number, logScale: tf.Scalar): Term {
  const pairs = Math.min(m, n);
  return {
    parameters: [logScale],
    strip(similarities, rows) {
      const logits = tf.mul<tf.Tensor2D>(similarities, tf.exp(logScale));
      return { rows: [rowLogSumExp(logits), diagonalOf(similarities, rows.start)], columns: columnLogSums(logits) };
    },
    merge: mergeLogSums,
    finish({ rows: [rowLse, diagonal], columns }) {
      const columnLse = logOfSums(columns);
      const ofPairs = (x: tf.Tensor) => tf.slice1d(tf.reshape(x, [-1]), 0, pairs);
      const own = ofPairs(diagonal!);
      const logits = tf.mul<tf.Tensor1D>(own, tf.exp(logScale));
      const losses = [rowLse!, columnLse].map((lse) => tf.sub<tf.Tensor1D>(ofPairs(lse), logits));
      return { losses: tf.concat1d(losses), state: [logScale, rowLse!, columnLse, own] };
    },
    backward(dy, state) {
      const [savedLog, rowLse, columnLse, own] = state as [tf.Scalar, tf.Tensor2D, tf.Tensor2D, tf.Tensor1D];
      const scale = tf.exp(savedLog);
      const [dRows, dColumns] = tf.split(tf.mul<tf.Tensor1D>(dy, scale), 2) as [tf.Tensor1D, tf.Tensor1D];
      const rowWeight = tf.reshape(padTo(dRows, m), [m, 1]) as tf.Tensor2D;
      const columnWeight = tf.reshape(padTo(dColumns, n), [1, n]) as tf.Tensor2D;
      const diagonal = tf.neg<tf.Tensor1D>(tf.add(dRows, dColumns));
      return {
        diagonal,
        block(columns) {
          const alongColumns = [columnsOf(columnLse, columns), columnsOf(columnWeight, columns)] as const;
          return (similarities, rows) => {
            const alongRows = [rowsOf(rowLse, rows), rowsOf(rowWeight, rows)] as const;
            const gradient = weightedSoftmaxes(tf.mul(similarities, scale), alongRows, alongColumns);
            return [gradient, dot(gradient, similarities)];
          };
        },
        // The scale is exp(logScale), so d/dlogScale = Σ dL · L = Σ dS · S.
        parameters: ([dots]) => [tf.add<tf.Scalar>(dots!, tf.sum(tf.mul(diagonal, own)))],
      };
    },
  };
}
