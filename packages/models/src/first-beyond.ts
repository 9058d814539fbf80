import * as tf from "@tensorflow/tfjs-core";
import { inBlocks } from "./likeliest";

/** Beyond any token, and whole in float32. */
const NOWHERE = 2 ** 24;
/** The largest number below 1 that stays below it as float32, and times any sum below the sum. */
const LAST = 1 - 2 ** -23;

/**
 * In each row the first token whose cumulated share of the weights is above the row's number: first the block in which that is, then the
 * place within it. By products with triangles of ones, as not every device has cumsum.
 *
 * @param weights Shape `[rows, tokens]`, 0 and more; tokens of weight 0 are never found, unless a row has no others.
 * @param uniforms A number in [0, 1) for each row.
 * @returns Shape `[rows]`, int32.
 */
export function firstBeyond(weights: tf.Tensor2D, uniforms: readonly number[]): tf.Tensor1D {
  const [rows, width] = weights.shape;
  const size = Math.ceil(Math.sqrt(width)); // as many blocks as places in each, so that both triangles are small
  const blocked = inBlocks(weights, size); // [rows, blocks, size]
  const blocks = blocked.shape[1];
  const sums = tf.sum(blocked, 2) as tf.Tensor2D;
  const upTo = cumulated(sums);
  const drawn = tf.tensor2d([...uniforms], [rows, 1]);
  const number = tf.mul(highest(upTo), tf.minimum(drawn, LAST)) as tf.Tensor2D;
  const block = placeOfFirst(upTo, number);
  const before = tf.sum(tf.mul(sums, tf.step(tf.sub(block, range(blocks)))), 1, true); // of the blocks ahead of it
  const flat = tf.reshape(blocked, [rows * blocks, size]);
  const which = tf.add(tf.reshape(block, [rows]), tf.mul(tf.range(0, rows, 1, "float32"), blocks));
  const within = cumulated(tf.gather(flat, tf.cast(which, "int32")) as tf.Tensor2D); // [rows, size]
  // The blocks' sums, theirs cumulated, and the weights cumulated within one are rounded differently: the rest stays between 0 and below the last share.
  const rest = tf.minimum(tf.relu(tf.sub(number, before)), tf.mul(highest(within), LAST)) as tf.Tensor2D;
  const token = tf.add(tf.mul(block, size), placeOfFirst(within, rest));
  return tf.reshape(tf.cast(tf.minimum(token, width - 1), "int32"), [rows]);
}

/** Cumulated sums of the rows [rows, n], 0 where the weight itself is. */
function cumulated(x: tf.Tensor2D): tf.Tensor2D {
  const n = x.shape[1];
  const columns = tf.sub(tf.reshape(range(n), [1, n]), tf.reshape(range(n), [n, 1]));
  const triangle = tf.sub(1, tf.step(tf.neg(columns))) as tf.Tensor2D; // 1 where the row comes before the column, or is the same
  return tf.mul(tf.matMul(x, triangle), tf.step(x));
}

/** The place of the first share above the number, [rows, 1], float32: argMax would give any. One is above it, or all are 0. */
function placeOfFirst(shares: tf.Tensor2D, number: tf.Tensor2D): tf.Tensor2D {
  const n = shares.shape[1];
  const places = tf.add(range(n), tf.mul(tf.sub(1, tf.step(tf.sub(shares, number))), NOWHERE));
  return tf.minimum(tf.min(places, 1, true), n - 1);
}

const highest = (x: tf.Tensor2D): tf.Tensor2D => tf.max(x, 1, true);
const range = (n: number): tf.Tensor1D => tf.range(0, n, 1, "float32");
