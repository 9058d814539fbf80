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
/** What a caption may say: the land, the water, the season and the relief, each in so many ways. */
const ASPECTS = [6, 3, 4, 3];
/** Words in the captions' vocabulary. */
export const WORDS = ASPECTS.reduce((sum, ways) => sum + ways, 0);
/** The share of captions that leave a word out. */
const SILENCE = 0.25;

/** Scenes that a sensor measured with noise, and captions that leave things out: many captions fit many scenes. Put your own data here. */
export function makePairs(n: number, seed: number): Pairs {
  return tf.tidy(() => {
    const seen: tf.Tensor2D[] = [];
    const said: tf.Tensor2D[] = [];
    const truths: tf.Tensor2D[] = [];
    for (const [k, ways] of ASPECTS.entries()) {
      const way = tf.floor(tf.randomUniform([n], 0, ways, "float32", `${seed} ${k}`)).toInt();
      const oneOf = tf.oneHot(way, ways).toFloat() as tf.Tensor2D; // [n, ways]
      truths.push(oneOf);
      seen.push(tf.matMul(oneOf, tf.randomNormal([ways, SENSOR], 0, 1, "float32", k + 1))); // how the sensor sees each way
      said.push(tf.mul(oneOf, tf.randomUniform([n, 1], 0, 1, "float32", `said ${seed} ${k}`).greater(k === 0 ? -1 : SILENCE)));
    }
    const noise = tf.randomNormal([n, SENSOR], 0, 1, "float32", seed) as tf.Tensor2D;
    return { images: tf.addN([...seen, noise]), captions: tf.concat(said, 1), truths: tf.concat(truths, 1) };
  });
}
