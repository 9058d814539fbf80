import * as tf from "@tensorflow/tfjs-core";
import { afterEach, describe, expect, it } from "vitest";
import { testBackends } from "../../../../test/backends";
import { expectNoLeak, onEachBackend } from "../../../../test/tensors";
import { KvCache, selfAttention, startBackend } from "../index";

const random = (shape: [number, number], seed: number) => tf.randomNormal(shape, 0, 1, "float32", seed) as tf.Tensor2D;
const numbers = (x: tf.Tensor) => [...x.dataSync()];

/** Tokens [batch · tokens, width] from one number of tokens to another. */
function between(qkv: tf.Tensor2D, batch: number, from: number, to: number): tf.Tensor2D {
  const [rows, width] = qkv.shape;
  return tf.reshape(tf.slice(tf.reshape(qkv, [batch, rows / batch, width]), [0, from, 0], [batch, to - from, width]), [-1, width]);
}

/** Sequences by index. */
function sequences(qkv: tf.Tensor2D, batch: number, rows: number[]): tf.Tensor2D {
  const [all, width] = qkv.shape;
  return tf.reshape(tf.gather(tf.reshape(qkv, [batch, all / batch, width]), tf.tensor1d(rows, "int32")), [-1, width]);
}

function agreesWithSelfAttention(layers: number, steps: number[]): void {
  const [batch, heads, headWidth] = [3, 2, 4];
  const tokens = steps.reduce((sum, step) => sum + step);
  const cache = new KvCache();
  tf.tidy(() => {
    const qkv = Array.from({ length: layers }, (_, layer) => random([batch * tokens, 3 * heads * headWidth], layer));
    const full = qkv.map((x) => selfAttention(x, { batch, heads, causal: true, scale: 0.7 }));
    let at = 0;
    for (const step of steps) {
      qkv.forEach((x, layer) => {
        const attended = cache.attend(layer, between(x, batch, at, at + step), { batch, heads, scale: 0.7 });
        expect(numbers(attended)).toBeAllclose(numbers(between(full[layer]!, batch, at, at + step)), { rtol: 1e-4, atol: 1e-5 });
      });
      at += step;
      expect(cache.length).toBe(at);
    }
  });
  cache.dispose();
}

/** The same while the program goes from backend to backend: a step and a change of order on each. */
async function movesAlong(backends: string[]): Promise<void> {
  const [batch, heads] = [2, 2];
  const before = tf.memory().numTensors;
  const cache = new KvCache();
  let qkv = random([batch * backends.length, 12], 3);
  for (const [i, backend] of backends.entries()) {
    await tf.setBackend(backend);
    tf.tidy(() => {
      const attended = cache.attend(0, between(qkv, batch, i, i + 1), { batch, heads });
      const full = selfAttention(between(qkv, batch, 0, i + 1), { batch, heads, causal: true });
      expect(numbers(attended)).toBeAllclose(numbers(between(full, batch, i, i + 1)), { rtol: 1e-4, atol: 1e-5 });
    });
    expect(cache.length).toBe(i + 1);
    cache.reorder([1, 0]);
    const swapped = tf.tidy(() => sequences(qkv, batch, [1, 0]));
    qkv.dispose();
    qkv = swapped;
  }
  cache.dispose();
  qkv.dispose();
  expect(tf.memory().numTensors - before).toBe(0);
}

function reorders(): void {
  const heads = 2;
  const cache = new KvCache();
  tf.tidy(() => {
    const qkv = random([3 * 5, 12], 1);
    cache.attend(0, between(qkv, 3, 0, 2), { batch: 3, heads });
    let order = [2, 0, 0]; // as many
    cache.reorder(order);
    let now = sequences(qkv, 3, order);
    const check = (from: number, to: number) => {
      const batch = order.length;
      const attended = cache.attend(0, between(now, batch, from, to), { batch, heads });
      const full = selfAttention(between(now, batch, 0, to), { batch, heads, causal: true });
      expect(numbers(attended)).toBeAllclose(numbers(between(full, batch, from, to)), { rtol: 1e-4, atol: 1e-5 });
    };
    check(2, 3);
    cache.reorder([1]); // fewer
    now = sequences(now, 3, [1]);
    order = [0];
    check(3, 4);
    cache.reorder([0, 0, 0, 0]); // more
    now = sequences(now, 1, [0, 0, 0, 0]);
    order = [0, 0, 0, 0];
    check(4, 5);
  });
  cache.dispose();
}

function masks(): void {
  const options = { batch: 2, heads: 2 };
  const cache = new KvCache();
  tf.tidy(() => {
    const qkv = random([2 * 4, 12], 1);
    const keyMask = tf.tensor2d([0, 1, 1, 1, 0, 0, 1, 1], [2, 4]);
    const full = selfAttention(qkv, { ...options, causal: true, keyMask });
    cache.attend(0, between(qkv, 2, 0, 3), { ...options, keyMask: tf.slice(keyMask, [0, 0], [2, 3]) });
    const last = cache.attend(0, between(qkv, 2, 3, 4), { ...options, keyMask });
    expect(numbers(last)).toBeAllclose(numbers(between(full, 2, 3, 4)), { rtol: 1e-4, atol: 1e-5 });
  });
  cache.dispose();
}

