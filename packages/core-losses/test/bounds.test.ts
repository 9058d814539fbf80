import * as tf from "@tensorflow/tfjs-core";
import { expect, it } from "vitest";
import { onEachBackend } from "../../../test/tensors";
import { distillationLoss, infoNCE, selfDistillationLoss, sigmoidLoss, supervisedContrastive } from "../src/index";
import { evaluate, matrix, scalar } from "./gradients";
import { identity, type Matrix, plainTeacherTargets, products, sum, transpose } from "./plain-losses";
import { fractions, unitRows } from "./random-batch";

const entropyOf = (p: number[]) => -sum(p.map((x) => (x > 0 ? x * Math.log(x) : 0)));

/**
 * The bound must be met, and the gradient zero there: of image and text, whose entries are sums of `scale` times what is rounded at 1. A GPU may be off by
 * 2^-21 in a logarithm near 0 (WGSL, section 15.7.4), and an H200 is, by 1.6e-6 in the sum.
 */
function expectBound({ value, gradients }: ReturnType<typeof evaluate>, bound: number[], scale: number): void {
  expect(value).toBeAllclose(bound, { rtol: 1e-6, atol: tf.getBackend() === "webgpu" ? 2e-6 : 1e-6 });
  for (const gradient of gradients) expect(gradient).toBeAllclose(new Array(gradient.length).fill(0), { atol: 1e-6 * scale });
}

/** A teacher, its targets with the loss's options, and its log kernel. */
function teacherOf(m: number, n: number, lambda: number, iterations: number, seed = 3) {
  const [image, text] = [unitRows(seed, m, 4), unitRows(seed + 1, n, 4)];
  const targets = plainTeacherTargets(image, text, lambda, iterations);
  const [images, texts] = [
    [...image, ...text.slice(m)],
    [...text, ...image.slice(n)],
  ];
  const [ii, tt, it] = [products(images, images), products(texts, texts), products(image, text)];
  const logKernel = it.map((row, i) => row.map((x, j) => (x + ii[i]![j]! + tt[i]![j]!) / lambda));
  return { image, text, targets, logKernel };
}

/**
 * Embeddings of unit length whose softmaxes along rows and columns are both targets. T = exp(K + u + v) of the rows leaves any shift of a row,
 * T' = exp(K + w + x) of the columns any shift of a column: s · S = K + w + v is right for both.
 */
function perfectStudent({ targets, logKernel }: ReturnType<typeof teacherOf>, scale: number): { image: Matrix; text: Matrix } {
  const v = targets.image[0]!.map((t, j) => Math.log(t) - logKernel[0]![j]!);
  const w = targets.text[0]!.map((t, i) => Math.log(t) - logKernel[i]![0]!);
  const centred = (values: number[]) => values.map((x) => x - sum(values) / values.length);
  const [vs, ws] = [centred(v), centred(w)];
  const middle = sum(logKernel.flat()) / logKernel.flat().length;
  const similarities = logKernel.map((row, i) => row.map((k, j) => (k - middle + ws[i]! + vs[j]!) / scale));
  // Texts are axes, so that an image's entries are its similarities; one more axis takes what is missing to length 1.
  const image = similarities.map((row) => [...row, Math.sqrt(1 - sum(row.map((x) => x * x)))]);
  return { image, text: identity(vs.length).map((row) => [...row, 0]) };
}

