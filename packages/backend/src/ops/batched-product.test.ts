import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, it } from "vitest";
import { expectNoLeak, onEachBackend } from "../../../../test/tensors";
import { startBackend } from "../index";
import { batchedProduct } from "./batched-product";

describe("batchedProduct on wasm", () => {
  it("takes tensors that were made on another backend, though the heap grows as they move", async () => {
    await startBackend("cpu");
    const [a, b] = [tf.ones([1, 1, 8, 1024]) as tf.Tensor4D, tf.ones([1, 1, 1024, 8192]) as tf.Tensor4D];
    await startBackend("wasm");
    const y = batchedProduct(a, b);
    expect(y.dataSync().every((value) => value === 1024)).toBe(true);
    tf.dispose([a, b, y]);
  });
});

onEachBackend("batchedProduct", () => {
  it.each([
    [2, 3, 3, 4, 5],
    [2, 3, 24, 20, 28], // large enough to be taken apart on wasm
    [1, 1, 65, 33, 17],
  ])("equals a sum by hand for [%i, %i] pairs of [%i, %i] · [., %i], however they are stored", (batch, heads, n, k, m) => {
    expectNoLeak(() => {
      const random = (rows: number, columns: number, seed: number) =>
        tf.randomNormal([batch, heads, rows, columns], 0, 1, "float32", seed) as tf.Tensor4D;
      tf.tidy(() => {
        const [a, b] = [random(n, k, 1), random(k, m, 2)];
        const [left, right] = [a.dataSync(), b.dataSync()];
        const expected = Array.from({ length: batch * heads * n * m }, (_, i) => {
          const [pair, row, column] = [Math.floor(i / n / m), Math.floor(i / m) % n, i % m];
          let sum = 0;
          for (let j = 0; j < k; j++) sum += left[(pair * n + row) * k + j]! * right[(pair * k + j) * m + column]!;
          return sum;
        });
        const swap = (x: tf.Tensor4D) => tf.transpose(x, [0, 1, 3, 2]);
        const close = { rtol: 1e-4, atol: 1e-4 };
        expect(batchedProduct(a, b).shape).toEqual([batch, heads, n, m]);
        expect(batchedProduct(a, b).dataSync()).toBeAllclose(expected, close);
        expect(batchedProduct(swap(a), b, true).dataSync()).toBeAllclose(expected, close);
        expect(batchedProduct(a, swap(b), false, true).dataSync()).toBeAllclose(expected, close);
        expect(batchedProduct(swap(a), swap(b), true, true).dataSync()).toBeAllclose(expected, close);
      });
    });
  });
});
