import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, it } from "vitest";
import { expectSame, type Numbers, normal, onNative, onStock } from "../../test/oracle";
import { nativeAvailable } from "../../test/test-support";
import { loadAddon } from "../addon";

const EPSILON = 1e-12;
const composed = (x: tf.Tensor) => tf.mul(x, tf.div(1, tf.maximum(tf.sqrt(tf.sum(tf.square(x), 1, true)), EPSILON)));

async function compare(x: Numbers): Promise<void> {
  const dy = normal(9, x.shape);
  const [y, state] = await onNative("RsdixL2Normalize", { x }, { epsilon: EPSILON, training: true });
  expect(await onNative("RsdixL2Normalize", { x }, { epsilon: EPSILON, training: false })).toEqual([y]);
  const gradient = await onNative("RsdixL2NormalizeGrad", { dy, y: y!, state: state! });
  expectSame([y!, ...gradient], await onStock({ x, dy }, (t) => [composed(t.x!), tf.grad(composed)(t.x!, t.dy!)]));
}

describe.runIf(nativeAvailable)("rows on native equal stock ops", () => {
  it.each([[[1, 1]], [[7, 5]], [[64, 512]], [[3, 1000]], [[0, 4]]])("scaled to length 1: %j", (shape) => compare(normal(1, shape, 5)));

  it("scaled with NaN and infinity in them", () => {
    const x = normal(2, [4, 9]);
    x.values[10] = Number.NaN;
    x.values[20] = Number.POSITIVE_INFINITY;
    return compare(x);
  });

  it("a row of zeros stays zero, with the gradient of a division by epsilon", async () => {
    const x = { shape: [1, 3], values: new Float32Array(3) };
    const [y, state] = await onNative("RsdixL2Normalize", { x }, { epsilon: 0.5, training: true });
    expect([...y!.values]).toEqual([0, 0, 0]);
    const [dx] = await onNative("RsdixL2NormalizeGrad", { dy: { shape: [1, 3], values: Float32Array.of(1, 2, 3) }, y: y!, state: state! });
    expect([...dx!.values]).toEqual([2, 4, 6]);
  });

  it.each([[[0, 3]], [[1, 1]], [[5, 7]], [[2000, 3]], [[300, 700]], [[1600, 257]], [[70, 3072]]])("summed: %j", async (shape) => {
    const x = normal(3, shape);
    expectSame(await onNative("RsdixSumRows", { x }), await onStock({ x }, (t) => tf.sum(t.x!, 0)));
  });

  it("takes no array that is too short", () => {
    const { l2Normalize, l2NormalizeGrad, sumRows } = loadAddon();
    const [two, six] = [new Float32Array(2), new Float32Array(6)];
    expect(() => l2Normalize(six, two, null, 2, 3, EPSILON)).toThrow(/argument 1 must hold 6/);
    expect(() => l2Normalize(six, six, two, 3, 2, EPSILON)).toThrow(/argument 2 must hold 3/);
    expect(() => l2NormalizeGrad(six, six, two, six, 3, 2)).toThrow(/argument 2 must hold 3/);
    expect(() => sumRows(six, two, 2, 3)).toThrow(/argument 1 must hold 3/);
  });
});
