import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, it } from "vitest";
import { expectSame, mask, type Numbers, normal, onNative, onStock, whole } from "../../test/oracle";
import { nativeAvailable } from "../../test/test-support";
import { loadAddon } from "../addon";

/** tf.oneHot wants two classes or more. */
const oneHot = (targets: tf.Tensor, classes: number) =>
  tf.cast(tf.equal(tf.reshape(targets, [-1, 1]), tf.range(0, classes, 1, "int32")), "float32");

function composed(logits: tf.Tensor, targets: tf.Tensor, weights?: tf.Tensor): tf.Tensor {
  const [n, classes] = logits.shape as [number, number];
  const own = tf.sum(tf.mul(logits, oneHot(targets, classes)), 1);
  const shares = weights ? tf.div(weights, tf.sum(weights)) : tf.fill([n], 1 / n);
  return tf.sum(tf.mul(shares, tf.sub(tf.logSumExp(logits, 1), own)));
}

async function compare(logits: Numbers, weighted: boolean): Promise<void> {
  const [n, classes] = logits.shape as [number, number];
  const targets = whole(n, [n], classes);
  const weights = weighted ? { weights: mask(classes, [n]) } : {};
  if (weights.weights) weights.weights.values[0] = 0.25;
  const dy = { shape: [], values: Float32Array.of(1.5) };
  const [loss, state] = await onNative("RsdixCrossEntropy", { logits, targets, ...weights }, { training: true });
  expect(await onNative("RsdixCrossEntropy", { logits, targets, ...weights }, { training: false })).toEqual([loss]);
  const [gradient] = await onNative("RsdixCrossEntropyGrad", { dy, logits, targets, ...weights, state: state! });
  const expected = await onStock({ logits, targets, dy, ...weights }, (t) => {
    const f = (x: tf.Tensor) => composed(x, t.targets!, t.weights);
    return [f(t.logits!), tf.grad(f)(t.logits!, t.dy)];
  });
  expectSame([loss!, gradient!], expected);
}

describe.runIf(nativeAvailable)("cross-entropy on native equals stock ops in value and gradient", () => {
  it.each([
    [1, 1],
    [1, 2],
    [5, 3],
    [64, 64],
    [33, 1001],
    [300, 10],
  ])("%i rows of %i classes", async (n, classes) => {
    for (const weighted of [false, true]) await compare(normal(n, [n, classes], 3), weighted);
  });

  it("at extremes, and with NaN", async () => {
    const logits = normal(4, [4, 10], 1000);
    await compare(logits, true);
    logits.values[35] = Number.NaN;
    await compare(logits, false);
  });

  it("a row of no weight has no gradient, unless it has NaN in it", async () => {
    const logits = { shape: [3, 2], values: Float32Array.of(1, 2, 3, 4, Number.NaN, 1) };
    const inputs = {
      logits,
      targets: { shape: [3], values: Int32Array.of(0, 1, 0) },
      weights: { shape: [3], values: Float32Array.of(1, 0, 0) },
    };
    const [, state] = await onNative("RsdixCrossEntropy", inputs, { training: true });
    const dy = { shape: [], values: Float32Array.of(1) };
    const [gradient] = await onNative("RsdixCrossEntropyGrad", { dy, ...inputs, state: state! });
    expect([...gradient!.values].map((x) => Math.round(x * 1e4) / 1e4)).toEqual([-0.7311, 0.7311, 0, 0, Number.NaN, Number.NaN]);
  });

  it("no rows make no loss", async () => {
    const inputs = { logits: { shape: [0, 3], values: new Float32Array(0) }, targets: { shape: [0], values: new Int32Array(0) } };
    const [loss] = await onNative("RsdixCrossEntropy", inputs, { training: false });
    expect([...loss!.values]).toEqual([0]);
  });

  it("a target that is no class is an error", async () => {
    for (const target of [-1, 3]) {
      const inputs = { logits: normal(1, [2, 3]), targets: { shape: [2], values: Int32Array.of(0, target) } };
      await expect(onNative("RsdixCrossEntropy", inputs, { training: false })).rejects.toThrow(`target ${target} at 1 is not in [0, 3)`);
    }
  });

  it("takes no array that is too short", () => {
    const { crossEntropy, crossEntropyGrad } = loadAddon();
    const [one, six, ids] = [new Float32Array(1), new Float32Array(6), new Int32Array(2)];
    expect(() => crossEntropy(one, ids, null, one, null, 2, 3)).toThrow(/argument 0 must hold 6/);
    expect(() => crossEntropy(six, ids, one, one, null, 2, 3)).toThrow(/argument 2 must hold 2/);
    expect(() => crossEntropy(six, six as never, null, one, null, 2, 3)).toThrow(/argument 1 must be a Int32Array/);
    expect(() => crossEntropyGrad(one, six, ids, null, one, six, 2, 3)).toThrow(/argument 4 must hold 2/);
  });
});
