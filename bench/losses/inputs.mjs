// Embeddings of a batch: unit rows from streams of numbers that Python makes too (torch_losses.py), so that results can be compared.
import * as tf from "@tensorflow/tfjs-core";
import { createNumbers, INPUTS } from "../backend/numbers.mjs";

const WIDTH = 512;
/** Of Sentence-BERT's all-MiniLM-L6-v2. */
const SENTENCE_WIDTH = 384;
/** Samples of one scene look alike, at a cosine of 0.9, and share a label; soft targets would be the identity without them. */
const PER_SCENE = 8;
const STREAM = 2 ** 25;

const numbers = (index, n, width) => createNumbers(INPUTS + index * STREAM).floats(n * width, 1);

/** Rows of stream `index`, with `weight` times row floor(i / share) of `base` added, scaled to unit length. */
function unitRows(index, n, width, base, weight, share = 1) {
  const values = numbers(index, n, width);
  for (let row = 0; row < n; row++) {
    const [own, other] = [row * width, Math.floor(row / share) * width];
    let squares = 0;
    for (let i = 0; i < width; i++) {
      values[own + i] += weight * base[other + i];
      squares += values[own + i] ** 2;
    }
    const factor = 1 / Math.sqrt(squares);
    for (let i = 0; i < width; i++) values[own + i] *= factor;
  }
  return values;
}

/** What the losses want: the student's embeddings, a teacher's near them, sentences and labels. `parts` names what is made. */
export function makeInputs(n, parts) {
  const scenes = numbers(0, n / PER_SCENE, WIDTH);
  const image = unitRows(1, n, WIDTH, scenes, 3, PER_SCENE);
  const text = unitRows(2, n, WIDTH, scenes, 3, PER_SCENE);
  const matrix = (values) => tf.tensor2d(values, [n, values.length / n]);
  const make = {
    image: () => matrix(image),
    text: () => matrix(text),
    teacherImage: () => matrix(unitRows(3, n, WIDTH, image, 20)),
    teacherText: () => matrix(unitRows(4, n, WIDTH, text, 20)),
    sentence: () => matrix(unitRows(5, n, SENTENCE_WIDTH, numbers(6, n / PER_SCENE, SENTENCE_WIDTH), 3, PER_SCENE)),
    labels: () => {
      const labels = Int32Array.from({ length: n }, (_, i) => Math.floor(i / PER_SCENE));
      return tf.tensor1d(labels, "int32");
    },
  };
  return Object.fromEntries(parts.map((part) => [part, make[part]()]));
}
