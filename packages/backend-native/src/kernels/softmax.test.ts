import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, it } from "vitest";
import { expectSame, type Numbers, normal, onNative, onStock } from "../../test/oracle";
import { nativeAvailable } from "../../test/test-support";
import { loadAddon } from "../addon";

async function compare(logits: Numbers): Promise<void> {
  const dim = logits.shape.length - 1;
  expectSame(await onNative("Softmax", { logits }, { dim }), await onStock({ logits }, (t) => tf.softmax(t.logits!)));
  expectSame(await onNative("LogSoftmax", { logits }, { axis: dim }), await onStock({ logits }, (t) => tf.logSoftmax(t.logits!)));
}

describe.runIf(nativeAvailable)("softmax and its logarithm on native equal the stock kernels", () => {
  it.each([[[1]], [[7]], [[3, 1]], [[2, 3, 50]], [[1, 5, 4, 17]], [[300, 16]], [[2, 5000]], [[0, 3]]])("%j", (shape) =>
    compare(normal(shape.length, shape, 4)),
  );

  it("with NaN, infinities and numbers whose exponential overflows", () => {
    const logits = normal(1, [8, 20]);
    [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 3e38, -3e38, 1000].forEach((value, row) => {
      logits.values[row * 20 + 3 * row] = value;
    });
    logits.values.fill(Number.NEGATIVE_INFINITY, 120, 140);
    logits.values.fill(-1e9, 140, 160);
    return compare(logits);
  });

  it("over another axis it is the stock kernel's affair, which refuses it", () =>
    expect(onNative("Softmax", { logits: normal(1, [3, 4]) }, { dim: 0 })).rejects.toThrow(/non-last dimension/));

  it("takes no array that is too short", () => {
    const { softmax, logSoftmax } = loadAddon();
    const [two, six] = [new Float32Array(2), new Float32Array(6)];
    expect(() => softmax(two, six, 2, 3)).toThrow(/argument 0 must hold 6/);
    expect(() => logSoftmax(six, two, 2, 3)).toThrow(/argument 1 must hold 6/);
  });
});