onEachBackend("KvCache", () => {
  it("gives what self-attention over all tokens gives, for a prompt and tokens after it, beyond its first capacity", () => {
    expectNoLeak(() => agreesWithSelfAttention(2, [4, 1, 1, 2, 1]));
    expectNoLeak(() => agreesWithSelfAttention(1, [63, 1, 1, 100]));
  });
  it("reorders to as many, fewer and more sequences", () => expectNoLeak(reorders));
  it("leaves masked tokens out", () => expectNoLeak(masks));
  it("refuses what doesn't fit, and gradients", () => {
    tf.tidy(() => {
      const cache = new KvCache();
      const qkv = random([2, 12], 1);
      cache.attend(0, qkv, { batch: 2, heads: 2 });
      expect(() => cache.attend(2, qkv, { batch: 2, heads: 2 })).toThrow(/layer must be .* at most 1/);
      expect(() => cache.attend(0, qkv, { batch: 1, heads: 2 })).toThrow(/holds \[2, 2, .*got batch 1/);
      expect(() => cache.attend(0, qkv, { batch: 2, heads: 5 })).toThrow(/5 heads, got \[2, 12\]/);
      expect(() => cache.attend(0, qkv, { batch: 2, heads: 2, keyMask: tf.ones([2, 1]) })).toThrow(/keyMask must have shape \[2, 2\]/);
      expect(() => cache.attend(0, qkv, { batch: 2, heads: 2, causal: true } as never)).toThrow(/no option "causal"/);
      expect(() => cache.reorder([0, 2])).toThrow(/sequence must be .* at most 1, got 2/);
      expect(() => tf.grad((x) => cache.attend(1, x as tf.Tensor2D, { batch: 2, heads: 2 }))(qkv)).toThrow(/no gradient.*selfAttention/);
      expect(cache.length).toBe(1);
      cache.dispose();
      expect(cache.length).toBe(0);
      expect(() => cache.reorder([0])).toThrow(/sequence/);
    });
  });
});

describe("KvCache on a backend that writes in place", () => {
  afterEach(() => {
    for (const name of ["RsdixCachedAttention", "RsdixCacheReorder"]) tf.unregisterKernel(name, "cpu");
  });

  it("gives the same", async () => {
    await tf.setBackend("cpu");
    let grown = 0;
    tf.registerKernel({
      kernelName: "RsdixCachedAttention",
      backendName: "cpu",
      kernelFunc: ({ inputs, attrs }) => tf.tidy(() => attendInPlace(inputs as never, attrs as never, () => grown++)),
    });
    tf.registerKernel({
      kernelName: "RsdixCacheReorder",
      backendName: "cpu",
      kernelFunc: ({ inputs }) => [
        tf.gather(inputs.keys as tf.Tensor, inputs.from as tf.Tensor1D),
        tf.gather(inputs.values as tf.Tensor, inputs.from as tf.Tensor1D),
      ],
    });
    expectNoLeak(() => agreesWithSelfAttention(2, [4, 1, 1, 2, 1]));
    grown = 0;
    expectNoLeak(() => agreesWithSelfAttention(1, [63, 1, 1, 100]));
    expect(grown).toBe(3); // 64 positions, 128, 256
    expectNoLeak(reorders);
    expectNoLeak(masks);
    await startBackend("wasm");
    await movesAlong(["cpu", "wasm", "cpu", "cpu", "wasm", "wasm", "cpu"]);
  });
});

describe("KvCache on a program's way from backend to backend", () => {
  it("keeps what it holds, between those of this run", async () => {
    const backends = testBackends();
    for (const backend of backends) await startBackend(backend);
    await movesAlong([...backends, ...backends.toReversed(), ...backends, ...backends]);
  });
});

/** What such a backend does, slowly: the cpu backend's tensors are typed arrays, which can be written to. */
function attendInPlace(
  { qkv, keys, values, keyMask }: { qkv: tf.Tensor2D; keys: tf.Tensor4D; values: tf.Tensor4D; keyMask?: tf.Tensor2D },
  { batch, heads, length, scale }: { batch: number; heads: number; length: number; scale: number },
  onNewMemory: () => void,
): tf.Tensor {
  const [capacity, d] = [keys.shape[2], keys.shape[3]];
  const tokens = qkv.shape[0] / batch;
  const arrays = [keys, values].map((x) => x.dataSync());
  if (!seen.has(arrays[0]!)) onNewMemory();
  seen.add(arrays[0]!);
  const rows = qkv.dataSync();
  for (let b = 0; b < batch; b++)
    for (let h = 0; h < heads; h++)
      for (let t = 0; t < tokens; t++)
        arrays.forEach((array, part) => {
          const row = (b * tokens + t) * 3 * heads * d + (part + 1) * heads * d + h * d;
          array.set(rows.subarray(row, row + d), ((b * heads + h) * capacity + length + t) * d);
        });
  const filled = (x: tf.Tensor4D) => tf.slice(x, [0, 0, 0, 0], [batch, heads, length + tokens, d]);
  const q = tf.transpose(tf.reshape(tf.slice(qkv, [0, 0], [-1, heads * d]), [batch, tokens, heads, d]), [0, 2, 1, 3]);
  const visible = tf.linalg.bandPart(tf.ones([tokens, length + tokens]), -1, length);
  const seenBy = keyMask ? tf.mul(visible, tf.reshape(keyMask, [batch, 1, 1, length + tokens])) : visible;
  const scores = tf.add(tf.mul(tf.matMul(q, filled(keys), false, true), scale), tf.mul(tf.sub(1, seenBy), -1e9));
  return tf.reshape(tf.transpose(tf.matMul(tf.softmax(scores), filled(values)), [0, 2, 1, 3]), [batch * tokens, heads * d]);
}

const seen = new WeakSet<object>();
