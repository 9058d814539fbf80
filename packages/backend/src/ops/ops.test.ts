import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, it } from "vitest";
import { expectNoLeak, onEachBackend } from "../../../../test/tensors";
import golden from "../fixtures/ops.json";
import {
  type Activation,
  adamWUpdate,
  attention,
  crossEntropy,
  emaUpdate,
  embedding,
  l2Normalize,
  layerNorm,
  linear,
  selfAttention,
  TransposedWeight,
} from "../index";

interface Numbers {
  shape: number[];
  values: number[];
}
interface Case {
  options: Record<string, unknown>;
  inputs: Record<string, Numbers>;
  output: Numbers;
  weight: Numbers;
  gradients: Record<string, Numbers>;
}
const cases = golden as unknown as Record<string, Case>;
const tensor = ({ values, shape }: Numbers) => tf.tensor(values, shape);
const int = (values: unknown) => tf.tensor(values as number[], undefined, "int32");

/** Value and gradients of sum(f(inputs) * weight) against the golden ones. */
function agrees(name: string, f: (...inputs: tf.Tensor[]) => tf.Tensor, tolerance = { rtol: 2e-5, atol: 2e-6 }): void {
  const { inputs, output, weight, gradients } = cases[name]!;
  const run = () =>
    tf.tidy(() => {
      const tensors = Object.values(inputs).map(tensor);
      const value = f(...tensors);
      const grads = tf.grads((...args) => tf.sum(tf.mul(f(...args), tensor(weight))))(tensors);
      return [value, ...grads].map((t) => [t.shape, t.dataSync().slice()] as const);
    });
  const [value, ...grads] = expectNoLeak(run);
  expect(value![0]).toEqual(output.shape);
  expect(value![1]).toBeAllclose(output.values, tolerance);
  Object.values(gradients).forEach((gradient, i) => {
    expect(grads[i]![1]).toBeAllclose(gradient.values, tolerance);
  });
}

