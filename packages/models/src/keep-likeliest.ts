import * as tf from "@tensorflow/tfjs-core";
import type { Among } from "./draw";
import { sumRows } from "./likeliest";

/** What lies farther below the best score than this has no weight in float32. */
const DEEPEST = 104;
/** Each round of the search halves the range of the threshold: 104 / 2^28 is the spacing of float32 near 5. */
const ROUNDS = 28;

/** More tokens than these are searched, not ranked. */
const MOST_RANKED = 4096;
/** The best of a row's scores lie in the blocks that have the best maxima. */
const BLOCK = 32;

/** Below any score. */
const NOTHING = -(2 ** 30);

/** What is drawn among. */
export interface Kept {
  /** Shape `[rows, tokens]`: exp of the score, 0 where a token is left. */
  readonly weights: tf.Tensor2D;
  /** Shape `[rows, 1]`: 1 where that is so, 0 where more tokens would have to be looked at. Absent: all are. */
  readonly decided?: tf.Tensor2D;
}

/** From scores `[rows, tokens]`, 0 and less, their temperature applied, to the weights of the likeliest. */
export type Keep = (scores: tf.Tensor2D, among: Among) => Kept;

/** Finds the worst score that is kept by bisection: slower, but without sorting, and for any number of tokens. */
export const keepBySearch: Keep = (scores, { p, topK }) => {
  const [rows, width] = scores.shape;
  let weights = tf.exp(scores) as tf.Tensor2D;
  const keep = (measure: tf.Tensor2D, target: tf.Tensor) => tf.mul(weights, atLeast(scores, threshold(scores, measure, target)));
  if (topK !== undefined && topK < width) weights = keep(tf.onesLike(weights), tf.fill([rows, 1], topK)) as tf.Tensor2D;
  if (p < 1) weights = keep(weights, tf.mul(sumRows(weights), p)) as tf.Tensor2D;
  return { weights };
};

/** Ranks the `most` best scores, or `topK` of them, to find the worst that is kept; searches where `topK` is too many. */
export function keepByRank(scores: tf.Tensor2D, among: Among, most: number): Kept {
  const { p, topK } = among;
  const width = scores.shape[1];
  const limited = topK !== undefined && topK < width;
  const count = Math.min(limited ? topK : most, width);
  if (count > MOST_RANKED) return keepBySearch(scores, among);
  const all = tf.exp(scores) as tf.Tensor2D;
  if (!limited && p === 1) return { weights: all };
  const best = ranked(scores, count); // [rows, count]
  const worst = tf.slice(best, [0, count - 1], [-1, 1]); // [rows, 1]
  const weights = (limited ? tf.mul(all, atLeast(scores, worst)) : all) as tf.Tensor2D;
  if (p === 1) return { weights };
  const target = tf.mul(sumRows(weights), p);
  const missing = tf.step(tf.sub(target, tf.cumsum(tf.exp(best), 1))) as tf.Tensor2D; // 1 where the tokens so far don't suffice
  const enough = tf.maximum(worst, tf.max(tf.add(best, tf.mul(missing, NOTHING)), 1, true)) as tf.Tensor2D;
  const kept = tf.mul(weights, atLeast(scores, enough)) as tf.Tensor2D;
  if (limited || count === width) return { weights: kept }; // where rounding leaves it below the target, all of them are meant
  return { weights: kept, decided: tf.sub(1, tf.slice(missing, [0, count - 1], [-1, 1])) };
}

/** The best scores of each row, `[rows, count]`, best first. */
function ranked(scores: tf.Tensor2D, count: number): tf.Tensor2D {
  const [rows, width] = scores.shape;
  const blocks = Math.ceil(width / BLOCK);
  if (2 * count >= blocks) return tf.topk(scores, count).values;
  const blocked = tf.reshape(tf.pad(scores, [[0, 0], [0, blocks * BLOCK - width]], NOTHING), [rows * blocks, BLOCK]); // biome-ignore format: one shape
  const places = tf.topk(tf.reshape(tf.max(blocked, 1), [rows, blocks]) as tf.Tensor2D, count).indices; // [rows, count]
  const first = tf.mul(tf.range(0, rows, 1, "int32"), tf.scalar(blocks, "int32")); // of each row's blocks
  const chosen = tf.gather(blocked, tf.reshape(tf.add(places, tf.reshape(first, [rows, 1])), [-1]) as tf.Tensor1D);
  return tf.topk(tf.reshape(chosen, [rows, count * BLOCK]) as tf.Tensor2D, count).values;
}

/** For each row the worst score, [rows, 1], at or above which `measure` adds up to `target`. */
function threshold(scores: tf.Tensor2D, measure: tf.Tensor2D, target: tf.Tensor): tf.Tensor2D {
  let least: tf.Tensor2D = tf.fill([scores.shape[0], 1], -DEEPEST);
  let step = DEEPEST;
  for (let round = 0; round < ROUNDS; round++) {
    step /= 2;
    const middle = tf.add(least, step) as tf.Tensor2D;
    const sum = sumRows(tf.mul(measure, atLeast(scores, middle)) as tf.Tensor2D);
    least = tf.add(least, tf.mul(tf.sub(1, tf.step(tf.sub(target, sum))), step));
  }
  return least;
}

/** 1 where a score reaches its row's threshold, 0 elsewhere: `greaterEqual` of unequal shapes takes 2.4 ms on wasm, this 0.2. */
function atLeast(scores: tf.Tensor2D, threshold: tf.Tensor2D): tf.Tensor2D {
  return tf.sub(1, tf.step(tf.sub(threshold, scores))) as tf.Tensor2D;
}
