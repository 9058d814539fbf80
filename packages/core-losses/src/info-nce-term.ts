import * as tf from "@tensorflow/tfjs-core";
import { columnLogSums, diagonalOf, mergeLogSums, rowLogSums } from "./products";
import { columnsOf, padTo, rowsOf } from "./spans";
import type { Term } from "./term";
import { dot, plusDiagonal, weightedSoftmaxes } from "./tiles";

/** Cross-entropy of the pairs in both directions, M images and N texts: losses [2P], images first, with P = min(M, N). */
export function infoNCETerm(m: number, n: number, logScale: tf.Scalar): Term {
  const pairs = Math.min(m, n);
  return {
    parameters: [logScale],
    strip(similarities, rows) {
      const logits = tf.mul<tf.Tensor2D>(similarities, tf.exp(logScale));
      return { rows: [...rowLogSums(logits), diagonalOf(logits, rows.start)], columns: columnLogSums(logits) };
    },
    merge: mergeLogSums,
    finish({ rows: [rowMax, rowSum, diagonal], columns }) {
      const [columnMax, columnSum] = columns;
      const ofPairs = (x: tf.Tensor) => tf.slice1d(tf.reshape(x, [-1]), 0, pairs);
      const own = ofPairs(diagonal!);
      const loss = (max: tf.Tensor, sum: tf.Tensor) => tf.add<tf.Tensor1D>(tf.sub(ofPairs(max), own), tf.log(ofPairs(sum)));
      return {
        losses: tf.concat1d([loss(rowMax!, rowSum!), loss(columnMax!, columnSum!)]),
        state: [logScale, rowMax!, rowSum!, columnMax!, columnSum!],
      };
    },
    backward(dy, state) {
      const scale = tf.exp(state[0] as tf.Scalar);
      const [rowMax, rowSum, columnMax, columnSum] = state.slice(1) as [tf.Tensor2D, tf.Tensor2D, tf.Tensor2D, tf.Tensor2D];
      const [dRows, dColumns] = tf.split(tf.mul<tf.Tensor1D>(dy, scale), 2) as [tf.Tensor1D, tf.Tensor1D];
      const rowWeight = tf.div<tf.Tensor2D>(tf.reshape(padTo(dRows, m), [m, 1]), rowSum);
      const columnWeight = tf.div<tf.Tensor2D>(tf.reshape(padTo(dColumns, n), [1, n]), columnSum);
      const targets = tf.neg<tf.Tensor1D>(tf.add(dRows, dColumns));
      return {
        block(columns) {
          const alongColumns = [columnsOf(columnMax, columns), columnsOf(columnWeight, columns)] as const;
          return (similarities, rows) => {
            const alongRows = [rowsOf(rowMax, rows), rowsOf(rowWeight, rows)] as const;
            const softmaxes = weightedSoftmaxes(tf.mul(similarities, scale), alongRows, alongColumns);
            const gradient = plusDiagonal(softmaxes, targets, rows, columns);
            return [gradient, dot(gradient, similarities)];
          };
        },
        // The scale is exp(logScale), so d/dlogScale = Σ dL · L = Σ dS · S.
        parameters: (dots) => dots,
      };
    },
  };
}
