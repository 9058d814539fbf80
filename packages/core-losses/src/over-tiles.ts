import * as tf from "@tensorflow/tfjs-core";
import type { Span } from "./spans";
import { joinRows } from "./strips";
import { plus } from "./tiles";

/**
 * What a tile adds to the gradients of its rows and of its columns [r, d], and to sums over all tiles. Rows that get nothing in one block get
 * nothing in any, and so do columns.
 */
export interface Shares {
  readonly rows: tf.Tensor2D[];
  readonly columns: tf.Tensor2D[];
  readonly sums: tf.Scalar[];
}

/**
 * The way back over a matrix in tiles, a block of columns after the other and the rows within it: what the tiles give is added up, and nothing else
 * of a tile outlives it. What `blockOf` makes for a block serves all of its tiles.
 */
export function overTiles(
  rowSpans: readonly Span[],
  columnSpans: readonly Span[],
  blockOf: (columns: Span) => (rows: Span, index: number) => Shares,
): [rows: tf.Tensor2D, columns: tf.Tensor2D, sums: tf.Scalar[]] {
  let rows: (tf.Tensor2D | undefined)[] = [];
  let sums: tf.Scalar[] = [];
  const blocks: (tf.Tensor2D | undefined)[] = [];
  for (const columns of columnSpans) {
    const done = tf.tidy(() => {
      const tile = blockOf(columns);
      let block: tf.Tensor2D | undefined;
      const ofRows = rowSpans.map((span, index) => {
        const next = tf.tidy(() => {
          const shares = tile(span, index);
          return {
            rows: shares.rows.reduce(plus<tf.Tensor2D>, rows[index]),
            block: shares.columns.reduce(plus<tf.Tensor2D>, block),
            sums: shares.sums.map((sum, k) => plus(sums[k], sum)),
          };
        });
        tf.dispose([rows[index] ?? [], block ?? [], sums]);
        ({ block, sums } = next);
        return next.rows;
      });
      return { ofRows, block, sums };
    });
    rows = done.ofRows;
    blocks.push(done.block);
  }
  const joined = (strips: (tf.Tensor2D | undefined)[]) => joinRows(strips.flatMap((strip) => strip ?? []));
  return [joined(rows), joined(blocks), sums];
}
