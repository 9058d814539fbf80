import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, it } from "vitest";
import { expectSame, mask, type Numbers, normal, onNative, onStock } from "../../test/oracle";
import { nativeAvailable } from "../../test/test-support";
import { loadAddon } from "../addon";

const MASKED = -1e9;

interface Case {
  batch: number;
  heads: number;
  queries: number;
  keys: number;
  d: number;
  causal?: boolean;
  masked?: boolean;
  scale?: number;
}

/** The composition of stock ops, on [batch, heads, rows, d]. */
function composed(q: tf.Tensor, k: tf.Tensor, v: tf.Tensor, keyMask: tf.Tensor | undefined, causal: boolean, scale: number): tf.Tensor {
  const [queries, keys] = [q.shape[2]!, k.shape[2]!];
  let scores = tf.matMul(tf.mul(q, scale), k, false, true);
  if (causal) {
    const hidden = Array.from({ length: queries }, (_, i) => Array.from({ length: keys }, (_, j) => (j > i + keys - queries ? MASKED : 0)));
    scores = tf.add(scores, tf.tensor2d(hidden, [queries, keys]));
  }
  if (keyMask) scores = tf.add(scores, tf.reshape(tf.mul(tf.sub(1, keyMask), MASKED), [-1, 1, 1, keys]));
  return tf.matMul(tf.softmax(scores), v);
}

function inputsOf(c: Case, seed = 1): Record<"q" | "k" | "v" | "dy", Numbers> & { keyMask?: Numbers } {
  const shape = (rows: number) => [c.batch, c.heads, rows, c.d];
  return {
    q: normal(seed, shape(c.queries)),
    k: normal(seed + 1, shape(c.keys)),
    v: normal(seed + 2, shape(c.keys)),
    dy: normal(seed + 3, shape(c.queries)),
    ...(c.masked && { keyMask: mask(seed + 4, [c.batch, c.keys]) }),
  };
}

async function compareApart(c: Case, inputs = inputsOf(c)): Promise<void> {
  const { dy, ...given } = inputs;
  const attrs = { causal: c.causal ?? false, scale: c.scale ?? 1 / Math.sqrt(c.d) };
  const [y, state] = await onNative("RsdixAttention", given, { ...attrs, training: true });
  expect(await onNative("RsdixAttention", given, { ...attrs, training: false })).toEqual([y]);
  const gradients = await onNative("RsdixAttentionGrad", { dy, ...given, state: state! }, attrs);
  const expected = await onStock(inputs, (t) => {
    const f = (q: tf.Tensor, k: tf.Tensor, v: tf.Tensor) => composed(q, k, v, t.keyMask, attrs.causal, attrs.scale);
    return [f(t.q!, t.k!, t.v!), ...tf.grads(f)([t.q!, t.k!, t.v!], t.dy!)];
  });
  expectSame([y!, ...gradients], expected, 2e-5);
}

const cases: Case[] = [
  { batch: 1, heads: 1, queries: 1, keys: 1, d: 1 },
  { batch: 2, heads: 3, queries: 50, keys: 50, d: 64 },
  { batch: 2, heads: 2, queries: 77, keys: 77, d: 64, causal: true },
  { batch: 3, heads: 2, queries: 5, keys: 9, d: 7, causal: true, masked: true },
  { batch: 1, heads: 2, queries: 130, keys: 130, d: 20, causal: true },
  { batch: 2, heads: 1, queries: 65, keys: 65, d: 33, causal: true, masked: true },
  { batch: 1, heads: 1, queries: 200, keys: 300, d: 16, scale: 0.5 },
  { batch: 2, heads: 2, queries: 3, keys: 17, d: 80, masked: true },
  { batch: 1, heads: 4, queries: 1, keys: 40, d: 64, causal: true },
];

describe.runIf(nativeAvailable)("attention on native equals stock ops in value and gradients", () => {
  it.each(cases.map((c) => [JSON.stringify(c), c] as const))("%s", (_, c) => compareApart(c));

  it("on 60 random shapes", async () => {
    const { values } = normal(9, [60 * 6]);
    const pick = (i: number, most: number) => 1 + Math.floor(Math.abs(values[i]! * 1e4) % most);
    for (let i = 0; i < 60; i++) {
      const at = i * 6;
      const queries = pick(at, 24);
      const [causal, masked] = [i % 2 === 0, i % 3 === 0];
      const keys = causal ? queries + pick(at + 1, 12) - 1 : pick(at + 1, 40);
      await compareApart({ batch: pick(at + 2, 3), heads: pick(at + 3, 3), queries, keys, d: pick(at + 4, 40), causal, masked });
    }
  });

  it("a row of masked keys attends evenly, in causal order too", async () => {
    for (const causal of [false, true]) {
      const c = { batch: 2, heads: 2, queries: 70, keys: 70, d: 8, causal, masked: true };
      const inputs = inputsOf(c);
      inputs.keyMask!.values.fill(0, 0, 70); // a sequence of nothing
      inputs.keyMask!.values.fill(0, 70, 75); // padding on the left: its rows see no key at all
      await compareApart(c, inputs);
    }
  });

  it.each([
    ["q", 70],
    ["k", 1000],
    ["v", 1000],
    ["dy", 900],
  ] as const)("NaN and infinity in %s go where stock ops let them", async (name, at) => {
    for (const value of [Number.NaN, Number.POSITIVE_INFINITY]) {
      const c = { batch: 1, heads: 2, queries: 80, keys: 80, d: 8, causal: true };
      const inputs = inputsOf(c);
      inputs[name].values[at] = value;
      await compareApart(c, inputs);
    }
  });

  it("nothing to do: no batch, no queries, no keys", async () => {
    for (const [batch, queries, keys] of [
      [0, 2, 3],
      [2, 0, 3],
    ] as const)
      await compareApart({ batch, heads: 2, queries, keys, d: 4 });
    const none = inputsOf({ batch: 1, heads: 1, queries: 2, keys: 0, d: 3 });
    const [y] = await onNative("RsdixAttention", { q: none.q, k: none.k, v: none.v }, { causal: false, scale: 1, training: false });
    expect([...y!.values]).toEqual([0, 0, 0, 0, 0, 0]);
  });
});

