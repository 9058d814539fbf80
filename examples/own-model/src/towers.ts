import * as tf from "@tensorflow/tfjs";
import type { Pairs } from "./pairs";

/** What embeds images, and what embeds captions. */
export type Towers = readonly [image: tf.Sequential, text: tf.Sequential];

/** The width of the space that both embed into. */
const DIMENSIONS = 32;

/** Two small networks; the same weights at every call. Put your own models here: whatever TensorFlow.js can train. */
export function makeTowers(imageWidth: number, textWidth: number): Towers {
  const tower = (width: number, seed: number) => {
    const kernel = (layer: number) => tf.initializers.glorotUniform({ seed: seed + layer });
    const hidden = tf.layers.dense({ units: 64, activation: "relu", inputShape: [width], kernelInitializer: kernel(0) });
    return tf.sequential({ layers: [hidden, tf.layers.dense({ units: DIMENSIONS, kernelInitializer: kernel(1) })] });
  };
  return [tower(imageWidth, 1), tower(textWidth, 3)];
}

/** Embeddings of length 1, shape `[n, DIMENSIONS]` each, as the losses take them. */
export function embed([image, text]: Towers, pairs: Pairs): [image: tf.Tensor2D, text: tf.Tensor2D] {
  const unit = (x: tf.Tensor) => tf.div<tf.Tensor2D>(x, tf.norm(x, 2, 1, true));
  return [unit(image.apply(pairs.images) as tf.Tensor), unit(text.apply(pairs.captions) as tf.Tensor)];
}
