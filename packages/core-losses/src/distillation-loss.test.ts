import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, it } from "vitest";
import { refusal } from "../../../test/refusal";
import { onEachBackend } from "../../../test/tensors";
import { evaluate, expectFinite, expectGradientsMatchDifferences, matrix, scalar } from "../test/gradients";
import { plainDistillation, products, transpose } from "../test/plain-losses";
import { distributions, unitRows } from "../test/random-batch";
import { DISTILLATION_SCALE_INIT, distillationLoss } from "./index";

/** The loss of similarities and τ for targets that are given as numbers. */
const lossFor = (image: number[][], text: number[][]) => (similarities: tf.Tensor2D, logitScale: tf.Scalar) =>
  tf.tidy(() => distillationLoss(similarities, { image: tf.tensor2d(image), text: tf.tensor2d(text) }, { logitScale }));

const rowsOf = (values: number[], n: number) => Array.from({ length: n }, (_, i) => values.slice(i * n, (i + 1) * n));

onEachBackend("distillationLoss", () => {
  it("agrees with the plain formula", () => {
    for (const n of [1, 2, 9, 30]) {
      const similarities = products(unitRows(1, n, 4), unitRows(2, n, 4));
      const targets = { image: distributions(3, n), text: distributions(4, n) };
      const { value } = evaluate(lossFor(targets.image, targets.text), [matrix(similarities), scalar(2)]);
      expect(value).toBeAllclose([plainDistillation(similarities, targets, 2)]);
    }
  });

  it("is the same with both directions exchanged, and its gradient transposed", () => {
    const similarities = products(unitRows(1, 5, 4), unitRows(2, 5, 4));
    const [image, text] = [distributions(3, 5), distributions(4, 5)];
    const one = evaluate(lossFor(image, text), [matrix(similarities), scalar(2)]);
    const other = evaluate(lossFor(text, image), [matrix(transpose(similarities)), scalar(2)]);
    expect(one.value).toBeAllclose(other.value);
    expect(transpose(rowsOf(one.gradients[0]!, 5)).flat()).toBeAllclose(other.gradients[0]!);
  });

  it("is zero with zero gradient where the student already agrees", () => {
    const similarities = products(unitRows(1, 5, 4), unitRows(2, 5, 4));
    const softmax = (m: number[][]) => tf.tidy(() => tf.softmax(tf.mul(tf.tensor2d(m), Math.exp(2))).arraySync() as number[][]);
    const result = evaluate(lossFor(softmax(similarities), softmax(transpose(similarities))), [matrix(similarities), scalar(2)]);
    expect(result.value).toBeAllclose([0], { atol: 2e-6 });
    expect(result.gradients.flat()).toBeAllclose(new Array(26).fill(0), { atol: 2e-6 });
  });

  it("has the gradient of central differences, also for targets whose sums are a little off 1", () => {
    const similarities = matrix(products(unitRows(1, 6, 5), unitRows(2, 6, 5)));
    expectGradientsMatchDifferences(lossFor(distributions(3, 6), distributions(4, 6)), [similarities, scalar(1)]);
    const rounded = distributions(3, 6).map((row) => row.map((x) => 0.995 * x));
    expectGradientsMatchDifferences(lossFor(rounded, distributions(4, 6)), [similarities, scalar(1)]);
  });

  it("gives tau no gradient outside the clamp, and the clamped value", () => {
    const similarities = products(unitRows(1, 5, 4), unitRows(2, 5, 4));
    const targets = { image: distributions(3, 5), text: distributions(4, 5) };
    for (const tau of [-1000, -0.1, 4.7, 1000]) {
      const { value, gradients } = expectFinite(lossFor(targets.image, targets.text), [matrix(similarities), scalar(tau)]);
      expect(value).toBeAllclose([plainDistillation(similarities, targets, tau)]);
      expect(gradients[1]!.map(Math.abs)).toEqual([0]);
    }
    const atTheEnd = evaluate(lossFor(targets.image, targets.text), [matrix(similarities), scalar(0)]);
    expect(Math.abs(atTheEnd.gradients[1]![0]!)).toBeGreaterThan(1e-3);
  });

  it("holds tau at 3.9 by default", () => {
    const inputs = [matrix(products(unitRows(1, 5, 4), unitRows(2, 5, 4)))];
    const soft = distributions(3, 5);
    const fixed = evaluate(
      (s: tf.Tensor2D) => tf.tidy(() => distillationLoss(s, { image: tf.tensor2d(soft), text: tf.tensor2d(soft) })),
      inputs,
    );
    expect(fixed.value).toBeAllclose(evaluate(lossFor(soft, soft), [...inputs, scalar(DISTILLATION_SCALE_INIT)]).value);
  });

  it("is finite at extremes: scale 100, hard and wrong targets, equal and zero similarities", () => {
    const identity = [
      [1, 0, 0],
      [0, 1, 0],
      [0, 0, 1],
    ];
    const wrong = [
      [0, 1, 0],
      [0, 0, 1],
      [1, 0, 0],
    ];
    const uniform = identity.map((row) => row.map(() => 1 / 3));
    const signed = identity.map((row) => row.map((x) => 2 * x - 1));
    const constant = (value: number) => identity.map((row) => row.map(() => value));
    const at = (target: number[][], s: number[][]) => expectFinite(lossFor(target, target), [matrix(s), scalar(Math.log(100))]).value;
    expect(at(identity, signed)).toBeAllclose([0], { atol: 1e-6 });
    expect(at(wrong, signed)).toBeAllclose([200], { rtol: 1e-5 });
    expect(at(identity, constant(1))).toBeAllclose([Math.log(3)], { atol: 1e-5 });
    expect(at(uniform, constant(0))).toBeAllclose([0], { atol: 1e-6 });
    expect(at(constant(0), signed)).toBeAllclose([0], { atol: 0 });
  });
});

describe("distillationLoss's arguments", () => {
  it("are named when wrong", () => {
    tf.tidy(() => {
      const square = tf.zeros<tf.Rank.R2>([3, 3]);
      const targets = { image: square, text: square };
      expect(() => distillationLoss(tf.zeros([3, 4]), targets)).toThrow(
        /targets.image must have the shape \[M, N\], here \[3, 4\], got \[3, 3\]/,
      );
      const wide = { image: tf.zeros<tf.Rank.R2>([3, 4]), text: tf.zeros<tf.Rank.R2>([3, 4]) };
      expect(() => distillationLoss(tf.zeros([3, 4]), wide)).toThrow(
        /targets.text must have the shape \[N, M\], here \[4, 3\], got \[3, 4\]/,
      );
      expect(() => distillationLoss(square, { image: square, text: tf.zeros([4, 4]) })).toThrow(/targets.text/);
      expect(() => distillationLoss(square, { image: square } as never)).toThrow(/targets.text must be a tensor of shape \[N, M\]/);
      expect(() => distillationLoss(square, targets, { logitScale: tf.zeros([2]) })).toThrow(/logitScale must hold one value/);
      expect(() => distillationLoss(square, targets, { tau: 1 } as never)).toThrow(refusal("UNKNOWN_OPTION"));
      expect(() => distillationLoss(square, { ...targets, teacher: square } as never)).toThrow(refusal("UNKNOWN_OPTION"));
    });
  });
});
