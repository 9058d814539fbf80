import * as tf from "@tensorflow/tfjs-core";
import type { Among } from "./draw";
import { type Choices, inBlocks, normalizer, oneHot, pack, sumRows, unpack } from "./likeliest";

/** What lies farther below the best score than this has no weight in float32. */
const DEEPEST = 104;
/** Parts that each round of the search divides the range into, and rounds: 104 / 4^14 is the spacing of float32 near 5. */
const PARTS = 4;
const ROUNDS = 14;

/** Beyond any token, and whole in float32. */
const NOWHERE = 2 ** 24;
/** The largest number below 1 that stays below it as float32, and times any sum below the sum. */
const LAST = 1 - 2 ** -23;

/** `draw` where reading the scores would cost more than choosing among them: no sorting and no cumsum, which not every device has. */
export function drawOnDevice(logits: tf.Tensor2D, uniforms: readonly number[], { p, topK, temperature }: Among): Promise<Choices> {
  const packed = tf.tidy(() => {
    const [rows, width] = logits.shape;
    const drawn = tf.tensor2d(
      uniforms.map((uniform) => Math.min(uniform, LAST)),
      [rows, 1],
    );
    const { max, logTotal } = normalizer(logits);
    const below = tf.sub(logits, max) as tf.Tensor2D; // [rows, tokens], 0 and less
    const scores = tf.div(below, temperature) as tf.Tensor2D;
    let weights = tf.exp(scores) as tf.Tensor2D;
    if (topK !== undefined && topK < width) weights = keep(scores, weights, tf.onesLike(weights), tf.fill([rows, 1], topK));
    if (p < 1) weights = keep(scores, weights, weights, tf.mul(sumRows(weights), p));
    const kept = tf.cast(tf.greater(weights, 0), "float32");
    const shares = tf.mul(cumulated(weights), kept);
    const number = tf.mul(tf.max(shares, 1, true), drawn);
    const beyond = tf.cast(tf.greater(shares, number), "float32"); // of kept tokens alone: one at least, unless all are banned
    // The first of them; argMax would give any.
    const places = tf.add(tf.range(0, width, 1, "float32"), tf.mul(tf.sub(1, beyond), NOWHERE));
    const tokens = tf.cast(tf.minimum(tf.min(places, 1), width - 1), "int32") as tf.Tensor1D;
    const chosen = tf.sum(tf.mul(oneHot(tokens, width), below), 1, true);
    return pack(tf.reshape(tokens, [rows, 1]), tf.sub(chosen, logTotal));
  });
  return unpack(packed, 1);
}

/** The weights of those that are at least as good as the last one needed for `measure` to add up to `target`; 0 for the others. */
function keep(scores: tf.Tensor2D, weights: tf.Tensor2D, measure: tf.Tensor2D, target: tf.Tensor2D): tf.Tensor2D {
  const [rows] = scores.shape;
  // The range [least, least + step · PARTS] of each row's threshold becomes one of its parts, round by round.
  let least = tf.fill([rows, 1], -DEEPEST) as tf.Tensor2D;
  let step = DEEPEST;
  for (let round = 0; round < ROUNDS; round++) {
    step /= PARTS;
    const reaches: tf.Tensor[] = [];
    for (let part = 1; part < PARTS; part++) {
      const sum = sumRows(tf.mul(measure, atLeast(scores, tf.add(least, step * part))));
      reaches.push(tf.cast(tf.greaterEqual(sum, target), "float32"));
    }
    least = tf.add(least, tf.mul(tf.addN(reaches), step));
  }
  return tf.mul(weights, atLeast(scores, least));
}

/** 1 where a score reaches its row's threshold, 0 elsewhere. */
function atLeast(scores: tf.Tensor2D, threshold: tf.Tensor): tf.Tensor2D {
  return tf.cast(tf.greaterEqual(scores, threshold), "float32");
}

/** Cumulated sums of the rows [rows, n]: within blocks by a product with a triangle of ones, and again over the blocks' sums. */
function cumulated(x: tf.Tensor2D): tf.Tensor2D {
  const [rows, n] = x.shape;
  const blocked = inBlocks(x); // [rows, blocks, size]
  const [, blocks, size] = blocked.shape;
  const within = tf.matMul(tf.reshape(blocked, [rows * blocks, size]), triangle(size, true)); // [rows · blocks, size]
  const before = tf.matMul(tf.sum(blocked, 2) as tf.Tensor2D, triangle(blocks, false)); // [rows, blocks]
  const shares = tf.add(tf.reshape(within, [rows, blocks, size]), tf.reshape(before, [rows, blocks, 1]));
  return tf.slice(tf.reshape(shares, [rows, blocks * size]), [0, 0], [rows, n]) as tf.Tensor2D;
}

/** [n, n] of ones where the row comes before the column, or is the same where `inclusive`. */
function triangle(n: number, inclusive: boolean): tf.Tensor2D {
  const range = tf.range(0, n, 1, "float32");
  const columns = tf.sub(tf.reshape(range, [1, n]), tf.reshape(range, [n, 1]));
  return tf.cast(inclusive ? tf.greaterEqual(columns, 0) : tf.greater(columns, 0), "float32");
}
