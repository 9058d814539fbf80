import * as tf from "@tensorflow/tfjs-core";
import { expect, it } from "vitest";
import { refusal } from "../../../test/refusal";
import { onEachBackend } from "../../../test/tensors";
import { evaluate, expectFinite, expectGradientsMatchDifferences, matrix, scalar } from "../test/gradients";
import { plainDistillation, plainTeacherTargets, products } from "../test/plain-losses";
import { unitRows } from "../test/random-batch";
import { distillationLoss, type SelfDistillationOptions, selfDistillationLoss, similarity, teacherTargets } from "./index";

/** The loss of the student's embeddings and τ for a teacher that is given as numbers. */
const lossFor =
  (teacherImage: number[][], teacherText: number[][], options: SelfDistillationOptions = {}) =>
  (image: tf.Tensor2D, text: tf.Tensor2D, logitScale: tf.Scalar) =>
    tf.tidy(() => {
      const teacher = { teacherImage: tf.tensor2d(teacherImage), teacherText: tf.tensor2d(teacherText) };
      return selfDistillationLoss({ image, text, ...teacher }, { ...options, logitScale });
    });

onEachBackend("selfDistillationLoss", () => {
  it("agrees with the plain formula, with the defaults", () => {
    const [image, text, teacherImage, teacherText] = [unitRows(1, 12, 6), unitRows(2, 12, 6), unitRows(3, 12, 9), unitRows(4, 12, 9)];
    const { value } = evaluate(lossFor(teacherImage, teacherText), [matrix(image), matrix(text), scalar(2)]);
    expect(value).toBeAllclose([plainDistillation(products(image, text), plainTeacherTargets(teacherImage, teacherText, 0.1, 4), 2)], {
      rtol: 1e-4,
    });
  });

  it("is distillationLoss of the similarities towards teacherTargets", () => {
    const options = { lambda: 0.3, iterations: 2, imageCoefficient: 0.5 };
    const inputs = [matrix(unitRows(1, 7, 5)), matrix(unitRows(2, 7, 5)), scalar(2)];
    const [teacherImage, teacherText] = [unitRows(3, 7, 4), unitRows(4, 7, 4)];
    const composed = (i: tf.Tensor2D, t: tf.Tensor2D, logitScale: tf.Scalar) =>
      tf.tidy(() => {
        const targets = teacherTargets({ image: tf.tensor2d(teacherImage), text: tf.tensor2d(teacherText) }, options);
        return distillationLoss(similarity(i, t), targets, { logitScale });
      });
    const [whole, parts] = [evaluate(lossFor(teacherImage, teacherText, options), inputs), evaluate(composed, inputs)];
    expect(whole.value).toBeAllclose(parts.value);
    for (const [k, gradient] of whole.gradients.entries()) expect(gradient).toBeAllclose(parts.gradients[k]!, { rtol: 1e-5, atol: 2e-6 });
  });

  it("has the gradient of central differences", () => {
    const loss = lossFor(unitRows(3, 6, 4), unitRows(4, 6, 4));
    expectGradientsMatchDifferences(loss, [matrix(unitRows(1, 6, 5)), matrix(unitRows(2, 6, 5)), scalar(1)]);
  });

  it("gives a teacher that is the student no gradient of its own", () => {
    const rows = unitRows(1, 5, 4);
    const own = (image: tf.Tensor2D) =>
      tf.tidy(() => selfDistillationLoss({ image, text: tf.tensor2d(rows), teacherImage: image, teacherText: tf.tensor2d(rows) }));
    const other = (image: tf.Tensor2D) =>
      tf.tidy(() =>
        selfDistillationLoss({ image, text: tf.tensor2d(rows), teacherImage: tf.tensor2d(rows), teacherText: tf.tensor2d(rows) }),
      );
    expect(evaluate(own, [matrix(rows)]).gradients[0]!).toBeAllclose(evaluate(other, [matrix(rows)]).gradients[0]!);
  });

  it("is finite at extremes", () => {
    const rows = unitRows(1, 5, 4);
    const opposite = rows.map((row) => row.map((x) => -x));
    const same = rows.map(() => rows[0]!);
    const zeros = rows.map((row) => row.map(() => 0));
    for (const [image, teacher] of [
      [rows, opposite],
      [same, rows],
      [zeros, rows],
      [rows, same],
    ] as const) {
      for (const removeDiagonal of [false, true]) {
        const loss = lossFor(teacher, teacher, { lambda: 0.01, removeDiagonal });
        expectFinite(loss, [matrix(image), matrix(rows), scalar(Math.log(100))]);
      }
    }
  });

  it("names what is wrong with its arguments", () => {
    tf.tidy(() => {
      const x = tf.tensor2d(unitRows(1, 3, 2));
      const inputs = { image: x, text: x, teacherImage: x, teacherText: x };
      expect(() => selfDistillationLoss({ ...inputs, teacherText: tf.zeros([3, 4]) })).toThrow(
        /teacherImage and teacherText must have the same width/,
      );
      const four = tf.tensor2d(unitRows(1, 4, 2));
      expect(() => selfDistillationLoss({ ...inputs, teacherImage: four, teacherText: four })).toThrow(/as many rows, got 3 and 4/);
      expect(() => selfDistillationLoss({ image: x, text: x } as never)).toThrow(/teacherImage must be a tensor/);
      expect(() => selfDistillationLoss({ ...inputs, captions: x } as never)).toThrow(refusal("UNKNOWN_OPTION"));
      expect(() => selfDistillationLoss(inputs, { tile: 0 })).toThrow(/tile must be a whole number at least 1 or "auto", got 0/);
      expect(() => selfDistillationLoss(inputs, { lambda: 0 })).toThrow(refusal("INVALID_ARGUMENT"));
    });
  });
});
