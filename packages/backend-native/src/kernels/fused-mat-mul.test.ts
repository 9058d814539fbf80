import type { Random } from "@rsdix/internal";
import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, it } from "vitest";
import { backends, cases, compare, floats, type Given, ints } from "../../test/stock";
import { nativeAvailable } from "../../test/test-support";
import { size } from "../native-backend";
import { batchMatMul } from "./fused-mat-mul";

const CLOSE = { rtol: 1e-5, atol: 1e-5 };

/** Matrices that can be multiplied, transposed or not, with these batches. */
function operands(random: Random, batchA: number[], batchB: number[]) {
  const [m, k, n] = [random.int(9), random.int(9), random.int(9)];
  const [transposeA, transposeB] = [random.int(2) === 0, random.int(2) === 0];
  const a = floats(random, [...batchA, ...(transposeA ? [k, m] : [m, k])]);
  const b = floats(random, [...batchB, ...(transposeB ? [n, k] : [k, n])]);
  return { a, b, transposeA, transposeB, m, n };
}

/** The product by its definition, batches broadcast axis by axis: there the stock kernel's result is too short. */
function byDefinition(a: Given, b: Given, transposeA: boolean, transposeB: boolean): Given {
  const batch = tf.broadcast_util.assertAndGetBroadcastShape(a.shape.slice(0, -2), b.shape.slice(0, -2));
  const matrixOf = ({ shape, values }: Given, index: number, transposed: boolean) => {
    const own = shape.slice(0, -2);
    let [left, at, stride] = [index, 0, 1];
    for (let i = 1; i <= batch.length; i++) {
      const side = batch[batch.length - i]!;
      const ownSide = own[own.length - i] ?? 1;
      at += ownSide === 1 ? 0 : (left % side) * stride;
      stride *= ownSide;
      left = Math.floor(left / side);
    }
    const [rows, columns] = shape.slice(-2) as [number, number];
    return {
      rows: transposed ? columns : rows,
      columns: transposed ? rows : columns,
      at: (i: number, j: number) => values[at * rows * columns + (transposed ? j * columns + i : i * columns + j)]!,
    };
  };
  const results: number[] = [];
  let sides = [0, 0];
  for (let index = 0; index < size(batch); index++) {
    const [x, y] = [matrixOf(a, index, transposeA), matrixOf(b, index, transposeB)];
    sides = [x.rows, y.columns];
    for (let i = 0; i < x.rows; i++) {
      for (let j = 0; j < y.columns; j++) {
        let sum = 0;
        for (let k = 0; k < x.columns; k++) sum += x.at(i, k) * y.at(k, j);
        results.push(sum);
      }
    }
  }
  return { shape: [...batch, ...sides], dtype: "float32", values: Float32Array.from(results) };
}

describe.runIf(nativeAvailable)("products with batches, biases and activations on native equal the stock kernels", () => {
  beforeAll(async () => void (await backends()));

  it("BatchMatMul: 300 random batches, every transpose", () => {
    cases("BatchMatMul", 300, (random) => {
      const batch = Array.from({ length: random.int(4) }, () => 1 + random.int(3));
      const ones = batch.map(() => 1);
      const [batchA, batchB] = [
        [batch, batch],
        [batch, ones],
        [ones, batch],
        [batch, []],
        [[], batch],
      ][random.int(5)] as [number[], number[]];
      const { a, b, transposeA, transposeB } = operands(random, batchA, batchB);
      compare("BatchMatMul", { a, b }, { transposeA, transposeB }, CLOSE);
    });
  });

  it("BatchMatMul of 150 random batches that broadcast axis by axis equals the definition", async () => {
    const { native } = await backends();
    cases("broadcast", 150, (random) => {
      const batch = Array.from({ length: 1 + random.int(3) }, () => 1 + random.int(3));
      const narrowed = () => batch.map((side) => (random.int(2) ? 1 : side)).slice(random.int(2));
      const { a, b, transposeA, transposeB, m, n } = operands(random, narrowed(), narrowed());
      const make = ({ shape, values }: Given) => native.makeTensorInfo(shape, "float32", values.slice());
      const [x, y] = [make(a), make(b)];
      const c = batchMatMul({ inputs: { a: x, b: y }, attrs: { transposeA, transposeB }, backend: native }) as tf.TensorInfo;
      const expected = byDefinition(a, b, transposeA, transposeB);
      expect(c.shape).toEqual([...expected.shape.slice(0, -2), m, n]);
      expect(native.floats(c)).toBeAllclose(expected.values as Float32Array, CLOSE);
      for (const { dataId } of [x, y, c]) native.disposeData(dataId);
    });
  });

  it.each(["linear", "relu", "relu6", "elu", "prelu", "leakyrelu", "sigmoid"])("_FusedMatMul with %s: 70 random shapes", (activation) => {
    cases(activation, 70, (random) => {
      const batch = Array.from({ length: random.int(3) }, () => 1 + random.int(3));
      const { a, b, transposeA, transposeB, m, n } = operands(random, batch, batch);
      const shape = [...batch, m, n];
      const someShape = () => [[n], [1, n], [m, n], [1], shape][random.int(5)]!;
      const inputs: Record<string, Given> = { a, b };
      if (random.int(4)) inputs.bias = floats(random, someShape());
      if (activation === "prelu") inputs.preluActivationWeights = floats(random, someShape());
      compare("_FusedMatMul", inputs, { transposeA, transposeB, activation, leakyreluAlpha: 0.3 }, CLOSE);
    });
  });

  it("refuses inner sizes that differ, batches that do not broadcast and unknown activations, and leaves other types to the stock kernel", () => {
    cases("wrong", 1, (random) => {
      const attrs = { transposeA: false, transposeB: false };
      compare("BatchMatMul", { a: floats(random, [2, 3]), b: floats(random, [2, 3]) }, attrs);
      compare("BatchMatMul", { a: floats(random, [2, 2, 3]), b: floats(random, [3, 3, 2]) }, attrs);
      compare("_FusedMatMul", { a: floats(random, [2, 3]), b: floats(random, [3, 2]) }, { ...attrs, activation: "swish" });
      compare("BatchMatMul", { a: ints(random, [2, 3]), b: ints(random, [3, 2]) }, attrs, { mayFallThrough: true });
    });
  });

  it("gives tf.fused.matMul the gradients it has on the stock backend", async () => {
    const gradientOn = async (backend: string) => {
      await tf.setBackend(backend);
      return tf.tidy(() => {
        const b = tf.tensor2d([1, -2, 3, -4], [2, 2]);
        const bias = tf.tensor1d([0.5, 0.5]);
        const f = (a: tf.Tensor) => tf.sum(tf.fused.matMul({ a: a as tf.Tensor2D, b, bias, activation: "relu" }));
        return [
          ...tf
            .grad(f)(tf.tensor2d([1, 2, -3, 1], [2, 2]))
            .dataSync(),
        ];
      });
    };
    const expected = await gradientOn("cpu");
    expect(await gradientOn("native")).toEqual(expected);
    expect(expected.some((x) => x !== 0)).toBe(true);
  });
});