describe.runIf(nativeAvailable)("self-attention on native equals attention on transposed heads", () => {
  const [batch, heads, tokens, d] = [3, 4, 11, 12];
  const width = heads * d;
  const attrs = { batch, heads, causal: true, scale: 0.3 };
  const qkv = normal(1, [batch * tokens, 3 * width]);
  const dy = normal(2, [batch * tokens, width]);
  const keyMask = mask(3, [batch, tokens]);
  const parts = (t: tf.Tensor) => tf.split(t, 3, 1);
  const toHeads = (t: tf.Tensor) => tf.transpose(tf.reshape(t, [batch, tokens, heads, d]), [0, 2, 1, 3]);
  const rows = (q: tf.Tensor, k: tf.Tensor, v: tf.Tensor, m: tf.Tensor) =>
    tf.reshape(tf.transpose(composed(toHeads(q), toHeads(k), toHeads(v), m, true, 0.3), [0, 2, 1, 3]), [batch * tokens, width]);

  it("q, k and v side by side", async () => {
    const [y, state] = await onNative("RsdixSelfAttention", { qkv, keyMask }, { ...attrs, training: true });
    const [dqkv] = await onNative("RsdixSelfAttentionGrad", { dy, qkv, keyMask, state: state! }, attrs);
    const expected = await onStock({ qkv, dy, keyMask }, (t) => {
      const f = (x: tf.Tensor) => rows(...(parts(x) as [tf.Tensor, tf.Tensor, tf.Tensor]), t.keyMask!);
      return [f(t.qkv!), tf.grad(f)(t.qkv!, t.dy!)];
    });
    expectSame([y!, dqkv!], expected, 2e-5);
  });

  it("q, k and v in three tensors", async () => {
    const [q, k, v] = (await onStock({ qkv }, (t) => parts(t.qkv!))) as [Numbers, Numbers, Numbers];
    const [y, state] = await onNative("RsdixSelfAttentionParts", { q, k, v, keyMask }, { ...attrs, training: true });
    const gradients = await onNative("RsdixSelfAttentionPartsGrad", { dy, q, k, v, keyMask, state: state! }, attrs);
    const expected = await onStock({ q, k, v, dy, keyMask }, (t) => {
      const f = (a: tf.Tensor, b: tf.Tensor, c: tf.Tensor) => rows(a, b, c, t.keyMask!);
      return [f(t.q!, t.k!, t.v!), ...tf.grads(f)([t.q!, t.k!, t.v!], t.dy!)];
    });
    expectSame([y!, ...gradients], expected, 2e-5);
  });

  it("takes no array that is too short, no layout it doesn't know", () => {
    const { attention, attentionGrad } = loadAddon();
    const [six, eighteen] = [new Float32Array(6), new Float32Array(18)];
    expect(() => attention(six, six, six, null, six, null, 1, 1, 1, 2, 2, 3, false, 1)).toThrow(/argument 0 must hold 18/);
    expect(() => attention(eighteen, eighteen, eighteen, null, new Float32Array(5), null, 1, 1, 1, 2, 2, 3, false, 1)).toThrow(
      /argument 4 must hold 6/,
    );
    expect(() => attention(six, six, six, null, six, null, 3, 1, 1, 2, 2, 3, false, 1)).toThrow(/argument 6 must be below 3/);
    expect(() => attention(six, six, six, null, six, null, 2, 1, 1, 2, 1, 3, false, 1)).toThrow(/as many keys as queries/);
    expect(() => attention(six, six, six, null, six, null, 0, 1, 1, 2, 1, 3, true, 1)).toThrow(/at least as many keys/);
    expect(() => attention(six, six, six, new Float32Array(1), six, null, 0, 1, 1, 2, 2, 3, false, 1)).toThrow(/argument 3 must hold 2/);
    expect(() => attentionGrad(six, six, six, six, null, new Float32Array(3), six, six, six, 0, 1, 1, 2, 2, 3, false, 1)).toThrow(
      /argument 5 must hold 4/,
    );
  });
});
