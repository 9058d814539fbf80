import * as tf from "@tensorflow/tfjs";
import type { Pairs } from "./pairs";

/** What embeds images, and what embeds captions. */
export type Towers = readonly [image: tf.Sequential, text: tf.Sequential];

/** The width of the space that both embed into. */
const DIMENSIONS = 32;

/** Two small networks; the same seed gives the same weights. Put your own models here: whatever TensorFlow.js can train. */
export function makeTowers(imageWidth: number, textWidth: number, seed: number, { trainable = true } = {}): Towers {
  const tower = (width: number, first: number) => {
    const kernel = (layer: number) => tf.initializers.glorotUniform({ seed: 100 * seed + first + layer });
    const hidden = tf.layers.dense({ units: 64, activation: "relu", inputShape: [width], kernelInitializer: kernel(0) });
    const made = tf.sequential({ layers: [hidden, tf.layers.dense({ units: DIMENSIONS, kernelInitializer: kernel(1) })] });
    made.trainable = trainable;
    return made;
  };
  return [tower(imageWidth, 1), tower(textWidth, 3)];
}

/** Embeddings of length 1, shape `[n, DIMENSIONS]` each, as the losses take them. */
export function embed([image, text]: Towers, pairs: Pairs): [image: tf.Tensor2D, text: tf.Tensor2D] {
  const unit = (x: tf.Tensor) => tf.div<tf.Tensor2D>(x, tf.norm(x, 2, 1, true));
  return [unit(image.apply(pairs.images) as tf.Tensor), unit(text.apply(pairs.captions) as tf.Tensor)];
}

/** Moves the teachers' weights towards the students': an exponential moving average. */
export function follow(teachers: Towers, students: Towers, momentum: number): void {
  tf.tidy(() => {
    for (const [k, teacher] of teachers.entries()) {
      const fast = students[k]!.getWeights();
      teacher.setWeights(teacher.getWeights().map((slow, i) => tf.add(tf.mul(slow, momentum), tf.mul(fast[i]!, 1 - momentum))));
    }
  });
}
