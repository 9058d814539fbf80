import * as tf from "@tensorflow/tfjs-core";
import { expect, it } from "vitest";
import { refusal } from "../../../test/refusal";
import { expectNoLeak, onEachBackend } from "../../../test/tensors";
import { plainSinkhorn, transpose } from "../test/plain-losses";
import { unitRows } from "../test/random-batch";
import { type SinkhornOptions, sinkhorn } from "./index";

const run = (cost: number[][], options?: SinkhornOptions): number[][] =>
  expectNoLeak(() => {
    const input = tf.tensor2d(cost);
    const output = sinkhorn(input, options);
    const numbers = output.arraySync();
    tf.dispose([input, output]);
    return numbers;
  });

onEachBackend("sinkhorn", () => {
  it("agrees with the plain formula, with the defaults 0.1 and 4", () => {
    for (const [m, n] of [
      [1, 1],
      [3, 7],
      [8, 8],
      [40, 40],
    ] as const) {
      const cost = unitRows(m, m, n);
      expect(run(cost).flat()).toBeAllclose(plainSinkhorn(cost, 0.1, 4).flat(), { rtol: 1e-4, atol: 1e-6 });
    }
  });

  it("does not see what is added to a row of the cost or to all of it", () => {
    const cost = unitRows(5, 6, 6);
    const expected = run(cost).flat();
    expect(run(cost.map((row, i) => row.map((x) => x + i))).flat()).toBeAllclose(expected, { rtol: 1e-4, atol: 1e-6 });
    expect(run(cost.map((row) => row.map((x) => x - 20))).flat()).toBeAllclose(expected, { rtol: 1e-3, atol: 1e-5 });
  });

  it("converges to both marginals, and then starting with columns gives the same", () => {
    const cost = unitRows(7, 5, 5);
    const q = run(cost, { lambda: 0.5, iterations: 200 });
    expect(q.map((row) => row.reduce((a, b) => a + b, 0))).toBeAllclose([1, 1, 1, 1, 1]);
    expect(transpose(q).map((row) => row.reduce((a, b) => a + b, 0))).toBeAllclose([1, 1, 1, 1, 1], { rtol: 1e-4 });
    expect(transpose(run(transpose(cost), { lambda: 0.5, iterations: 200 })).flat()).toBeAllclose(q.flat(), { rtol: 1e-4 });
  });

  it("stays finite where the exp domain overflows, and every row sums to 1", () => {
    for (const cost of [
      unitRows(1, 6, 6).map((row) => row.map((x) => 3 * x)),
      [
        [0, 0],
        [0, 0],
      ],
      [
        [-200, 5],
        [5, -200],
      ],
      [
        [1e4, 1e4],
        [-1e4, 0],
      ],
    ]) {
      const q = run(cost, { lambda: 1e-3, iterations: 10 });
      expect(q.flat().every((x) => x >= 0 && x <= 1 + 1e-6)).toBe(true);
      expect(q.map((row) => row.reduce((a, b) => a + b, 0))).toBeAllclose(q.map(() => 1));
    }
  });

  it("has no gradient, and leaves nothing on the tape", () => {
    const alone = (c: tf.Tensor) => tf.sum(tf.square(sinkhorn(c as tf.Tensor2D)));
    const zeros = tf.zeros([4, 4]);
    expect(() => tf.grad(alone)(zeros)).toThrow(/Cannot compute gradient/);
    zeros.dispose();
    expectNoLeak(() => {
      const cost = tf.tensor2d(unitRows(1, 4, 4));
      // Beside it the gradient of the other factor goes on: d/dc of sum(c · Q) is Q, with Q a constant.
      const gradient = tf.grad((c: tf.Tensor) => tf.sum(tf.mul(c, sinkhorn(c as tf.Tensor2D))))(cost);
      const q = sinkhorn(cost);
      expect(gradient.dataSync()).toBeAllclose(q.dataSync());
      tf.dispose([cost, gradient, q]);
    });
  });

  it("names what is wrong with its arguments", () => {
    tf.tidy(() => {
      const cost = tf.zeros<tf.Rank.R2>([2, 3]);
      expect(() => sinkhorn(tf.zeros([2]) as never)).toThrow(/cost must be a tensor of shape \[M, N\]/);
      expect(() => sinkhorn(tf.zeros([2, 3], "int32"))).toThrow(/cost must be float32/);
      expect(() => sinkhorn(cost, { lambda: 0 })).toThrow(/lambda must be a finite number at least 0.0001, got 0/);
      expect(() => sinkhorn(cost, { iterations: 1.5 })).toThrow(/iterations must be a whole number/);
      expect(() => sinkhorn(cost, { iterations: -1 })).toThrow(refusal("INVALID_ARGUMENT"));
      expect(() => sinkhorn(cost, { rowMarginal: tf.ones([3]) })).toThrow(/rowMarginal must have the shape \[M\], here \[2\], got \[3\]/);
      expect(() => sinkhorn(cost, { columnMarginal: tf.ones([2]) })).toThrow(/columnMarginal must have the shape \[N\], here \[3\]/);
      expect(() => sinkhorn(cost, { epsilon: 1 } as never)).toThrow(refusal("UNKNOWN_OPTION"));
    });
  });
});