onEachBackend("ops equal PyTorch in value and gradient", () => {
  it.each(["none", "quickGelu", "gelu", "geluTanh", "relu", "tanh"])("linear multiplies, adds its bias and applies %s", (name) => {
    const activation = name === "none" ? undefined : (name as Activation);
    agrees(`linear/${name}`, (x, w, b) => linear(x as tf.Tensor2D, w as tf.Tensor2D, b as tf.Tensor1D, activation));
  });
  it("linear adds a residual after the activation", () => {
    agrees("linear/residual", (x, w, b, r) =>
      linear(x as tf.Tensor2D, w as tf.Tensor2D, b as tf.Tensor1D, { activation: "geluTanh", residual: r as tf.Tensor2D }),
    );
  });
  it("layerNorm normalises the last axis, with gain and bias", () =>
    agrees("layerNorm", (x, g, b) => layerNorm(x, g as tf.Tensor1D, b as tf.Tensor1D)));
  it.each(["plain", "causal", "cache", "mask"])("attention weighs values by scaled products: %s", (name) => {
    const { keyMask, ...rest } = cases[`attention/${name}`]!.options as { keyMask?: Numbers; causal?: boolean; scale?: number };
    agrees(`attention/${name}`, (q, k, v) =>
      attention(q as tf.Tensor4D, k as tf.Tensor4D, v as tf.Tensor4D, {
        ...rest,
        ...(keyMask && { keyMask: tensor(keyMask) as tf.Tensor2D }),
      }),
    );
  });
  it.each(["packed", "parts"])("selfAttention splits rows into heads: %s", (name) => {
    const { keyMask, ...rest } = cases[`selfAttention/${name}`]!.options as {
      keyMask?: Numbers;
      batch: number;
      heads: number;
      causal: boolean;
    };
    agrees(`selfAttention/${name}`, (...inputs) => {
      const [q, k, v] = inputs as tf.Tensor2D[];
      const options = { ...rest, ...(keyMask && { keyMask: tensor(keyMask) as tf.Tensor2D }) };
      return selfAttention(name === "packed" ? q! : [q!, k!, v!], options);
    });
  });
  it("embedding adds up the gradients of ids that repeat", () => {
    agrees("embedding", (table) => embedding(table as tf.Tensor2D, int(cases.embedding!.options.ids)));
  });
  it.each(["mean", "weights"])("crossEntropy averages over rows: %s", (name) => {
    const { targets, weights } = cases[`crossEntropy/${name}`]!.options as { targets: number[]; weights?: number[] };
    agrees(`crossEntropy/${name}`, (logits) =>
      crossEntropy(logits as tf.Tensor2D, int(targets) as tf.Tensor1D, weights ? { weights: tf.tensor1d(weights) } : {}),
    );
  });
  it("l2Normalize gives each row the length 1", () => agrees("l2Normalize", (x) => l2Normalize(x as tf.Tensor2D)));

  it("adamWUpdate and emaUpdate follow PyTorch for ten steps, together and apart", () => {
    const { start, gradients, states, averages, decay } = golden.adamW;
    const zeros = start.map(() => 0);
    expectNoLeak(() => {
      const variables = tf.tidy(() => [start, zeros, zeros, start, start].map((values) => tf.variable(tf.tensor1d(values))));
      const [p, m, v, average, apart] = variables as [tf.Variable, tf.Variable, tf.Variable, tf.Variable, tf.Variable];
      gradients.forEach((gradient, i) => {
        const options = { learningRate: 0.05, step: i + 1, beta2: 0.99, weightDecay: 0.1 };
        tf.tidy(() => adamWUpdate(p, tf.tensor1d(gradient), m, v, i < 5 ? { ...options, average, decay } : options));
        if (i >= 5) emaUpdate(average, p, decay);
        emaUpdate(apart, p, decay);
        expect(p.dataSync()).toBeAllclose(states[i]!, { rtol: 1e-5, atol: 1e-6 });
        expect(average.dataSync()).toBeAllclose(averages[i]!, { rtol: 1e-5, atol: 1e-6 });
        expect(apart.dataSync()).toBeAllclose(averages[i]!, { rtol: 1e-5, atol: 1e-6 });
      });
      for (const variable of variables) variable.dispose();
    });
  });
  it("adamWUpdate refuses one variable in two parts", () => {
    tf.tidy(() => {
      const [p, m] = [tf.variable(tf.tensor1d([1])), tf.variable(tf.tensor1d([0]))];
      expect(() => adamWUpdate(p, tf.tensor1d([1]), m, m, { learningRate: 0.1, step: 1 })).toThrow(/variables of their own/);
      expect([...p.dataSync(), ...m.dataSync()]).toEqual([1, 0]);
      tf.dispose([p, m]);
    });
  });

  it.each([[[]], [[0]], [[3, 5, 7]], [[129]]])("adamWUpdate changes a variable of shape %j as the formula says", (shape) => {
    expectNoLeak(() => {
      const size = tf.util.sizeFromShape(shape);
      const values = (seed: number) => Array.from({ length: size }, (_, i) => Math.sin(seed * 100 + i));
      const of = (numbers: number[]) => tf.tensor(Float32Array.from(numbers), shape);
      const [p0, g, m0, a0] = [values(1), values(2), values(3), values(4)];
      const v0 = values(5).map(Math.abs);
      const variables = tf.tidy(() => [p0, m0, v0, a0].map((numbers) => tf.variable(of(numbers))));
      const [p, m, v, average] = variables as [tf.Variable, tf.Variable, tf.Variable, tf.Variable];
      const options = { learningRate: 0.1, step: 3, beta1: 0.8, beta2: 0.9, epsilon: 1e-3, weightDecay: 0.2, average, decay: 0.7 };
      tf.tidy(() => adamWUpdate(p, of(g), m, v, options));
      const first = m0.map((each, i) => 0.8 * each + 0.2 * g[i]!);
      const second = v0.map((each, i) => 0.9 * each + 0.1 * g[i]! ** 2);
      const root = (i: number) => Math.sqrt(second[i]! / (1 - 0.9 ** 3)) + 1e-3;
      const moved = p0.map((each, i) => each * (1 - 0.1 * 0.2) - (0.1 * first[i]!) / (1 - 0.8 ** 3) / root(i));
      const mean = a0.map((each, i) => 0.7 * each + 0.3 * moved[i]!);
      for (const [variable, expected] of [
        [m, first],
        [v, second],
        [p, moved],
        [average, mean],
      ] as const) {
        expect(variable.shape).toEqual(shape);
        expect(variable.dataSync()).toBeAllclose(expected, { rtol: 1e-5, atol: 1e-6 });
      }
      tf.dispose(variables);
    });
  });

  it("adamWUpdate leaves other references to what it changes alone", () => {
    tf.tidy(() => {
      const p = tf.variable(tf.tensor1d([1, 2]));
      const [m, v] = [tf.variable(tf.zeros([2])), tf.variable(tf.zeros([2]))];
      const copy = tf.clone(p);
      const read = p.dataSync();
      adamWUpdate(p, tf.tensor1d([1, -1]), m, v, { learningRate: 0.5, step: 1 });
      adamWUpdate(p, tf.tensor1d([1, -1]), m, v, { learningRate: 0.5, step: 2 });
      expect(p.dataSync()).toBeAllclose([0, 3]);
      expect([...copy.dataSync(), ...read]).toEqual([1, 2, 1, 2]);
      tf.dispose([p, m, v]);
    });
  });

  it("takes a weight that is stored transposed, at once or prepared", () => {
    expectNoLeak(() => {
      const random = (shape: [number, number], seed: number) => tf.randomNormal(shape, 0, 1, "float32", seed) as tf.Tensor2D;
      const [x, w, residual] = [random([3, 4], 1), random([5, 4], 2), random([3, 5], 3)];
      const prepared = new TransposedWeight(w);
      const expected = tf.matMul(x, w, false, true);
      const results = [
        linear(x, w, undefined, { transposed: true }),
        prepared.apply(x),
        tf.tidy(() => tf.sub(linear(x, w, tf.ones([5]), { transposed: true, residual }), tf.add(residual, 1))),
      ];
      for (const result of results) expect(result.dataSync()).toBeAllclose(expected.dataSync());
      expect(() => prepared.apply(residual)).toThrow(/x must be \[n, 4\], got \[3, 5\]/);
      prepared.dispose();
      tf.dispose([x, w, residual, results, expected]);
    });
  });

  it("stays finite at extremes", () => {
    tf.tidy(() => {
      const big = tf.tensor2d([
        [1e4, -1e4],
        [0, 0],
      ]);
      const loss = crossEntropy(big, int([1, 0]) as tf.Tensor1D);
      expect([loss.dataSync()[0]!]).toBeAllclose([(2e4 + Math.LN2) / 2]);
      expect(l2Normalize(big).dataSync()).toBeAllclose([Math.SQRT1_2, -Math.SQRT1_2, 0, 0]);
      const gradient = tf.grad((x) => tf.sum(layerNorm(x, tf.ones([2]), tf.zeros([2]))))(tf.zeros([2, 2]));
      expect([...gradient.dataSync()].every(Number.isFinite)).toBe(true);
    });
  });
});

