import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, it } from "vitest";
import { onEachBackend } from "../../../../test/tensors";
import { attention, layerNorm, linear, selfAttention } from "../index";
import { runComposed } from "./kernel";

type Inputs = Record<string, tf.Tensor>;

const random = (shape: number[], seed: number) => tf.randomNormal(shape, 0, 1, "float32", seed);
const two = (shape: [number, number], seed: number) => random(shape, seed) as tf.Tensor2D;
const four = (shape: [number, number, number, number], seed: number) => random(shape, seed) as tf.Tensor4D;

/** Numbers of a kernel as it is registered, then of what it is composed of. */
function bothWays(name: `Rsdix${string}`, inputs: Inputs, attrs: object): void {
  tf.tidy(() => {
    const own = [tf.engine().runKernel(name, inputs as never, attrs as never)].flat() as tf.Tensor[];
    const composed = runComposed(name, inputs, attrs as never);
    own.forEach((tensor, i) => {
      expect(tensor.shape).toEqual(composed[i]!.shape);
      expect(tensor.dataSync()).toBeAllclose(composed[i]!.dataSync(), { rtol: 2e-5, atol: 2e-5 });
    });
  });
}

/** Programs that a pass starts on WebGPU. */
function programs(pass: () => tf.TensorContainer): number {
  const backend = tf.backend() as unknown as { runWebGPUProgram: (...args: unknown[]) => unknown };
  const run = backend.runWebGPUProgram;
  let count = 0;
  backend.runWebGPUProgram = (...args) => {
    count++;
    return run.apply(backend, args);
  };
  try {
    tf.tidy(pass);
  } finally {
    backend.runWebGPUProgram = run;
  }
  return count;
}

onEachBackend("Fused operations", (backend) => {
  it("normalise rows that are longer than a workgroup, and add up more of them than it takes at a time", () => {
    tf.tidy(() => {
      const [x, dy] = [two([37, 300], 1), two([37, 300], 2)];
      const [gamma, beta] = [random([300], 3) as tf.Tensor1D, random([300], 4) as tf.Tensor1D];
      const grads = tf.grads((...inputs) => layerNorm(inputs[0]!, inputs[1] as tf.Tensor1D, inputs[2] as tf.Tensor1D));
      const [dx, dgamma, dbeta] = grads([x, gamma, beta], dy) as [tf.Tensor, tf.Tensor, tf.Tensor];
      const [xs, dys, gammas] = [x.arraySync(), dy.arraySync(), gamma.arraySync()];
      const rows = xs.map((row) => {
        const mean = row.reduce((sum, value) => sum + value, 0) / 300;
        const inverse = 1 / Math.sqrt(row.reduce((sum, value) => sum + (value - mean) ** 2, 0) / 300 + 1e-5);
        return { inverse, normal: row.map((value) => (value - mean) * inverse) };
      });
      const expected = rows.flatMap(({ inverse, normal }, i) => {
        const g = dys[i]!.map((value, j) => value * gammas[j]!);
        const meanOf = (values: number[]) => values.reduce((sum, value) => sum + value, 0) / 300;
        const [plain, along] = [meanOf(g), meanOf(g.map((value, j) => value * normal[j]!))];
        return g.map((value, j) => inverse * (value - plain - normal[j]! * along));
      });
      expect(dx.dataSync()).toBeAllclose(expected, { rtol: 1e-4, atol: 1e-5 });
      const columns = (of: (row: number, column: number) => number) =>
        gammas.map((_, j) => dys.reduce((sum, _row, i) => sum + of(i, j), 0));
      expect(dgamma.dataSync()).toBeAllclose(
        columns((i, j) => dys[i]![j]! * rows[i]!.normal[j]!),
        { rtol: 1e-4, atol: 1e-4 },
      );
      expect(dbeta.dataSync()).toBeAllclose(
        columns((i, j) => dys[i]![j]!),
        { rtol: 1e-4, atol: 1e-4 },
      );
    });
  });

  // The native addon keeps another state between forward and backward; its own tests compare it.
  const composes = backend !== "native";

  it.runIf(composes).each(["quickGelu", "gelu", "geluTanh", "relu", "tanh", undefined] as const)(
    "are what they are composed of: linear, %s",
    (activation) => {
      tf.tidy(() => {
        const inputs = { x: two([7, 9], 1), w: two([9, 11], 2), bias: random([11], 3), residual: two([7, 11], 4) };
        linear(inputs.x, inputs.w); // registers it
        bothWays("RsdixLinear", inputs, { activation, transposeW: false, training: false });
        const { residual, ...others } = inputs;
        bothWays("RsdixLinear", others, { activation, transposeW: false, training: true });
        bothWays("RsdixLinear", { ...others, residual }, { activation, transposeW: false, training: true });
        if (!activation) return;
        tf.grad((x) => linear(x as tf.Tensor2D, inputs.w, undefined, activation))(inputs.x);
        bothWays("RsdixActivationGrad", { dy: residual, state: two([7, 11], 5) }, { activation });
      });
    },
  );

  it.runIf(composes).each([
    [1, 5],
    [1, 400],
    [5, 70],
    [3, 330],
  ])("are what they are composed of: attention of %i queries to %i keys", (queries, keys) => {
    tf.tidy(() => {
      const [q, k, v] = [four([2, 3, queries, 8], 1), four([2, 3, keys, 8], 2), four([2, 3, keys, 8], 3)];
      const keyMask = tf.cast(tf.greater(two([2, keys], 4), 0), "float32");
      tf.grads((...inputs) => attention(inputs[0] as tf.Tensor4D, inputs[1] as tf.Tensor4D, inputs[2] as tf.Tensor4D))([q, k, v]);
      for (const attrs of [{ causal: false }, { causal: true }]) {
        bothWays("RsdixAttention", { q, k, v, keyMask }, { ...attrs, scale: 0.3, training: false });
        bothWays("RsdixAttention", { q, k, v }, { ...attrs, scale: 0.3, training: true });
      }
      const state = tf.softmax(random([2, 3, queries, keys], 5));
      bothWays("RsdixAttentionGrad", { dy: four([2, 3, queries, 8], 6), q, k, v, state }, { causal: false, scale: 0.3 });
    });
  });

  describe.runIf(backend === "webgpu")("start few programs", () => {
    it("forward", () => {
      tf.tidy(() => {
        const [x, w, one] = [two([6, 12], 1), two([12, 36], 2), tf.ones<tf.Rank.R1>([12])];
        expect(programs(() => layerNorm(x, one, one))).toBe(1);
        const qkv = linear(x, w);
        expect(programs(() => selfAttention(qkv, { batch: 2, heads: 3, causal: true }))).toBe(1);
        const residual = tf.zerosLike(qkv) as tf.Tensor2D;
        expect(programs(() => linear(x, w, undefined, { activation: "gelu", residual }))).toBe(2);
      });
    });

    it("with gradients", () => {
      tf.tidy(() => {
        const [x, w, one, dy] = [two([6, 12], 1), two([12, 36], 2), tf.ones<tf.Rank.R1>([12]), two([6, 12], 3)];
        expect(programs(() => tf.grad((y) => layerNorm(y, one, one))(x, dy))).toBe(1 + 4);
        const qkv = linear(x, w);
        expect(programs(() => tf.grad((y) => selfAttention(y as tf.Tensor2D, { batch: 2, heads: 3 }))(qkv, dy))).toBe(2 + 2);
      });
    });
  });
});
