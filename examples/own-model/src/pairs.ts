import * as tf from "@tensorflow/tfjs";

/** What is seen, and what is said of it: row i of both is a pair. */
export type Pairs = {
  /** Measurements of each image, shape `[n, SENSOR]`, float32. */
  images: tf.Tensor2D;
  /** Which words its caption has, shape `[n, WORDS]`, float32, of zeros and ones. */
  captions: tf.Tensor2D;
  /** Which words are true of it, said or not; to measure with, not to train on. */
  truths: tf.Tensor2D;
};

/** Numbers that a sensor gives of a scene. */
export const SENSOR = 24;
/** What a caption may say: the land and the relief, each in so many ways. */
const ASPECTS = [6, 3];
/** Words in the captions' vocabulary. */
export const WORDS = ASPECTS.reduce((sum, ways) => sum + ways, 0);
/** The share of captions that don't say the relief. */
const SILENT = 0.3;

/**
 * Scenes that a sensor measured with much noise, and their captions: many captions fit many scenes, and a share of the captions is of other
 * scenes, as in data from the web. Put your own data here.
 */
export function makePairs(n: number, wrong: number, seed: number): Pairs {
  const seen: tf.Tensor[] = [tf.randomNormal([n, SENSOR], 0, 1.5, "float32", seed)];
  const [said, truths]: [tf.Tensor2D[], tf.Tensor2D[]] = [[], []];
  for (const [k, ways] of ASPECTS.entries()) {
    const way = tf.cast(tf.floor(tf.randomUniform([n], 0, ways, "float32", `way ${seed} ${k}`)), "int32");
    const truth = tf.cast(tf.oneHot(way, ways), "float32") as tf.Tensor2D; // [n, ways]
    const look = tf.randomNormal([ways, SENSOR], 0, 1, "float32", k + 1); // how the sensor sees each way
    const strangers = Math.round(n * wrong);
    const words = tf.concat([tf.reverse(truth.slice([0, 0], [strangers, ways]), 0), truth.slice([strangers, 0])]);
    const isSaid = tf.greater(tf.randomUniform([n, 1], 0, 1, "float32", `said ${seed} ${k}`), k === 0 ? -1 : SILENT);
    truths.push(truth);
    seen.push(tf.matMul(truth, look));
    said.push(tf.mul(words, isSaid));
  }
  return { images: tf.addN(seen) as tf.Tensor2D, captions: tf.concat(said, 1), truths: tf.concat(truths, 1) };
}
