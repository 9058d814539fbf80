import * as tf from "@tensorflow/tfjs-core";
import { expect, it } from "vitest";
import { refusal } from "../../../test/refusal";
import { onEachBackend } from "../../../test/tensors";
import { evaluate, expectFinite, expectGradientsMatchDifferences, matrix, scalar } from "../test/gradients";
import { plainSigmoidLoss } from "../test/plain-losses";
import { unitRows } from "../test/random-batch";
import { SIGMOID_LOGIT_BIAS_INIT, SIGMOID_LOGIT_SCALE_INIT, sigmoidLoss, similarity } from "./index";
import type { Reduction } from "./reduction";

const loss = (image: tf.Tensor2D, text: tf.Tensor2D, logitScale: tf.Scalar, logitBias: tf.Scalar) =>
  sigmoidLoss(image, text, { logitScale, logitBias });

onEachBackend("sigmoidLoss", () => {
  it("agrees with the plain formula", () => {
    for (const [n, d] of [
      [1, 3],
      [2, 5],
      [9, 4],
      [33, 16],
    ] as const) {
      const [image, text] = [unitRows(1, n, d), unitRows(2, n, d)];
      const { value } = evaluate(loss, [matrix(image), matrix(text), scalar(2), scalar(-3)]);
      expect(value).toBeAllclose([plainSigmoidLoss(image, text, 2, -3)]);
    }
  });

  it("agrees with the identity: softplus of every logit, less the logits of the diagonal", () => {
    const [image, text] = [unitRows(1, 8, 5), unitRows(2, 8, 5)];
    const { value } = evaluate(loss, [matrix(image), matrix(text), scalar(1), scalar(-0.5)]);
    const identity = tf.tidy(() => {
      const logits = tf.add(tf.mul(similarity(tf.tensor2d(image), tf.tensor2d(text)), Math.E), -0.5);
      return tf.div(tf.sub(tf.sum(tf.softplus(logits)), tf.sum(tf.mul(logits, tf.eye(8)))), 8).dataSync();
    });
    expect(value).toBeAllclose(identity, { rtol: 1e-5 });
  });

  it("reduces one loss an image to their sum and mean", () => {
    const inputs = [matrix(unitRows(1, 5, 4)), matrix(unitRows(2, 5, 4)), scalar(1), scalar(-1)];
    const of = (reduction: Reduction) =>
      evaluate(
        (i: tf.Tensor2D, t: tf.Tensor2D, s: tf.Scalar, b: tf.Scalar) => sigmoidLoss(i, t, { logitScale: s, logitBias: b, reduction }),
        inputs,
      );
    const none = of("none");
    const total = none.value.reduce((a, b) => a + b, 0);
    expect(none.value).toHaveLength(5);
    expect(of("sum").value).toBeAllclose([total]);
    expect(of("mean").value).toBeAllclose([total / 5]);
    expect(of("sum").gradients[3]!).toBeAllclose(none.gradients[3]!);
  });

  it("has the gradient of central differences", () => {
    for (const logitScale of [1, -3]) {
      expectGradientsMatchDifferences(loss, [matrix(unitRows(1, 6, 5)), matrix(unitRows(2, 6, 5)), scalar(logitScale), scalar(-1)]);
    }
  });

  it("has the bias's gradient at the smallest scale", () => {
    const { gradients } = evaluate(loss, [matrix(unitRows(1, 6, 5)), matrix(unitRows(2, 6, 5)), scalar(-50), scalar(-1)]);
    const sigmoid = 1 / (1 + Math.exp(1)); // of logits that are -1 all
    expect(gradients[3]!).toBeAllclose([6 * sigmoid - 1]);
  });

  it("keeps the small losses of confident negatives", () => {
    const { value } = evaluate(loss, [
      matrix([
        [0, 0],
        [0, 0],
      ]),
      matrix([
        [0, 0],
        [0, 0],
      ]),
      scalar(0),
      scalar(-14),
    ]);
    expect(value.map((x) => x - 14)).toBeAllclose([2 * Math.log1p(Math.exp(-14))], { atol: 1e-6 });
    const negatives = evaluate(
      (i: tf.Tensor2D, t: tf.Tensor2D, s: tf.Scalar, b: tf.Scalar) => sigmoidLoss(i, t, { logitScale: s, logitBias: b }),
      [
        matrix([
          [1, 0],
          [0, 1],
        ]),
        matrix([
          [1, 0],
          [0, 1],
        ]),
        scalar(Math.log(28)),
        scalar(-14),
      ],
    );
    expect(negatives.value).toBeAllclose([2 * Math.log1p(Math.exp(-14))], { rtol: 0, atol: 2e-7 }); // wasm's log1p(x) is log(1 + x)
  });

  it("is finite at extremes: scale 100 and bias 50 with aligned, opposite, identical and zero embeddings", () => {
    const rows = unitRows(1, 6, 5);
    const opposite = rows.map((row) => row.map((x) => -x));
    const same = rows.map(() => rows[0]!);
    const zeros = rows.map((row) => row.map(() => 0));
    for (const bias of [-50, 0, 50]) {
      for (const [image, text] of [
        [rows, rows],
        [rows, opposite],
        [same, same],
        [zeros, zeros],
      ] as const) {
        expectFinite(loss, [matrix(image), matrix(text), scalar(Math.log(100)), scalar(bias)]);
      }
    }
  });

  it("names what is wrong with its arguments", () => {
    tf.tidy(() => {
      const x = tf.zeros<tf.Rank.R2>([3, 2]);
      const options = { logitScale: SIGMOID_LOGIT_SCALE_INIT, logitBias: SIGMOID_LOGIT_BIAS_INIT };
      expect(() => sigmoidLoss(x, tf.zeros([3, 4]), options)).toThrow(refusal("SHAPE_MISMATCH"));
      expect(() => sigmoidLoss(x, x, { logitScale: 1 } as never)).toThrow(/logitBias must be a finite number/);
      expect(() => sigmoidLoss(x, x, { ...options, logitBias: tf.zeros([3]) })).toThrow(/logitBias must hold one value/);
      expect(() => sigmoidLoss(x, x, { ...options, reduction: "max" as never })).toThrow(/reduction must be/);
      expect(() => sigmoidLoss(x, x, { ...options, bias: 1 } as never)).toThrow(refusal("UNKNOWN_OPTION"));
    });
  });
});
