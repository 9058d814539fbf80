import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, it } from "vitest";
import { expectSame, type Numbers, normal, onNative, onStock } from "../../test/oracle";
import { nativeAvailable } from "../../test/test-support";
import { loadAddon } from "../addon";

const EPSILON = 1e-5;

function composed(x: tf.Tensor, gamma: tf.Tensor, beta: tf.Tensor): tf.Tensor {
  const centred = tf.sub(x, tf.mean(x, 1, true));
  const variance = tf.mean(tf.square(centred), 1, true);
  return tf.add(tf.mul(tf.mul(centred, tf.rsqrt(tf.add(variance, EPSILON))), gamma), beta);
}

async function compare(x: Numbers, seed: number, rtol = 1e-5): Promise<void> {
  const d = x.shape[1]!;
  const [gamma, beta, dy] = [normal(seed + 1, [d]), normal(seed + 2, [d]), normal(seed + 3, x.shape)];
  const [y, state] = await onNative("RsdixLayerNorm", { x, gamma, beta }, { epsilon: EPSILON, training: true });
  const [alone, ...rest] = await onNative("RsdixLayerNorm", { x, gamma, beta }, { epsilon: EPSILON, training: false });
  const gradients = await onNative("RsdixLayerNormGrad", { dy, x, gamma, state: state! });
  const expected = await onStock({ x, gamma, beta, dy }, (t) => {
    const inputs = [t.x!, t.gamma!, t.beta!];
    return [composed(t.x!, t.gamma!, t.beta!), ...tf.grads((a, b, c) => composed(a, b, c))(inputs, t.dy!)];
  });
  expect(rest).toEqual([]);
  expect(alone!.values).toEqual(y!.values);
  expectSame([y!, ...gradients], expected, rtol);
}

describe.runIf(nativeAvailable)("layer normalisation on native equals stock ops", () => {
  it.each([
    [1, 1],
    [1, 768],
    [3, 5],
    [50, 64],
    [257, 33],
    [2000, 7],
    [70, 1000],
  ])("[%i, %i]", (rows, d) => compare(normal(rows + d, [rows, d], 3), rows * d));

  it("without rows", () => compare({ shape: [0, 8], values: new Float32Array(0) }, 1));

  it("far from zero, where a difference of squares would lose all digits", () => {
    const x = normal(1, [4, 100]);
    for (let i = 0; i < x.values.length; i++) x.values[i]! += 1000;
    return compare(x, 7, 2e-4); // float32 itself: 1000 has a spacing of 6e-5
  });

  it("NaN and infinity spoil their rows, and theirs alone", () => {
    const x = normal(2, [4, 20]);
    x.values[23] = Number.NaN;
    x.values[65] = Number.POSITIVE_INFINITY;
    return compare(x, 5);
  });

  it("takes no array that is too short or of another type", () => {
    const { layerNorm, layerNormGrad } = loadAddon();
    const [two, six] = [new Float32Array(2), new Float32Array(6)];
    expect(() => layerNorm(six, two, two, six, null, 2, 3, EPSILON)).toThrow(/argument 1 must hold 3 numbers, it holds 2/);
    expect(() => layerNorm(six, two, two, six, two, 3, 2, EPSILON)).toThrow(/argument 4 must hold 6/);
    expect(() => layerNorm(new Float64Array(6) as never, two, two, six, null, 3, 2, EPSILON)).toThrow(/argument 0 must be a Float32Array/);
    expect(() => layerNorm(six, two, two, six, null, 2 ** 40, 2 ** 40, EPSILON)).toThrow(/too large/);
    expect(() => layerNorm(six, two, two, six, null, -1, 2, EPSILON)).toThrow(/must be a size/);
    expect(() => layerNormGrad(six, six, two, two, six, two, two, 3, 2)).toThrow(/argument 3 must hold 6/);
  });
});
