import * as tf from "@tensorflow/tfjs";
import type { Pairs } from "./pairs";
import { embed, type Towers } from "./towers";

/** The `index`-th batch, from the start again after the last. */
export function batchOf({ images, captions, truths }: Pairs, index: number, size: number): Pairs {
  const start = (index * size) % (images.shape[0] - size + 1);
  const rows = (x: tf.Tensor2D) => tf.slice(x, [start, 0], [size, -1]);
  return { images: rows(images), captions: rows(captions), truths: rows(truths) };
}

/** The share of images for which the nearest caption of all says nothing that is false of them. */
function accuracy(towers: Towers, pairs: Pairs): number {
  return tf.tidy(() => {
    const [image, text] = embed(towers, pairs);
    const nearest = tf.argMax(tf.matMul(image, text, false, true), 1) as tf.Tensor1D;
    const fits = tf.all(tf.lessEqual(tf.gather(pairs.captions, nearest), pairs.truths), 1);
    return tf.mean(tf.cast(fits, "float32")).dataSync()[0]!;
  });
}

/** The same in words. */
export function fitting(towers: Towers, pairs: Pairs): string {
  return `a caption that fits for ${(100 * accuracy(towers, pairs)).toFixed(1)} % of new images`;
}