describe("wrong input", () => {
  it("names both shapes, the activation, the option", () => {
    tf.tidy(() => {
      expect(() => linear(tf.zeros([2, 3]), tf.zeros([4, 5]))).toThrow(/\[2, 3\].*\[4, 5\]/);
      expect(() => linear(tf.zeros([2, 3]), tf.zeros([3, 5]), tf.zeros([3]))).toThrow(/bias must have shape \[5\], got \[3\]/);
      expect(() => linear(tf.zeros([2, 3]), tf.zeros([3, 5]), undefined, "swish" as Activation)).toThrow(/swish.*quickGelu/);
      expect(() => linear(tf.zeros([1, 2, 3]) as unknown as tf.Tensor2D, tf.zeros([3, 5]))).toThrow(/\[n, in\], got shape \[1, 2, 3\]/);
      expect(() => linear(tf.zeros([2, 3]), tf.zeros([3, 5]), undefined, { residual: tf.zeros([2, 3]) })).toThrow(/residual.*\[2, 5\]/);
      expect(() => linear(tf.zeros([2, 3]), tf.zeros([3, 5]), undefined, { bias: 1 } as never)).toThrow(/no option "bias"/);
      expect(() => layerNorm(tf.zeros([2, 3]), tf.zeros([2]), tf.zeros([3]))).toThrow(/gamma must have shape \[3\]/);
      const x = tf.zeros([1, 1, 3, 4]) as tf.Tensor4D;
      expect(() => attention(x, tf.zeros([1, 1, 2, 5]), x)).toThrow(/k and v must be \[1, 1, keys, 4\]/);
      expect(() => attention(x, x, x, { masked: true } as never)).toThrow(/no option "masked"/);
      expect(() => attention(x, tf.zeros([1, 1, 2, 4]), tf.zeros([1, 1, 2, 4]), { causal: true })).toThrow(/as many keys as queries/);
      expect(() => linear(tf.zeros([2, 3]), tf.zeros([3, 5]), undefined, { transposed: true })).toThrow(/w's last, as it is transposed/);
      expect(() => selfAttention(tf.zeros([6, 12]), { batch: 4, heads: 2 })).toThrow(/qkv must be .* batch 4 and 2 heads, got \[6, 12\]/);
      expect(() => selfAttention(tf.zeros([6, 12]), { batch: 2, heads: 0 })).toThrow(/heads must be a whole number at least 1/);
      const rows = tf.zeros([6, 12]) as tf.Tensor2D;
      expect(() => selfAttention([rows, rows, tf.zeros([6, 8])], { batch: 2, heads: 2 })).toThrow(/q, k and v.*\[6, 12\], \[6, 8\]/);
      expect(() => selfAttention(rows, { batch: 2, heads: 2, keyMask: tf.zeros([2, 6]) })).toThrow(/keyMask must have shape \[2, 3\]/);
      const p = tf.variable(tf.zeros([2]));
      const options = { learningRate: 1, step: 1 };
      expect(() => adamWUpdate(p, p, p, p, { ...options, decay: 0.9 })).toThrow(/come together/);
      expect(() => adamWUpdate(p, p, p, p, { ...options, average: p, decay: 2 })).toThrow(/decay.*at most 1/);
      expect(() => emaUpdate(p, tf.zeros([3]), 0.5)).toThrow(/same shape/);
      p.dispose();
      expect(() => embedding(tf.zeros([2, 3]), tf.zeros([2]))).toThrow(/int32, got float32/);
      expect(() => crossEntropy(tf.zeros([2, 3]), tf.zeros([3], "int32"))).toThrow(/shape \[2\], got \[3\]/);
    });
  });
});
