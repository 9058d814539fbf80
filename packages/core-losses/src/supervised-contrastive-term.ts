import * as tf from "@tensorflow/tfjs-core";
import { agreement, chained, columnLogSums, combined, mergeLogSums, rowLogSums, sumOfRows } from "./products";
import { columnsOf, rowsOf, type Span, tileOf } from "./spans";
import type { Term } from "./term";
import { dot, weightedSoftmaxes } from "./tiles";

/** Which pairs belong together: those of one label, images' [M, 1] and texts' [1, N], or a mask [M, N] of 0 and 1. */
export type Positives = readonly [labels: tf.Tensor2D, textLabels: tf.Tensor2D] | readonly [mask: tf.Tensor2D];

/** Takes the part of the gradient away that label smoothing gives to all rows or columns alike. */
function withoutMeans(byRow: tf.Tensor2D, byColumn: tf.Tensor2D, rowShare: number, columnShare: number) {
  return (gradient: tf.Tensor2D) => tf.sub(tf.sub(gradient, tf.mul(byRow, rowShare)), tf.mul(byColumn, columnShare));
}

/** The mask of a tile. */
function maskOf([first, second]: Positives, rows: Span, columns: Span): tf.Tensor2D {
  if (second) return agreement(rowsOf(first, rows), columnsOf(second, columns));
  const part = tileOf(first, rows, columns);
  return part.dtype === "float32" ? tf.clone(part) : tf.cast(part, "float32");
}

/**
 * Cross-entropy towards all positives of a row, or of a column, alike: losses [M + N], M rows first. Rows and columns without a
 * positive count for nothing: the others are weighted so that the mean over all is the mean over those.
 */
export function supervisedContrastiveTerm(m: number, n: number, logScale: tf.Scalar, positives: Positives, smoothing: number): Term {
  const allColumns = { start: 0, size: n };
  return {
    parameters: [logScale],
    strip(similarities, rows) {
      const logits = tf.mul<tf.Tensor2D>(similarities, tf.exp(logScale));
      const mask = maskOf(positives, rows, allColumns);
      const own = tf.mul<tf.Tensor2D>(mask, logits);
      const alongRows = (x: tf.Tensor2D) => tf.sum<tf.Tensor2D>(x, 1, true);
      const smooth = smoothing > 0 ? [logits] : [];
      return {
        rows: [...rowLogSums(logits), ...[own, mask, ...smooth].map(alongRows)],
        columns: [...columnLogSums(logits), ...[own, mask, ...smooth].map(sumOfRows)],
      };
    },
    merge: ([m, r, ...sums], [n, q, ...others]) => [
      ...mergeLogSums([m!, r!], [n!, q!]),
      ...sums.map((sum, k) => tf.add<tf.Tensor2D>(sum, others[k]!)),
    ],
    finish({ rows, columns }) {
      const direction = ([largest, sum, own, count, all]: tf.Tensor2D[], size: number, width: number) => {
        const divisor = tf.maximum<tf.Tensor2D>(count!, 1);
        const counted = tf.minimum<tf.Tensor2D>(count!, 1);
        const share = tf.mul<tf.Tensor2D>(counted, tf.div(size, tf.maximum(tf.sum(counted), 1)));
        const beyond = tf.sub(largest!, tf.mul(tf.div(own!, divisor), 1 - smoothing));
        const smoothed = all ? tf.sub(beyond, tf.mul(all, smoothing / width)) : beyond;
        const losses = tf.mul(tf.add(smoothed, tf.log(sum!)), share);
        return { losses: tf.reshape(losses, [-1]) as tf.Tensor1D, state: [largest!, sum!, divisor, share] };
      };
      const [ofRows, ofColumns] = [direction(rows, m, n), direction(columns, n, m)];
      return {
        losses: tf.concat1d([ofRows.losses, ofColumns.losses]),
        state: [logScale, ...ofRows.state, ...ofColumns.state, ...positives],
      };
    },
    backward(dy, state) {
      const scale = tf.exp(state[0] as tf.Scalar);
      const [rowMax, rowSum, rowDivisor, rowShare, columnMax, columnSum, columnDivisor, columnShare, ...masks] = state.slice(
        1,
      ) as tf.Tensor2D[];
      const weightOf = (start: number, share: tf.Tensor2D) =>
        tf.mul<tf.Tensor2D>(tf.mul(tf.reshape(tf.slice1d(dy, start, share.size), share.shape), share), scale);
      const [rowWeight, columnWeight] = [weightOf(0, rowShare!), weightOf(m, columnShare!)];
      const perPositive = (weight: tf.Tensor2D, divisor: tf.Tensor2D) => tf.mul<tf.Tensor2D>(tf.div(weight, divisor), 1 - smoothing);
      const [rowPositive, columnPositive] = [perPositive(rowWeight, rowDivisor!), perPositive(columnWeight, columnDivisor!)];
      const [rowFactor, columnFactor] = [tf.div<tf.Tensor2D>(rowWeight, rowSum!), tf.div<tf.Tensor2D>(columnWeight, columnSum!)];
      return {
        block(columns) {
          const [max, factor, byColumn, ofColumn] = [columnMax!, columnFactor, columnWeight, columnPositive].map((vector) =>
            columnsOf(vector, columns),
          );
          return (similarities, rows) => {
            const [largest, own, byRow, ofRow] = [rowMax!, rowFactor, rowWeight, rowPositive].map((vector) => rowsOf(vector, rows));
            const logits = tf.mul<tf.Tensor2D>(similarities, scale);
            const softmaxes = weightedSoftmaxes(logits, [largest!, own!], [max!, factor!]);
            const targets = combined(tf.mul, maskOf(masks as unknown as Positives, rows, columns), tf.add(ofRow!, ofColumn!));
            let gradient = combined(tf.sub, softmaxes, targets);
            if (smoothing > 0) gradient = chained(gradient, withoutMeans(byRow!, byColumn!, smoothing / n, smoothing / m));
            return [gradient, dot(gradient, similarities)];
          };
        },
        parameters: (dots) => dots,
      };
    },
  };
}
