import { createRandom } from "@rsdix/internal";
import * as tf from "@tensorflow/tfjs-core";
import { expect, it } from "vitest";
import { onEachBackend } from "../../../test/tensors";
import { withoutLeak } from "../test/leaks";
import { firstBeyond } from "./first-beyond";

onEachBackend("firstBeyond", () => {
  it("never finds a weight of 0, wherever sums are rounded differently", () =>
    withoutLeak(async () => {
      const random = createRandom(3);
      for (const width of [257, 3000]) {
        const size = Math.ceil(Math.sqrt(width)); // of its blocks, which begin with 0: the first place wins where the rest falls below 0
        for (let round = 0; round < 8; round++) {
          const weights = Float32Array.from({ length: width }, (_, i) => (i % size === 0 || random.next() < 0.3 ? 0 : random.next()));
          const total = weights.reduce((a, b) => a + b, 0);
          let sum = 0;
          const ends = [0, 1 - 2 ** -32]; // and the share at which each block ends
          for (let i = 0; i < width; i++) {
            sum += weights[i]!;
            if (i % size === size - 1) ends.push(Math.min(sum / total, 1 - 2 ** -32));
          }
          const found = tf.tidy(() => firstBeyond(tf.tile(tf.tensor2d(weights, [1, width]), [ends.length, 1]), ends).dataSync()); // biome-ignore format: one draw
          for (const token of found) expect(weights[token]).toBeGreaterThan(0);
        }
      }
    }));

  it("finds a token of a row that has no others", () => {
    const found = tf.tidy(() => firstBeyond(tf.zeros([2, 5]), [0, 0.9]).dataSync());
    for (const token of found) expect(token).toBeLessThan(5);
  });
});