onEachBackend("properties of the bound", () => {
  it.each([
    [6, 6, 1, 4],
    [6, 6, 0.3, 1],
    [5, 8, 1, 4],
    [8, 5, 0.5, 2],
    [4, 4, 1, 0],
  ])(
    "a student of %i images and %i texts whose softmaxes are the teacher's targets: lambda %d, %i iterations",
    (m, n, lambda, iterations) => {
      const scale = 50;
      const teacher = teacherOf(m, n, lambda, iterations);
      const student = perfectStudent(teacher, scale);
      const of = (options: { tile?: number }) => (image: tf.Tensor2D, text: tf.Tensor2D, logitScale: tf.Scalar) =>
        tf.tidy(() => {
          const taught = { teacherImage: tf.tensor2d(teacher.image), teacherText: tf.tensor2d(teacher.text) };
          return selfDistillationLoss({ image, text, ...taught }, { lambda, iterations, logitScale, ...options });
        });
      for (const options of [{}, { tile: 3 }]) {
        // A divergence of zero is a cross-entropy of the targets' entropy.
        const at = (factor: number) =>
          evaluate(of(options), [matrix(student.image), matrix(student.text), scalar(Math.log(factor * scale))]);
        expectBound(at(1), [0], scale);
        for (const factor of [0.8, 1.2]) expect(at(factor).value[0]).toBeGreaterThan(1e-4);
      }
    },
  );

  it.each([
    [7, 7],
    [5, 9],
  ])("a student of %i images and %i texts has at least the cross-entropy of the targets' entropy", (m, n) => {
    for (let seed = 1; seed <= 10; seed++) {
      const teacher = teacherOf(m, n, 0.1 * seed, 4, 100 * seed);
      const [image, text] = [unitRows(seed, m, 5), unitRows(seed + 50, n, 5)];
      const losses = [{}, { tile: 3 }].map((options) =>
        tf.tidy(() => {
          const taught = { teacherImage: tf.tensor2d(teacher.image), teacherText: tf.tensor2d(teacher.text) };
          const inputs = { image: tf.tensor2d(image), text: tf.tensor2d(text), ...taught };
          return [...selfDistillationLoss(inputs, { lambda: 0.1 * seed, logitScale: seed / 3, reduction: "none", ...options }).dataSync()];
        }),
      );
      // Cross-entropies and entropies apart, in double precision, as the mean over both directions.
      const logits = products(image, text).map((row) => row.map((x) => Math.max(1, Math.exp(seed / 3)) * x));
      const logSoftmax = (row: number[]) => row.map((x) => x - Math.log(sum(row.map(Math.exp))));
      const crossEntropy = (targets: Matrix, of: Matrix) =>
        sum(targets.map((t, i) => -sum(logSoftmax(of[i]!).map((l, j) => l * t[j]!)))) / of.length;
      const entropy = (targets: Matrix) => sum(targets.map(entropyOf)) / targets.length;
      const cross = (crossEntropy(teacher.targets.image, logits) + crossEntropy(teacher.targets.text, transpose(logits))) / 2;
      const bound = (entropy(teacher.targets.image) + entropy(teacher.targets.text)) / 2;
      for (const values of losses) {
        expect(Math.min(...values)).toBeGreaterThan(-1e-6);
        expect([sum(values) / values.length + bound]).toBeAllclose([cross]);
      }
      expect(cross).toBeGreaterThan(bound);
    }
  });

  it("distillationLoss of similarities whose softmaxes are the targets is zero", () => {
    tf.tidy(() => {
      const similarities = tf.tensor2d(unitRows(5, 6, 6));
      const scaled = tf.mul<tf.Tensor2D>(similarities, Math.exp(2));
      const targets = { image: tf.softmax<tf.Tensor2D>(scaled), text: tf.softmax<tf.Tensor2D>(tf.transpose(scaled)) };
      const loss = (s: tf.Tensor2D) => distillationLoss(s, targets, { logitScale: 2 });
      expect(loss(similarities).dataSync()).toBeAllclose([0], { atol: 1e-6 });
      const worse = [0.9, 1.1].map((factor) => loss(tf.mul(similarities, factor)).dataSync()[0]!);
      for (const value of worse) expect(value).toBeGreaterThan(1e-4);
    });
  });

  it("smoothed contrastive losses are the target's entropy where the softmax is the target", () => {
    const [n, smoothing] = [6, 0.2];
    const classes = identity(n).map((_, k) => identity(n / 2)[Math.floor(k / 2)]!); // two of each label
    for (const { rows, positives, loss } of [
      {
        rows: identity(n),
        positives: 1,
        loss: (i: tf.Tensor2D, t: tf.Tensor2D, logitScale: tf.Scalar, options: object) =>
          infoNCE(i, t, { logitScale, labelSmoothing: smoothing, ...options }),
      },
      {
        rows: classes,
        positives: 2,
        loss: (i: tf.Tensor2D, t: tf.Tensor2D, logitScale: tf.Scalar, options: object) =>
          tf.tidy(() =>
            supervisedContrastive(i, t, {
              logitScale,
              labels: tf.tensor1d([0, 0, 1, 1, 2, 2], "int32"),
              labelSmoothing: smoothing,
              ...options,
            }),
          ),
      },
    ]) {
      const [own, other] = [(1 - smoothing) / positives + smoothing / n, smoothing / n];
      const scale = Math.log(own / other); // of logits that are 1 for a positive and 0 otherwise
      const bound = entropyOf([...new Array(positives).fill(own), ...new Array(n - positives).fill(other)]);
      for (const options of [{}, { tile: 4 }]) {
        const at = (factor: number) =>
          evaluate(
            (i: tf.Tensor2D, t: tf.Tensor2D, s: tf.Scalar) => loss(i, t, s, options),
            [matrix(rows), matrix(rows), scalar(Math.log(factor * scale))],
          );
        expectBound(at(1), [bound], scale);
        for (const factor of [0.8, 1.2]) expect(at(factor).value[0]).toBeGreaterThan(bound + 1e-3);
      }
    }
  });

  it("sigmoidLoss with soft labels is the labels' entropy where the sigmoids are the labels", () => {
    const [scale, bias] = [20, -1];
    const labels = fractions(6, 5, 7).map((row) => row.map((y) => 0.1 + 0.8 * y));
    const image = labels.map((row) => row.map((y) => (Math.log(y / (1 - y)) - bias) / scale));
    const bound = labels.map((row) => sum(row.map((y) => entropyOf([y, 1 - y]))));
    for (const options of [{}, { tile: 2 }]) {
      const loss = (i: tf.Tensor2D, t: tf.Tensor2D, logitScale: tf.Scalar, logitBias: tf.Scalar) =>
        tf.tidy(() => sigmoidLoss(i, t, { logitScale, logitBias, labels: tf.tensor2d(labels), reduction: "none", ...options }));
      const at = (factor: number) =>
        evaluate(
          loss,
          [matrix(image), matrix(identity(7)), scalar(Math.log(factor * scale)), scalar(bias)],
          bound.map(() => 1),
        );
      expectBound(at(1), bound, scale);
      for (const [k, value] of at(1.2).value.entries()) expect(value).toBeGreaterThan(bound[k]!);
    }
  });
});
