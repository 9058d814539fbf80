import * as tf from "@tensorflow/tfjs-core";
import { chained, columnLogSumExp, combined, diagonalOf, exponential, logAddExp, rowLogSumExp, sumOfRows } from "./products";
import { columnsOf, padTo, rowsOf } from "./spans";
import type { Term } from "./term";

/** A scale, and whether anybody learns it: a number has no gradient. */
export interface Scale {
  readonly log: tf.Scalar;
  readonly learned: boolean;
}

/** Σ over a tile, by rows first: a running float32 sum over millions of entries would lose digits. */
export function sumOfAll(x: tf.Tensor2D): tf.Scalar {
  return tf.tidy(() => tf.sum<tf.Scalar>(tf.sum(x, 1)));
}

/** Σ a · b over a tile. */
export function dot(a: tf.Tensor2D, b: tf.Tensor2D): tf.Scalar {
  return tf.tidy(() => sumOfAll(tf.mul(a, b)));
}

/** A log-sum-exp and a weight, both along rows or both along columns. */
type Direction = readonly [lse: tf.Tensor2D, weight: tf.Tensor2D];

/** The softmaxes of logits along rows and along columns, each weighted, added up; the logits are freed. */
export function weightedSoftmaxes(logits: tf.Tensor2D, rows: Direction, columns: Direction): tf.Tensor2D {
  const along = ([lse, weight]: Direction) => chained(tf.sub(logits, lse), exponential, (softmax) => tf.mul(softmax, weight));
  const alongRows = along(rows);
  const alongColumns = along(columns);
  logits.dispose();
  return combined(tf.add, alongRows, alongColumns);
}

/** Takes the part of the gradient away that label smoothing gives to all rows or columns alike. */
export function withoutMeans(byRow: tf.Tensor2D, byColumn: tf.Tensor2D, rowShare: number, columnShare: number) {
  return (gradient: tf.Tensor2D) => tf.sub(tf.sub(gradient, tf.mul(byRow, rowShare)), tf.mul(byColumn, columnShare));
}

/**
 * Cross-entropy of the pairs in both directions, M images and N texts: losses [2P], images first, with P = min(M, N). `smoothing`
 * ε makes a row's target (1 - ε) · its pair + ε / N.
 */
export function infoNCETerm(m: number, n: number, { log, learned }: Scale, smoothing: number): Term {
  const pairs = Math.min(m, n);
  return {
    parameters: [log],
    strip(similarities, rows) {
      const logits = tf.mul<tf.Tensor2D>(similarities, tf.exp(log));
      const means = smoothing > 0 ? [tf.mean<tf.Tensor2D>(logits, 1, true)] : [];
      const sums = smoothing > 0 ? [sumOfRows(logits)] : [];
      return {
        rows: [rowLogSumExp(logits), diagonalOf(similarities, rows.start), ...means],
        columns: [columnLogSumExp(logits), ...sums],
      };
    },
    merge: ([lse, sum], [otherLse, otherSum]) => [logAddExp(lse!, otherLse!), ...(sum ? [tf.add<tf.Tensor2D>(sum, otherSum!)] : [])],
    finish({ rows: [rowLse, diagonal, rowMean], columns: [columnLse, columnSum] }) {
      const own = tf.slice(tf.reshape(diagonal!, [-1]), 0, pairs) as tf.Tensor1D;
      const target = tf.mul(own, tf.mul(tf.exp(log), 1 - smoothing));
      const losses = (lse: tf.Tensor2D, mean?: tf.Tensor) => {
        const of = (x: tf.Tensor) => tf.slice(tf.reshape(x, [-1]), 0, pairs);
        const loss = tf.sub<tf.Tensor1D>(of(lse), target);
        return mean ? tf.sub<tf.Tensor1D>(loss, tf.mul(of(mean), smoothing)) : loss;
      };
      const columnMean = columnSum && tf.div(columnSum, m);
      return {
        losses: tf.concat1d([losses(rowLse!, rowMean), losses(columnLse!, columnMean)]),
        state: [log, rowLse!, columnLse!, own],
      };
    },
    backward(dy, state) {
      const [savedLog, rowLse, columnLse, own] = state as [tf.Scalar, tf.Tensor2D, tf.Tensor2D, tf.Tensor1D];
      const scale = tf.exp(savedLog);
      const [dRows, dColumns] = tf.split(tf.mul(dy, scale), 2) as [tf.Tensor1D, tf.Tensor1D];
      const [rowWeight, columnWeight] = [tf.reshape(padTo(dRows, m), [m, 1]), tf.reshape(padTo(dColumns, n), [1, n])] as tf.Tensor2D[];
      const diagonal = tf.mul<tf.Tensor1D>(tf.add(dRows, dColumns), smoothing - 1);
      return {
        diagonal,
        block(columns) {
          const [lse, byColumn] = [columnsOf(columnLse, columns), columnsOf(columnWeight!, columns)];
          return (similarities, rows) => {
            const byRow = rowsOf(rowWeight!, rows);
            const logits = tf.mul<tf.Tensor2D>(similarities, scale);
            const gradient = weightedSoftmaxes(logits, [rowsOf(rowLse, rows), byRow], [lse, byColumn]);
            return smoothing === 0 ? gradient : chained(gradient, withoutMeans(byRow, byColumn, smoothing / n, smoothing / m));
          };
        },
        // The scale is exp(log), so d/dlog = Σ dL · L = Σ dS · S.
        sums: (gradient, similarities) => (learned ? [dot(gradient, similarities)] : []),
        parameters: ([dots]) => [dots ? tf.add<tf.Scalar>(dots, tf.sum(tf.mul(diagonal, own))) : tf.scalar(0)],
      };
    },
  };
}
