import { createRandom } from "@rsdix/internal";
import * as tf from "@tensorflow/tfjs-core";
import { expect, it } from "vitest";
import { onEachBackend } from "../../../../test/tensors";
import { type Activation, attention, crossEntropy, embedding, l2Normalize, layerNorm, linear, selfAttention } from "../index";

const STEP = 0.03;

/** Seeded numbers from the normal distribution, none closer to 0 than 0.2: so that a step doesn't cross relu's corner at an input. */
function numbers(shape: number[], label: string): Float32Array {
  const random = createRandom(11).fork(label);
  return Float32Array.from({ length: tf.util.sizeFromShape(shape) }, () => {
    const value = random.normal();
    return Math.abs(value) < 0.2 ? value + Math.sign(value) : value;
  });
}

/**
 * The gradient of sum(f(inputs) · weight) against finite differences of fourth order, (8 (f(x+h) - f(x-h)) - (f(x+2h) - f(x-2h))) / 12h, the
 * sum in double precision.
 */
function agrees(shapes: Record<string, number[]>, f: (...inputs: tf.Tensor[]) => tf.Tensor): void {
  const names = Object.keys(shapes);
  const start = names.map((name) => numbers(shapes[name]!, name));
  const tensors = (values: Float32Array[]) => values.map((value, i) => tf.tensor(value, shapes[names[i]!]!));
  const outputShape = tf.tidy(() => f(...tensors(start)).shape);
  const weight = numbers(outputShape, "weight");
  const total = (values: Float32Array[]): number =>
    tf.tidy(() => [...f(...tensors(values)).dataSync()]).reduce((sum, y, i) => sum + y * weight[i]!, 0);

  const gradients = tf.tidy(() => {
    const weighted = (...inputs: tf.Tensor[]) => tf.sum(tf.mul(f(...inputs), tf.tensor(weight, outputShape)));
    return tf
      .grads(weighted)(tensors(start))
      .map((gradient) => gradient.dataSync().slice());
  });
  start.forEach((values, i) => {
    const numeric = values.map((value, at) => {
      const moved = (by: number) => total(start.map((other, j) => (j === i ? other.with(at, value + by * STEP) : other)));
      return (8 * (moved(1) - moved(-1)) - (moved(2) - moved(-2))) / (12 * STEP);
    });
    expect(gradients[i], names[i]).toBeAllclose(numeric, { rtol: 1e-3, atol: 2e-4 });
  });
}

const ids = (values: number[]) => tf.tensor1d(values, "int32");
const two = (x: tf.Tensor | undefined) => x as tf.Tensor2D;
const one = (x: tf.Tensor | undefined) => x as tf.Tensor1D;
const four = (x: tf.Tensor | undefined) => x as tf.Tensor4D;

onEachBackend("gradients equal finite differences", () => {
  it.each(["quickGelu", "gelu", "geluTanh", "tanh", undefined] as const)(
    "linear passes gradients on through %s, with a bias and with a residual",
    (activation) => {
      const options = activation ? { activation: activation as Activation } : {};
      agrees({ x: [3, 4], w: [4, 5], bias: [5] }, (x, w, b) => linear(two(x), two(w), one(b), options));
      agrees({ x: [2, 3], w: [3, 4], residual: [2, 4] }, (x, w, r) => linear(two(x), two(w), undefined, { ...options, residual: two(r) }));
    },
  );
  it("linear passes gradients on through relu, away from its corner", () => {
    agrees({ x: [3, 4] }, (x) => linear(two(x), tf.eye(4), undefined, "relu"));
  });
  it("layerNorm passes gradients on to x, gamma and beta", () =>
    agrees({ x: [2, 2, 5], gamma: [5], beta: [5] }, (x, g, b) => layerNorm(x, one(g), one(b))));
  it.each([{}, { causal: true }, { masked: true }, { causal: true, masked: true, scale: 0.4 }])(
    "attention passes gradients on to q, k and v: %j",
    ({ masked, ...options }: { masked?: boolean }) => {
      agrees({ q: [2, 2, 3, 4], k: [2, 2, 4, 4], v: [2, 2, 4, 4] }, (q, k, v) => {
        const keyMask = tf.tensor2d([1, 1, 1, 0, 1, 0, 1, 1], [2, 4]);
        return attention(four(q), four(k), four(v), { ...options, ...(masked && { keyMask }) });
      });
    },
  );
  it.each([{}, { causal: true, masked: true, scale: 0.4 }])(
    "selfAttention passes gradients on to packed rows and to three parts: %j",
    ({ masked, ...rest }: { masked?: boolean }) => {
      const options = () => ({ batch: 2, heads: 2, ...rest, ...(masked && { keyMask: tf.tensor2d([1, 1, 0, 1, 0, 1], [2, 3]) }) });
      agrees({ qkv: [6, 12] }, (qkv) => selfAttention(two(qkv), options()));
      agrees({ q: [6, 4], k: [6, 4], v: [6, 4] }, (q, k, v) => selfAttention([two(q), two(k), two(v)], options()));
    },
  );
  it("linear passes gradients on to a transposed weight", () => {
    const options = { activation: "tanh", transposed: true } as const;
    agrees({ x: [3, 4], w: [5, 4], bias: [5] }, (x, w, b) => linear(two(x), two(w), one(b), options));
  });
  it("embedding passes gradients on to the rows of its ids, and none to others", () =>
    agrees({ table: [4, 3] }, (table) => embedding(two(table), ids([2, 0, 2, 3]))));
  it("crossEntropy passes gradients on to logits, with weights and without", () => {
    agrees({ logits: [3, 4] }, (logits) => crossEntropy(two(logits), ids([2, 0, 3])));
    agrees({ logits: [3, 4] }, (logits) => crossEntropy(two(logits), ids([2, 0, 3]), { weights: tf.tensor1d([1, 0, 0.5]) }));
  });
  it("l2Normalize passes gradients on to rows of any length", () => agrees({ x: [3, 4] }, (x) => l2Normalize(two(x))));
});
