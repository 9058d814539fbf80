import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { createRandom } from "@rsdix/internal";
import * as tf from "@tensorflow/tfjs-core";
import { expect, it } from "vitest";
import { onEachBackend } from "../../../test/tensors";
import { adamWUpdate, crossEntropy, embedding, l2Normalize, layerNorm, linear, selfAttention, wasmHeapBytes } from "./index";

const [VOCABULARY, WIDTH, HEADS] = [97, 32, 4];

/** Weights of a small transformer, with their moments. */
function initialise() {
  const random = createRandom(3);
  const weight = (...shape: number[]) => {
    const values = Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () => random.normal() * 0.1);
    return tf.tidy(() => tf.variable(tf.tensor(values, shape)));
  };
  const weights = {
    table: weight(VOCABULARY, WIDTH),
    gamma: weight(WIDTH),
    beta: weight(WIDTH),
    qkv: weight(WIDTH, 3 * WIDTH),
    out: weight(WIDTH, WIDTH),
    up: weight(WIDTH, 4 * WIDTH),
    upBias: weight(4 * WIDTH),
    down: weight(4 * WIDTH, WIDTH),
  };
  const zeros = (like: tf.Variable) => tf.tidy(() => tf.variable(tf.zeros(like.shape)));
  const state = Object.values(weights).map((variable) => ({
    variable,
    first: zeros(variable),
    second: zeros(variable),
    average: zeros(variable),
  }));
  return { weights, state };
}

type Weights = ReturnType<typeof initialise>["weights"];

function loss(w: Weights, ids: Int32Array, batch: number): tf.Scalar {
  const [table, qkv, out, up, down] = [w.table, w.qkv, w.out, w.up, w.down] as tf.Tensor[] as tf.Tensor2D[];
  const norm = (x: tf.Tensor2D) => layerNorm(x, w.gamma as tf.Tensor as tf.Tensor1D, w.beta as tf.Tensor as tf.Tensor1D);
  const targets = tf.tensor1d(
    ids.map((id) => (id + 1) % VOCABULARY),
    "int32",
  );
  let x = embedding(table!, tf.tensor1d(ids, "int32")) as tf.Tensor2D;
  const mixed = selfAttention(linear(norm(x), qkv!), { batch, heads: HEADS, causal: true });
  x = linear(mixed, out!, undefined, { residual: x });
  const hidden = linear(norm(x), up!, w.upBias as tf.Tensor as tf.Tensor1D, "gelu");
  x = linear(hidden, down!, undefined, { residual: x });
  return crossEntropy(linear(l2Normalize(x), tf.mul(table!, 8), undefined, { transposed: true }), targets);
}

/**
 * Steps, how much smaller the loss is after them, and MiB of which the process may have more: on wasm and native a leak of 7 KiB a step would show. What a step
 * makes is about 1 MiB, and 0.8 is what was seen. Plain JavaScript, and a GPU in software, would take minutes for more steps.
 */
const soak = (backend: string) =>
  backend === "cpu" || backend === "webgpu" ? { steps: 40, share: 0.95, more: 8 } : { steps: 600, share: 0.25, more: 3 };

onEachBackend("a soak", (backend) => {
  const { steps, share, more } = soak(backend);
  it(`${steps} training steps of changing sizes leave memory flat`, { timeout: 300_000 }, () => {
    const random = createRandom(5);
    const { weights, state } = initialise();
    const variables = state.map(({ variable }) => variable);
    const step = (number: number) => {
      const [batch, length] = [1 + random.int(6), 3 + random.int(12)];
      const ids = Int32Array.from({ length: batch * length }, () => random.int(VOCABULARY));
      const { value, grads } = tf.variableGrads(() => loss(weights, ids, batch), variables);
      for (const { variable, first, second, average } of state) {
        adamWUpdate(variable, grads[variable.name]!, first, second, { learningRate: 3e-3, step: number, average, decay: 0.99 });
      }
      const result = value.dataSync()[0]!;
      tf.dispose([value, grads]);
      return result;
    };
    setFlagsFromString("--expose-gc");
    const collect = runInNewContext("gc") as () => void;
    const memory = () => {
      collect();
      const { numTensors, numDataBuffers } = tf.memory();
      const { heapUsed, arrayBuffers } = process.memoryUsage();
      return { numTensors, numDataBuffers, wasm: wasmHeapBytes() ?? 0, host: heapUsed + arrayBuffers };
    };
    const first = step(1);
    let warm = memory();
    let last = first;
    for (let number = 2; number <= steps; number++) {
      last = step(number);
      if (number === steps / 4) warm = memory();
    }
    const end = memory();
    expect(last).toBeLessThan(first * share); // it learned what follows what: the steps were real
    expect(end).toMatchObject({ numTensors: warm.numTensors, numDataBuffers: warm.numDataBuffers, wasm: warm.wasm });
    expect(end.host - warm.host).toBeLessThan(more * 2 ** 20);
    tf.dispose(state.map(Object.values));
  });
});
