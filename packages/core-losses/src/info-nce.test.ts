import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, it } from "vitest";
import { refusal } from "../../../test/refusal";
import { onEachBackend } from "../../../test/tensors";
import { evaluate, expectFinite, expectGradientsMatchDifferences, matrix, scalar } from "../test/gradients";
import { plainInfoNCE } from "../test/plain-losses";
import { unitRows } from "../test/random-batch";
import { infoNCE, LOGIT_SCALE_INIT, LOGIT_SCALE_MAX } from "./index";
import type { Reduction } from "./reduction";

const loss = (image: tf.Tensor2D, text: tf.Tensor2D, logitScale: tf.Scalar) => infoNCE(image, text, { logitScale });

onEachBackend("infoNCE", () => {
  it("agrees with the plain formula", () => {
    for (const [n, d] of [
      [1, 3],
      [2, 5],
      [9, 4],
      [33, 16],
    ] as const) {
      const [image, text] = [unitRows(1, n, d), unitRows(2, n, d)];
      const { value } = evaluate(loss, [matrix(image), matrix(text), scalar(2)]);
      expect(value).toBeAllclose([plainInfoNCE(image, text, 2)]);
    }
  });

  it("is the same with images and texts exchanged, and their gradients exchanged", () => {
    const [image, text] = [unitRows(1, 7, 5), unitRows(2, 7, 5)];
    const one = evaluate(loss, [matrix(image), matrix(text), scalar(2)]);
    const other = evaluate(loss, [matrix(text), matrix(image), scalar(2)]);
    expect(one.value).toBeAllclose(other.value);
    expect(one.gradients[0]!).toBeAllclose(other.gradients[1]!);
    expect(one.gradients[1]!).toBeAllclose(other.gradients[0]!);
  });

  it("reduces one loss a pair to their sum and mean, each weighting the gradient", () => {
    const inputs = [matrix(unitRows(1, 5, 4)), matrix(unitRows(2, 5, 4)), scalar(1)];
    const of = (reduction: Reduction) =>
      evaluate((i: tf.Tensor2D, t: tf.Tensor2D, s: tf.Scalar) => infoNCE(i, t, { logitScale: s, reduction }), inputs);
    const [none, total, mean] = [of("none"), of("sum"), of("mean")];
    const expected = none.value.reduce((a, b) => a + b, 0);
    expect(none.value).toHaveLength(5);
    expect(total.value).toBeAllclose([expected]);
    expect(mean.value).toBeAllclose([expected / 5]);
    expect(mean.gradients[0]!.map((g) => 5 * g)).toBeAllclose(none.gradients[0]!);
  });

  it("weights each pair of an unreduced loss by its own gradient", () => {
    const inputs = [matrix(unitRows(1, 4, 3)), matrix(unitRows(2, 4, 3)), scalar(1)];
    const weighted = (i: tf.Tensor2D, t: tf.Tensor2D, s: tf.Scalar) =>
      tf.sum(tf.mul(infoNCE(i, t, { logitScale: s, reduction: "none" }), tf.tensor1d([1, 0, 3, -2])));
    expectGradientsMatchDifferences((i: tf.Tensor2D, t: tf.Tensor2D, s: tf.Scalar) => tf.tidy(() => weighted(i, t, s)), inputs);
  });

  it("has the gradient of central differences", () => {
    expectGradientsMatchDifferences(loss, [matrix(unitRows(1, 6, 5)), matrix(unitRows(2, 6, 5)), scalar(1)]);
  });

  it("takes a number, and a one-element tensor that keeps its gradient's shape", () => {
    const inputs = [matrix(unitRows(1, 4, 3)), matrix(unitRows(2, 4, 3))];
    const fixed = evaluate((i: tf.Tensor2D, t: tf.Tensor2D) => infoNCE(i, t, { logitScale: 1.5 }), inputs);
    const learned = evaluate(loss, [...inputs, { shape: [1], values: [1.5] }]);
    expect(fixed.value).toBeAllclose(learned.value);
    expect(fixed.gradients[0]!).toBeAllclose(learned.gradients[0]!);
    expect(learned.gradients[2]).toHaveLength(1);
  });

  it("is finite at extremes: scale 100 with aligned, opposite, identical and zero embeddings", () => {
    const rows = unitRows(1, 6, 5);
    const opposite = rows.map((row) => row.map((x) => -x));
    const same = rows.map(() => rows[0]!);
    const zeros = rows.map((row) => row.map(() => 0));
    const at = (image: number[][], text: number[][]) => expectFinite(loss, [matrix(image), matrix(text), scalar(LOGIT_SCALE_MAX)]);
    at(rows, rows);
    expect(at(rows, opposite).value[0]).toBeGreaterThan(90);
    expect(at(same, same).value).toBeAllclose([Math.log(6)], { atol: 1e-5 });
    expect(at(zeros, zeros).value).toBeAllclose([Math.log(6)]);
    expect(at(zeros, zeros).gradients.flat()).toBeAllclose(new Array(61).fill(0));
  });

  it("names what is wrong with its arguments", () => {
    tf.tidy(() => {
      const x = tf.zeros<tf.Rank.R2>([3, 2]);
      const options = { logitScale: LOGIT_SCALE_INIT };
      expect(() => infoNCE(x, tf.zeros([3, 4]), options)).toThrow(/image and text must have the same width d, got \[3, 2\] and \[3, 4\]/);
      expect(() => infoNCE(x, tf.zeros([3, 4]), options)).toThrow(refusal("SHAPE_MISMATCH"));
      expect(() => infoNCE(tf.zeros([3]) as never, x, options)).toThrow(/image must be a tensor of shape \[M, d\]/);
      expect(() => infoNCE(tf.zeros([0, 2]), tf.zeros([0, 2]), options)).toThrow(/must not be empty/);
      expect(() => infoNCE(tf.zeros([3, 2], "int32"), x, options)).toThrow(/image must be float32, got int32/);
      expect(() => infoNCE(x, x, { logitScale: Number.NaN })).toThrow(refusal("INVALID_ARGUMENT"));
      expect(() => infoNCE(x, x, {} as never)).toThrow(/logitScale must be a finite number, got undefined/);
      expect(() => infoNCE(x, x, { logitScale: tf.zeros([2]) })).toThrow(/logitScale must hold one value/);
      expect(() => infoNCE(x, x, { logitScale: tf.zeros([], "int32") })).toThrow(/logitScale must be float32/);
      expect(() => infoNCE(x, x, { ...options, reduction: "median" as never })).toThrow(/reduction must be/);
      expect(() => infoNCE(x, x, { ...options, temperature: 1 } as never)).toThrow(refusal("UNKNOWN_OPTION"));
    });
  });
});

describe("constants of CLIP", () => {
  it("are the logarithms of 1/0.07 and 100", () => {
    expect([Math.exp(LOGIT_SCALE_INIT), Math.exp(LOGIT_SCALE_MAX)]).toBeAllclose([1 / 0.07, 100]);
  });
});
