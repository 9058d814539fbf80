import * as tf from "@tensorflow/tfjs-core";
import { expect, it } from "vitest";
import { refusal } from "../../../test/refusal";
import { expectNoLeak, inHostMemory, onEachBackend } from "../../../test/tensors";
import { plainTeacherTargets, products, transpose } from "../test/plain-losses";
import { unitRows } from "../test/random-batch";
import { sinkhorn, type TeacherTargetOptions, teacherTargets } from "./index";

const run = (image: number[][], text: number[][], options?: TeacherTargetOptions) =>
  expectNoLeak(() => {
    const inputs = { image: tf.tensor2d(image), text: tf.tensor2d(text) };
    const targets = teacherTargets(inputs, options);
    const numbers = { image: targets.image.arraySync(), text: targets.text.arraySync() };
    tf.dispose([Object.values(inputs), Object.values(targets)]);
    return numbers;
  });

onEachBackend("teacherTargets", () => {
  it("agrees with the plain formula, with the defaults", () => {
    for (const [n, d] of [
      [1, 3],
      [7, 5],
      [30, 16],
    ] as const) {
      const [image, text] = [unitRows(1, n, d), unitRows(2, n, d)];
      const [ours, plain] = [run(image, text), plainTeacherTargets(image, text, 0.1, 4)];
      expect(ours.image.flat()).toBeAllclose(plain.image.flat(), { rtol: 1e-4, atol: 1e-6 });
      expect(ours.text.flat()).toBeAllclose(plain.text.flat(), { rtol: 1e-4, atol: 1e-6 });
    }
  });

  it("is Sinkhorn on the image cost and on its transpose", () => {
    const [image, text] = [unitRows(1, 6, 4), unitRows(2, 6, 4)];
    const [ii, tt, it] = [products(image, image), products(text, text), products(image, text)];
    const cost = it.map((row, i) => row.map((x, j) => -(0.5 * ii[i]![j]! + 2 * tt[i]![j]! + x)));
    const options = { lambda: 0.2, iterations: 3 };
    const targets = run(image, text, { ...options, imageCoefficient: 0.5, textCoefficient: 2 });
    const [rows, columns] = tf.tidy(() => [cost, transpose(cost)].map((c) => [...sinkhorn(tf.tensor2d(c), options).dataSync()]));
    expect(targets.image.flat()).toBeAllclose(rows!, { rtol: 1e-4, atol: 1e-6 });
    expect(targets.text.flat()).toBeAllclose(columns!, { rtol: 1e-4, atol: 1e-6 });
  });

  it("exchanges its results when images and texts are exchanged", () => {
    const [image, text] = [unitRows(1, 6, 4), unitRows(2, 6, 4)];
    const [one, other] = [run(image, text), run(text, image)];
    expect(one.image.flat()).toBeAllclose(other.text.flat(), { rtol: 1e-4, atol: 1e-6 });
    expect(one.text.flat()).toBeAllclose(other.image.flat(), { rtol: 1e-4, atol: 1e-6 });
  });

  it("takes the diagonal out, and keeps it when both coefficients are zero", () => {
    const [image, text] = [unitRows(1, 5, 4), unitRows(2, 5, 4)];
    const removed = run(image, text, { removeDiagonal: true });
    expect(removed.image.map((row, i) => row[i]!)).toBeAllclose([0, 0, 0, 0, 0]);
    const none = { imageCoefficient: 0, textCoefficient: 0 };
    expect(run(image, text, { ...none, removeDiagonal: true })).toEqual(run(image, text, none));
  });

  it("stays finite for identical embeddings, which give uniform targets, and for a sharp lambda", () => {
    const rows = unitRows(1, 4, 3);
    const same = rows.map(() => rows[0]!);
    expect(run(same, same).image.flat()).toBeAllclose(new Array(16).fill(0.25), { rtol: 1e-4 });
    for (const removeDiagonal of [false, true]) {
      const sharp = run(rows, rows, { lambda: 1e-3, removeDiagonal });
      expect([...sharp.image, ...sharp.text].map((row) => row.reduce((a, b) => a + b, 0))).toBeAllclose(new Array(8).fill(1));
    }
    expect(run([[1, 0]], [[0, 1]], { removeDiagonal: true })).toEqual({ image: [[1]], text: [[1]] });
  });

  it("has no gradient", () => {
    tf.tidy(() => {
      const x = tf.tensor2d(unitRows(1, 4, 3));
      const through = (image: tf.Tensor) => tf.sum(tf.square(teacherTargets({ image: image as tf.Tensor2D, text: x }).text));
      expect(() => tf.grad(through)(x)).toThrow(/Cannot compute gradient/);
    });
  });

  it("names what is wrong with its arguments", () => {
    tf.tidy(() => {
      const x = tf.tensor2d(unitRows(1, 3, 2));
      expect(() => teacherTargets({ image: x, text: tf.zeros([3, 4]) })).toThrow(/image and text must have the same width/);
      if (inHostMemory(tf.getBackend())) {
        expect(() => teacherTargets({ image: x, text: tf.mul(x, 2) })).toThrow(/text must have rows of length 1, got length 2.00 at row 0/);
      }
      expect(() => teacherTargets({ image: x, text: x, sentence: tf.slice(x, [0, 0], [2, 2]) })).toThrow(
        /sentence must have the shape \[max\(M, N\), f\], here \[3, 2\], got \[2, 2\]/,
      );
      expect(() => teacherTargets({ image: x, text: x }, { imageCoefficient: Number.NaN })).toThrow(/imageCoefficient/);
      expect(() => teacherTargets({ image: x, text: x }, { textCoefficient: "1" as never })).toThrow(/textCoefficient/);
      expect(() => teacherTargets({ image: x, text: x }, { removeDiagonal: 1 as never })).toThrow(
        /removeDiagonal must be true or false, got 1/,
      );
      expect(() => teacherTargets({ image: x, text: x }, { lambda: -1 })).toThrow(/lambda/);
      expect(() => teacherTargets({ image: x, text: x }, { iterations: 1e9 })).toThrow(/iterations/);
      expect(() => teacherTargets({ image: x, text: x }, { iiCoeff: 1 } as never)).toThrow(refusal("UNKNOWN_OPTION"));
      expect(() => teacherTargets({ image: x, text: x, extra: x } as never)).toThrow(refusal("UNKNOWN_OPTION"));
    });
  });
});
