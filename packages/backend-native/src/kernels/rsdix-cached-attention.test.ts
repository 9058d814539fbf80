import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, it } from "vitest";
import { expectSame, mask, type Numbers, normal, onNative, toTensor, whole } from "../../test/oracle";
import { nativeAvailable } from "../../test/test-support";
import { loadAddon } from "../addon";
import { registerNativeBackend } from "../register";

/** `tokens` new tokens of each sequence at a time; what the cache held before is the same tensor of qkv's first rows. */
async function decode(batch: number, heads: number, d: number, steps: number[], masked: boolean): Promise<void> {
  const total = steps.reduce((a, b) => a + b, 0);
  const width = heads * d;
  const qkv = normal(1, [batch * total, 3 * width]);
  const keyMask = masked ? { keyMask: mask(2, [batch, total]) } : {};
  const attrs = { batch, heads, causal: true, scale: 0.2 };
  // The whole sequence at once is the reference; it is held to stock ops in rsdix-attention.test.ts.
  const [whole] = await onNative("RsdixSelfAttention", { qkv, ...keyMask }, { ...attrs, training: false });
  const keys = tf.zeros([batch, heads, total + 3, d]);
  const values = tf.fill([batch, heads, total + 3, d], Number.NaN); // rows that aren't valid must not be read
  let length = 0;
  for (const tokens of steps) {
    const rows = (n: Numbers, columns: number): Numbers => {
      const out = new Float32Array(batch * tokens * columns);
      for (let b = 0; b < batch; b++) {
        const from = (b * total + length) * columns;
        out.set(n.values.subarray(from, from + tokens * columns), b * tokens * columns);
      }
      return { shape: [batch * tokens, columns], values: out };
    };
    const visible = keyMask.keyMask && tf.tidy(() => tf.slice(toTensor(keyMask.keyMask!), [0, 0], [batch, length + tokens]));
    const input = toTensor(rows(qkv, 3 * width));
    const inputs = { qkv: input, keys, values, ...(visible && { keyMask: visible }) };
    const y = tf.engine().runKernel("RsdixCachedAttention", inputs, { batch, heads, length, scale: 0.2 }) as tf.Tensor;
    const actual = { shape: y.shape, values: y.dataSync() as Float32Array };
    const expected = rows(whole!, width);
    if (!masked) expectSame([actual], [expected]);
    else expectSame([visibleRows(actual, keyMask.keyMask!, length, tokens)], [visibleRows(expected, keyMask.keyMask!, length, tokens)]);
    tf.dispose([y, input, ...(visible ? [visible] : [])]);
    length += tokens;
  }
  tf.dispose([keys, values]);
}

/** Zeros in rows that see masked keys alone: they attend evenly over what there is, which is less in a cache. */
function visibleRows({ shape, values }: Numbers, { values: seen, shape: [, total] }: Numbers, length: number, tokens: number): Numbers {
  const out = Float32Array.from(values);
  const width = shape[1]!;
  for (let row = 0; row < shape[0]!; row++) {
    const [b, t] = [Math.floor(row / tokens), row % tokens];
    if (!seen.subarray(b * total!, b * total! + length + t + 1).includes(1)) out.fill(0, row * width, (row + 1) * width);
  }
  return { shape, values: out };
}

describe.runIf(nativeAvailable)("attention over a cache on native equals attention over the whole sequence", () => {
  it.each([
    [1, 12, 64, [40, 1, 1, 1]],
    [8, 4, 16, [5, 1, 1]],
    [3, 2, 7, [1, 2, 3, 1]],
    [1, 1, 1, [1, 1]],
  ] as const)("%i sequences, %i heads of %i, %j tokens at a time", async (batch, heads, d, steps) => {
    await decode(batch, heads, d, [...steps], false);
    await decode(batch, heads, d, [...steps], true);
  });
});

