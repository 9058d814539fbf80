import * as tf from "@tensorflow/tfjs-core";
import { expect, it } from "vitest";
import { onEachBackend } from "../../../test/tensors";

const FLAGS = [
  [false, false],
  [true, false],
  [false, true],
  [true, true],
] as const;

/** What leaves something else than zeros beside an odd matrix on WebGL. */
const COMPUTED: [string, (x: tf.Tensor) => tf.Tensor][] = [
  ["exp", (x) => tf.exp(x)],
  ["sigmoid", (x) => tf.sigmoid(x)],
  ["log", (x) => tf.log(tf.square(x))],
  ["a sum with a number", (x) => tf.add(x, 3)],
];

onEachBackend("a product of what was just computed", () => {
  for (const [name, compute] of COMPUTED) {
    it.each([1, 3, 4])(`is right over %i rows or columns, after ${name}`, (k) => {
      for (const [transposeA, transposeB] of FLAGS) {
        const before = tf.memory().numTensors;
        const values = (size: number) => Array.from({ length: size }, (_, i) => Math.sin(i + 1));
        const [a, b, product] = tf.tidy(() => {
          const x = compute(tf.tensor(values(2 * k * 3), transposeA ? [2, k, 3] : [2, 3, k]));
          const y = compute(tf.tensor(values(2 * k * 5), transposeB ? [2, 5, k] : [2, k, 5]));
          return [x, y, tf.matMul(x, y, transposeA, transposeB)].map((tensor) => [...tensor.dataSync()]);
        }) as unknown as [number[], number[], number[]];
        expect(tf.memory().numTensors).toBe(before);
        const at = (m: number[], i: number, j: number, width: number, height: number, flag: boolean) =>
          flag ? m[j * height + i]! : m[i * width + j]!;
        const expected = Array.from({ length: 2 * 15 }, (_, index) => {
          const [batch, i, j] = [Math.floor(index / 15), Math.floor((index % 15) / 5), index % 5];
          const [left, right] = [a.slice(batch * 3 * k), b.slice(batch * 5 * k)];
          return Array.from({ length: k }, (_, s) => at(left, i, s, k, 3, transposeA) * at(right, s, j, 5, k, transposeB)).reduce(
            (p, q) => p + q,
            0,
          );
        });
        expect(product).toBeAllclose(expected, { rtol: 1e-5, atol: 1e-5 });
      }
    });
  }
});
