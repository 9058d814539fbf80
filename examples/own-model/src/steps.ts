import * as tf from "@tensorflow/tfjs";
import type { Pairs } from "./pairs";
import { embed, type Towers } from "./towers";

/** The `index`-th batch, from the start again after the last; the caller disposes it. */
export function batchOf({ images, captions, truths }: Pairs, index: number, size: number): Pairs {
  const start = (index * size) % (images.shape[0] - size + 1);
  const rows = (x: tf.Tensor2D) => tf.slice(x, [start, 0], [size, -1]);
  return { images: rows(images), captions: rows(captions), truths: rows(truths) };
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

/** The share of images for which the nearest caption of all says nothing that is false of them. */
export function accuracy(towers: Towers, pairs: Pairs): number {
  return tf.tidy(() => {
    const [image, text] = embed(towers, pairs);
    const nearest = tf.argMax(tf.matMul(image, text, false, true), 1) as tf.Tensor1D;
    const fits = tf.all(tf.lessEqual(tf.gather(pairs.captions, nearest), pairs.truths), 1);
    return tf.mean(tf.cast(fits, "float32")).dataSync()[0]!;
  });
}

/** Prints it. */
export function report(when: string, towers: Towers, pairs: Pairs): void {
  console.log(
    `${when}: the nearest of ${pairs.images.shape[0]} captions fits ${(100 * accuracy(towers, pairs)).toFixed(1)} % of new images`,
  );
}
