import * as tf from "@tensorflow/tfjs-core";
import { expect, it } from "vitest";
import { refusal } from "../../../test/refusal";
import { expectNoLeak, onEachBackend } from "../../../test/tensors";
import { evaluate, expectFinite, expectGradientsMatchDifferences, matrix, scalar } from "../test/gradients";
import { plainDistillation, plainInfoNCE, plainTeacherTargets, products } from "../test/plain-losses";
import { unitRows } from "../test/random-batch";
import { infoNCE, type RsdixLoss, type RsdixLossOptions, rsdixLoss, selfDistillationLoss } from "./index";

/** One of the three losses, of the student's embeddings and both scales, for a teacher that is given as numbers. */
const lossFor =
  (part: keyof RsdixLoss, teacherImage: number[][], teacherText: number[][], options: Omit<RsdixLossOptions, "logitScale"> = {}) =>
  (image: tf.Tensor2D, text: tf.Tensor2D, logitScale: tf.Scalar, distillationScale: tf.Scalar) =>
    tf.tidy(() => {
      const teacher = { teacherImage: tf.tensor2d(teacherImage), teacherText: tf.tensor2d(teacherText) };
      return rsdixLoss({ image, text, ...teacher }, { ...options, logitScale, distillationScale })[part];
    });

onEachBackend("rsdixLoss", () => {
  it("agrees with the plain formula, with the defaults", () => {
    const [image, text, teacherImage, teacherText] = [unitRows(1, 12, 6), unitRows(2, 12, 6), unitRows(3, 12, 9), unitRows(4, 12, 9)];
    const { value } = evaluate(lossFor("total", teacherImage, teacherText), [matrix(image), matrix(text), scalar(2.5), scalar(2)]);
    const distilled = plainDistillation(products(image, text), plainTeacherTargets(teacherImage, teacherText, 0.1, 4), 2);
    expect(value).toBeAllclose([0.5 * plainInfoNCE(image, text, 2.5) + 0.5 * distilled], { rtol: 1e-4 });
  });

  it("is the weighted sum of infoNCE and selfDistillationLoss, in value and gradient", () => {
    const inputs = [matrix(unitRows(1, 8, 5)), matrix(unitRows(2, 8, 5)), scalar(1.5), scalar(2)];
    const [teacherImage, teacherText] = [unitRows(3, 8, 5), unitRows(4, 8, 5)];
    for (const alpha of [0, 0.3, 1]) {
      const sum = (image: tf.Tensor2D, text: tf.Tensor2D, logitScale: tf.Scalar, tau: tf.Scalar) =>
        tf.tidy(() => {
          const teacher = { teacherImage: tf.tensor2d(teacherImage), teacherText: tf.tensor2d(teacherText) };
          const distilled = selfDistillationLoss({ image, text, ...teacher }, { lambda: 0.2, logitScale: tau });
          return tf.add(tf.mul(infoNCE(image, text, { logitScale }), alpha), tf.mul(distilled, 1 - alpha));
        });
      const whole = evaluate(lossFor("total", teacherImage, teacherText, { alpha, lambda: 0.2 }), inputs);
      const parts = evaluate(sum, inputs);
      expect(whole.value).toBeAllclose(parts.value);
      whole.gradients.forEach((gradient, i) => {
        expect(gradient).toBeAllclose(parts.gradients[i]!, { rtol: 1e-4, atol: 1e-6 });
      });
    }
  });

  it("has the gradient of central differences", () => {
    const loss = lossFor("total", unitRows(3, 6, 4), unitRows(4, 6, 4), { alpha: 0.4 });
    expectGradientsMatchDifferences(loss, [matrix(unitRows(1, 6, 5)), matrix(unitRows(2, 6, 5)), scalar(1), scalar(1)]);
  });

  it("lets a trainer take gradients of variables, keep the parts, and leak nothing step by step", () => {
    const [image, text, logitScale, tau, teacher] = tf.tidy(() => [
      tf.variable(tf.tensor2d(unitRows(1, 6, 5))),
      tf.variable(tf.tensor2d(unitRows(2, 6, 5))),
      tf.variable(tf.scalar(2)),
      tf.variable(tf.scalar(3.9)),
      tf.variable(tf.tensor2d(unitRows(3, 6, 5)), true),
    ]) as [tf.Variable<tf.Rank.R2>, tf.Variable<tf.Rank.R2>, tf.Variable<tf.Rank.R0>, tf.Variable<tf.Rank.R0>, tf.Variable<tf.Rank.R2>];
    const steps = Array.from({ length: 3 }, () =>
      expectNoLeak(() => {
        let parts: RsdixLoss | undefined;
        const { value, grads } = tf.variableGrads(() => {
          parts = rsdixLoss({ image, text, teacherImage: teacher, teacherText: teacher }, { logitScale, distillationScale: tau });
          tf.keep(parts.contrastive);
          tf.keep(parts.distillation);
          return parts.total;
        });
        const numbers = [value, parts!.contrastive, parts!.distillation].map((x) => x.dataSync()[0]!);
        const named = Object.keys(grads).length;
        tf.dispose([value, parts!.contrastive, parts!.distillation, grads]);
        return { numbers, named };
      }),
    );
    const [total, contrastive, distillation] = steps[0]!.numbers;
    expect([total!]).toBeAllclose([0.5 * contrastive! + 0.5 * distillation!]);
    expect(steps.map((step) => step.named)).toEqual([4, 4, 4]); // the teacher, though trainable, gets none
    tf.dispose([image, text, logitScale, tau, teacher]);
  });

  it("is finite at extremes", () => {
    const rows = unitRows(1, 5, 4);
    const opposite = rows.map((row) => row.map((x) => -x));
    const same = rows.map(() => rows[0]!);
    for (const [image, text] of [
      [rows, rows],
      [rows, opposite],
      [same, same],
    ] as const) {
      expectFinite(lossFor("total", image, text), [matrix(image), matrix(text), scalar(Math.log(100)), scalar(Math.log(100))]);
    }
    expectFinite(lossFor("total", [[1, 0]], [[0, 1]]), [matrix([[1, 0]]), matrix([[0, 1]]), scalar(1), scalar(1)]);
  });

  it("names what is wrong with its arguments", () => {
    tf.tidy(() => {
      const x = tf.tensor2d(unitRows(1, 3, 2));
      const inputs = { image: x, text: x, teacherImage: x, teacherText: x };
      expect(() => rsdixLoss(inputs, { logitScale: 1, alpha: 1.5 })).toThrow(
        /alpha must be a finite number at least 0 and at most 1, got 1.5/,
      );
      expect(() => rsdixLoss(inputs, {} as never)).toThrow(/logitScale must be a finite number, got undefined/);
      expect(() => rsdixLoss(inputs, { logitScale: 1, distillationScale: tf.zeros([2]) })).toThrow(/must hold one value/);
      expect(() => rsdixLoss({ ...inputs, text: tf.zeros([2, 2]) }, { logitScale: 1 })).toThrow(refusal("SHAPE_MISMATCH"));
      expect(() => rsdixLoss(inputs, { logitScale: 1, beta: 1 } as never)).toThrow(refusal("UNKNOWN_OPTION"));
    });
  });
});
