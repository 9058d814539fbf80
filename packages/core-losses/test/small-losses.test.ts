import * as tf from "@tensorflow/tfjs-core";
import { expect, it } from "vitest";
import { onEachBackend } from "../../../test/tensors";
import {
  distillationLoss,
  infoNCE,
  selfDistillationLoss,
  sigmoidLoss,
  similarity,
  supervisedContrastive,
  type TileOption,
} from "../src/index";
import { evaluate, matrix, scalar } from "./gradients";
import { identity, type Matrix, plainDistillation, plainInfoNCE, plainSigmoidLoss, plainTeacherTargets, products } from "./plain-losses";
import { unitRows } from "./random-batch";

const PAIRS = 6;
const SCALE = 100;

/** Rows with cosines of about `cosine` to all others: a well-trained model's, whose pairs are nearly sure. */
function trainedRows(seed: number, cosine: number): Matrix {
  return unitRows(seed, PAIRS, 8).map((noise, i) => {
    const row = noise.map((x, k) => 0.02 * x + (k === 0 ? Math.sqrt(cosine) : k === i + 1 ? Math.sqrt(1 - cosine) : 0));
    return row.map((x) => Math.fround(x / Math.hypot(...row)));
  });
}

/** d/dx of a loss in double precision, by central differences that double precision makes exact to 1e-6. */
function slopes(loss: (x: number[]) => number, x: number[]): number[] {
  const step = 1e-5;
  const at = (k: number, h: number) => loss(x.map((value, i) => (i === k ? value + h : value)));
  return x.map((_, k) => (at(k, step) - at(k, -step)) / (2 * step));
}

const rowsOf = (flat: number[]): Matrix => Array.from({ length: PAIRS }, (_, i) => flat.slice(8 * i, 8 * (i + 1)));

const labels = Int32Array.from({ length: PAIRS }, (_, i) => i);
const contrastive = (image: Matrix, text: Matrix, [logScale]: number[]) => plainInfoNCE(image, text, logScale!);
/** A teacher to whom every pair is like none of the others: its targets are nearly one-hot. */
const teacher = identity(PAIRS);
const taught = (image: Matrix, text: Matrix, [tau]: number[]) =>
  plainDistillation(products(image, text), plainTeacherTargets(teacher, teacher, 0.1, 4), tau!);
const LOSSES = [
  {
    name: "infoNCE",
    scalars: [Math.log(SCALE)],
    plain: contrastive,
    of:
      (options: TileOption) =>
      (image: tf.Tensor2D, text: tf.Tensor2D, logitScale: tf.Scalar): tf.Tensor =>
        infoNCE(image, text, { logitScale, ...options }),
  },
  {
    name: "supervisedContrastive",
    scalars: [Math.log(SCALE)],
    plain: contrastive,
    of: (options: TileOption) => (image: tf.Tensor2D, text: tf.Tensor2D, logitScale: tf.Scalar) =>
      tf.tidy(() => supervisedContrastive(image, text, { logitScale, labels: tf.tensor1d(labels, "int32"), ...options })),
  },
  {
    name: "sigmoidLoss",
    scalars: [Math.log(SCALE), -96],
    plain: (image: Matrix, text: Matrix, [logScale, bias]: number[]) => plainSigmoidLoss(image, text, logScale!, bias!),
    of: (options: TileOption) => (image: tf.Tensor2D, text: tf.Tensor2D, logitScale: tf.Scalar, logitBias: tf.Scalar) =>
      sigmoidLoss(image, text, { logitScale, logitBias, ...options }),
  },
  {
    name: "selfDistillationLoss",
    scalars: [Math.log(99)],
    plain: taught,
    of: (options: TileOption) => (image: tf.Tensor2D, text: tf.Tensor2D, logitScale: tf.Scalar) =>
      tf.tidy(() => {
        const [teacherImage, teacherText] = [tf.tensor2d(teacher), tf.tensor2d(teacher)];
        return selfDistillationLoss({ image, text, teacherImage, teacherText }, { logitScale, ...options });
      }),
  },
  {
    name: "distillationLoss",
    scalars: [Math.log(99)],
    plain: taught,
    of: () => (image: tf.Tensor2D, text: tf.Tensor2D, logitScale: tf.Scalar) =>
      tf.tidy(() => {
        const targets = plainTeacherTargets(teacher, teacher, 0.1, 4);
        const both = { image: tf.tensor2d(targets.image), text: tf.tensor2d(targets.text) };
        return distillationLoss(similarity(image, text), both, { logitScale });
      }),
  },
];

onEachBackend("a small loss", () => {
  // float32's 1 - 1e-4 has lost the digits of 1e-4 beyond the third; PyTorch's gradients of such a softmax are off by as much.
  const cases = LOSSES.flatMap((loss) =>
    [
      { cosine: 0.936, rtol: 2e-4 }, // contrastive losses of 1e-2
      { cosine: 0.913, rtol: 2e-3 }, // 1e-3
      { cosine: 0.89, rtol: 2e-2 }, // 1e-4
    ].map((size) => ({ ...loss, ...size })),
  );
  it.each(cases)("keeps the digits that float32 has: $name, cosines of $cosine", ({ scalars, plain, of, cosine, rtol }) => {
    const [image, text] = [trainedRows(1, cosine), trainedRows(2, cosine)];
    const at = scalars.map(Math.fround);
    const exact = plain(image, text, at);
    const expected = [
      slopes((x) => plain(rowsOf(x), text, at), image.flat()),
      slopes((x) => plain(image, rowsOf(x), at), text.flat()),
      slopes((x) => plain(image, text, x), at),
    ];
    for (const options of [{}, { tile: 2 }, { tile: "auto" }] as const) {
      const { value, gradients } = evaluate(of(options), [matrix(image), matrix(text), ...at.map(scalar)]);
      expect(value).toBeAllclose([exact], { rtol: 2e-5, atol: 3e-7 }); // rounded at 1, not at the logits' 100
      for (const [k, gradient] of [gradients[0]!, gradients[1]!, gradients.slice(2).flat()].entries()) {
        const largest = Math.max(...expected[k]!.map(Math.abs));
        expect(gradient, `gradient ${k}`).toBeAllclose(expected[k]!, { rtol: 0, atol: rtol * largest });
      }
    }
  });
});