describe.runIf(nativeAvailable)("reordering a cache on native", () => {
  beforeAll(async () => {
    await registerNativeBackend();
    await tf.setBackend("native");
  });
  const [heads, capacity, length, d] = [3, 6, 4, 5];
  const valid = (t: tf.Tensor) => tf.tidy(() => tf.slice(t, [0, 0, 0, 0], [-1, -1, length, -1]).dataSync().slice());

  it.each([[[0, 1, 2, 3]], [[3, 0, 1, 2]], [[1, 1, 0, 0]], [[2, 2, 2, 2]], [[1]], [[0, 1, 2, 3, 3, 3]], [[]]])("as %j", (order) => {
    // Results of a kernel: what the caller handed in, or has read, is never changed in place.
    const [keys, values] = [1, 2].map((seed) => tf.tidy(() => tf.neg(toTensor(normal(seed, [4, heads, capacity, d]))))) as [
      tf.Tensor,
      tf.Tensor,
    ];
    const from = tf.tensor1d(order, "int32");
    const expected = [keys, values].map((t) => tf.tidy(() => valid(tf.gather(t, from))));
    const ids = [keys.dataId, values.dataId];
    const outputs = tf.engine().runKernel("RsdixCacheReorder", { keys, values, from }, { length }) as tf.Tensor[];
    expect(outputs.map((t) => t.shape)).toEqual([keys, values].map(() => [order.length, heads, capacity, d]));
    if (order.length > 0) expect(outputs.map(valid)).toEqual(expected);
    expect(outputs.map(({ dataId }, i) => dataId === ids[i])).toEqual([order.length === 4, order.length === 4]);
    tf.dispose([keys, values, from, ...outputs]);
  });

  it("leaves a cache alone that somebody else refers to", () => {
    const keys = toTensor(normal(1, [2, 1, 2, 3]));
    const values = toTensor(normal(2, [2, 1, 2, 3]));
    const held = tf.clone(keys);
    const before = Float32Array.from(keys.dataSync());
    const from = tf.tensor1d([1, 0], "int32");
    const outputs = tf.engine().runKernel("RsdixCacheReorder", { keys, values, from }, { length: 2 }) as tf.Tensor[];
    expect(held.dataSync()).toEqual(before);
    expect([...outputs[0]!.dataSync()]).toEqual([...before.subarray(6), ...before.subarray(0, 6)]);
    tf.dispose([keys, values, held, from, ...outputs]);
  });

  it("of many sequences, by several threads", () => {
    const big = [8, 3, 64, 160];
    const keys = toTensor(normal(3, big));
    const from = toTensor(whole(4, [8], 8));
    const expected = tf.tidy(() =>
      tf
        .gather(keys, from as tf.Tensor1D)
        .dataSync()
        .slice(),
    );
    const outputs = tf.engine().runKernel("RsdixCacheReorder", { keys, values: tf.clone(keys), from }, { length: 64 }) as tf.Tensor[];
    for (const output of outputs) expect(output.dataSync()).toEqual(expected);
    tf.dispose([keys, from, ...outputs]);
  });
});

describe.runIf(nativeAvailable)("a cache that doesn't fit", () => {
  it("is an error", () => {
    const { cachedAttention, cacheReorder } = loadAddon();
    const [six, twelve] = [new Float32Array(6), new Float32Array(12)];
    // batch 1, 1 head of 2, 1 token at position 2 of 3
    expect(() => cachedAttention(six, six, six, null, six, 1, 1, 1, 3, 3, 2, 1)).toThrow(/a cache of 3 tokens is full/);
    expect(() => cachedAttention(six, six, six, null, six, 1, 1, 1, 2, 4, 2, 1)).toThrow(/argument 1 must hold 8/);
    expect(() => cachedAttention(new Float32Array(5), six, six, null, six, 1, 1, 1, 2, 3, 2, 1)).toThrow(/argument 0 must hold 6/);
    expect(() => cachedAttention(six, six, six, new Float32Array(2), six, 1, 1, 1, 2, 3, 2, 1)).toThrow(/argument 3 must hold 3/);
    expect(() => cacheReorder(six, Int32Array.of(1), twelve, 1, 1, 1, 3, 3, 2)).toThrow(/sequence 1 at \d+ is not in \[0, 1\)/);
    expect(() => cacheReorder(six, Int32Array.of(-1), twelve, 1, 1, 1, 3, 3, 2)).toThrow(/sequence -1 at 0/);
    expect(() => cacheReorder(six, Int32Array.of(0, 0), six, 1, 2, 1, 3, 3, 2)).toThrow(/argument 2 must hold 12/);
    expect(() => cacheReorder(twelve, Int32Array.of(0), twelve, 2, 1, 1, 3, 3, 2)).toThrow(/in place/);
    expect(() => cacheReorder(six, Int32Array.of(0), six, 1, 1, 1, 3, 4, 2)).toThrow(/can't hold 4/);
  });
});
