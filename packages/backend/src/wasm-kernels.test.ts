import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, it, vi } from "vitest";
import { expectNoLeak } from "../../../test/tensors";
import { startBackend, wasmHeapBytes } from "./index";

/** The same on the cpu backend, which is the oracle, and on wasm. */
async function onBoth<T>(body: () => T): Promise<[cpu: T, wasm: T]> {
  await startBackend("cpu");
  const cpu = body();
  await startBackend("wasm");
  return [cpu, expectNoLeak(body)];
}

const matrix = (rows: number, columns: number) =>
  tf.tensor2d(
    Array.from({ length: rows * columns }, (_, i) => Math.sin(i)),
    [rows, columns],
  );
const numbers = (tensors: tf.Tensor[]) => tensors.map((tensor) => [tensor.shape, [...tensor.dataSync()]] as const);

/** `tf.tidy` for results that are numbers, which its type does not allow. */
function tidyNumbers<T>(body: () => T): T {
  let result: T | undefined;
  tf.tidy(() => {
    result = body();
  });
  return result as T;
}

describe("products with transpose flags on wasm", () => {
  it.each([
    [false, true, 20, 5, 30],
    [true, false, 20, 5, 30],
    [true, true, 20, 5, 30],
    [true, true, 3, 5, 30], // only one of them is worth transposing
    [true, true, 30, 5, 3],
    [false, true, 1, 64, 100], // none
    [true, false, 17, 0, 16], // a sum of nothing
    [false, false, 2, 0, 3],
    [false, false, 0, 4, 3],
  ])("transposeA %s, transposeB %s, %i x %i x %i equal the cpu backend's", async (transposeA, transposeB, n, k, m) => {
    const [cpu, wasm] = await onBoth(() =>
      tidyNumbers(() => {
        const a = transposeA ? matrix(k, n) : matrix(n, k);
        const b = transposeB ? matrix(m, k) : matrix(k, m);
        return numbers([tf.matMul(a, b, transposeA, transposeB)]);
      }),
    );
    expect(wasm[0]![0]).toEqual(cpu[0]![0]);
    expect(wasm[0]![1]).toBeAllclose(cpu[0]![1]);
  });

  it("also in the gradients that tfjs records, and with batches, whose flags stay", async () => {
    const [cpu, wasm] = await onBoth(() =>
      tidyNumbers(() => [
        ...numbers(tf.grads((a, b) => tf.sum(tf.square(tf.matMul(a, b))))([matrix(40, 20), matrix(20, 30)])),
        ...numbers([tf.matMul(tf.reshape(matrix(40, 20), [2, 20, 20]), tf.reshape(matrix(40, 20), [2, 20, 20]), true, true)]),
      ]),
    );
    wasm.forEach(([, values], i) => {
      expect(values).toBeAllclose(cpu[i]![1], { rtol: 1e-4, atol: 1e-4 });
    });
  });

  it("reach the module as plain products", async () => {
    await startBackend("wasm");
    const transpose = tf.getKernel("Transpose", "wasm")!;
    const turned = vi.spyOn(transpose, "kernelFunc");
    tf.tidy(() => {
      tf.matMul(matrix(20, 5), matrix(30, 5), false, true);
      tf.matMul(matrix(1, 5), matrix(30, 5), false, true); // one row: copying the matrix would cost more
    });
    expect(turned).toHaveBeenCalledTimes(1);
    turned.mockRestore();
  });
});

describe("the gradient of gather on wasm", () => {
  it("adds up repeated rows, and equals the cpu backend's", async () => {
    const [cpu, wasm] = await onBoth(() =>
      tidyNumbers(() => {
        const ids = tf.tensor1d([3, 0, 3, 3], "int32");
        return numbers([
          tf.grad((table) => tf.sum(tf.mul(tf.gather(table, ids), matrix(4, 3))))(matrix(5, 3)),
          tf.unsortedSegmentSum(tf.tensor1d([1, 2, 4, 8], "int32"), tf.tensor1d([1, -1, 1, 7], "int32"), 3),
        ]);
      }),
    );
    expect(wasm[0]![1]).toBeAllclose(cpu[0]![1]);
    expect(wasm[1]).toEqual([[3], [0, 5, 0]]); // ids outside are left out
  });
});

describe("tensors that another backend holds", () => {
  it("reach a wasm kernel, though the heap grows as they move", async () => {
    await startBackend("cpu");
    const rows = 2 ** 25;
    const [x, ids] = [tf.ones([rows]) as tf.Tensor1D, tf.zeros([rows], "int32") as tf.Tensor1D];
    await startBackend("wasm");
    const before = wasmHeapBytes()!;
    const sum = tf.unsortedSegmentSum(x, ids, 1);
    expect(wasmHeapBytes()).toBeGreaterThan(before);
    expect(sum.dataSync()[0]).toBe(2 ** 24); // where float32 stops counting
    tf.dispose([x, ids, sum]);
  });
});

describe("of nothing, on wasm", () => {
  it("sums, products and extremes equal the cpu backend's", async () => {
    const [cpu, wasm] = await onBoth(() =>
      tidyNumbers(() => {
        for (const size of [2, 4, 16, 64]) tf.fill([size], 7).dispose(); // what would be seen if nothing were written
        const [rows, columns, whole] = [tf.zeros([0, 3]), tf.zeros([3, 0]), tf.zeros([0, 3], "int32")];
        const truths = tf.zeros([0, 3], "bool");
        return numbers([
          ...[rows, columns].flatMap((x) => [tf.sum, tf.mean, tf.prod, tf.max, tf.min].flatMap((f) => [f(x), f(x, 0), f(x, 1, true)])),
          tf.sum(whole, 0),
          tf.prod(whole, 0),
          tf.all(truths, 0),
          tf.any(truths, 0),
          tf.logSumExp(columns, 1),
        ]);
      }),
    );
    expect(wasm).toEqual(cpu);
  });

  it("products of matrices equal the cpu backend's, in batches and with a bias and an activation", async () => {
    const [cpu, wasm] = await onBoth(() =>
      tidyNumbers(() => {
        for (const size of [2, 4, 16, 64]) tf.fill([size], 7).dispose();
        const fused = (a: number[], b: number[], flags = {}) =>
          tf.fused.matMul({ a: tf.ones(a), b: tf.ones(b), bias: tf.tensor1d([-1, 2, 3]), activation: "relu", ...flags });
        return numbers([
          tf.matMul(tf.ones([1, 3, 0]), tf.ones([1, 0, 4])),
          tf.matMul(tf.ones([1, 1, 0, 3]), tf.ones([1, 1, 4, 0]), true, true),
          tf.matMul(tf.ones([0, 3, 2]), tf.ones([0, 2, 4])),
          tf.matMul(tf.ones([2, 5, 3, 0]), tf.ones([5, 0, 4])),
          fused([2, 0], [0, 3]),
          fused([0, 2], [3, 0], { transposeA: true, transposeB: true }),
          fused([0, 2], [2, 3]),
          fused([1, 2, 0], [1, 0, 3]),
        ]);
      }),
    );
    expect(wasm).toEqual(cpu);
  });
});
