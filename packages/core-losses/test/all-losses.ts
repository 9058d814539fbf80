import * as tf from "@tensorflow/tfjs-core";
import {
  infoNCE,
  type Reduction,
  rsdixLoss,
  selfDistillationLoss,
  sigmoidLoss,
  similarityMSE,
  supervisedContrastive,
  type TileOption,
} from "../src/index";
import { matrix, scalar } from "./gradients";
import { fractions, mask, unitRows } from "./random-batch";

/** A loss with tiles, as a function of image, text and its scalars, for M images and N texts. */
export interface TiledLoss {
  readonly name: string;
  readonly scalars: readonly number[];
  of(m: number, n: number, options: TileOption & { reduction?: Reduction }): (...inputs: tf.Tensor[]) => tf.Tensor;
}

type Matrices = [tf.Tensor2D, tf.Tensor2D];
const WIDTH = 5;

/** Inputs for M images and N texts, with the scalars of a loss. */
export function inputsOf({ scalars }: TiledLoss, m: number, n: number) {
  return [matrix(unitRows(1, m, WIDTH)), matrix(unitRows(2, n, WIDTH)), ...scalars.map(scalar)];
}

const teacherOf = (m: number, n: number) => ({ teacherImage: tf.tensor2d(unitRows(3, m, 4)), teacherText: tf.tensor2d(unitRows(4, n, 4)) });
const labelsOf = (size: number) => tf.tensor1d(Int32Array.from({ length: size }, (_, k) => k % 3));

/** Every loss that takes `tile`, in each of its forms. */
export const TILED: readonly TiledLoss[] = [
  {
    name: "infoNCE",
    scalars: [2],
    of: (_, __, options) => (i, t, s) => infoNCE(i as Matrices[0], t as Matrices[1], { logitScale: s!, ...options }),
  },
  {
    name: "infoNCE, smoothed",
    scalars: [2],
    of: (_, __, options) => (i, t, s) => infoNCE(i as Matrices[0], t as Matrices[1], { logitScale: s!, labelSmoothing: 0.1, ...options }),
  },
  {
    name: "supervisedContrastive by labels",
    scalars: [2],
    of: (m, n, options) => (i, t, s) =>
      tf.tidy(() =>
        supervisedContrastive(i as Matrices[0], t as Matrices[1], {
          logitScale: s!,
          labels: { image: labelsOf(m), text: labelsOf(n) },
          labelSmoothing: 0.1,
          ...options,
        }),
      ),
  },
  {
    name: "supervisedContrastive by a mask",
    scalars: [2],
    of: (m, n, options) => (i, t, s) =>
      tf.tidy(() =>
        supervisedContrastive(i as Matrices[0], t as Matrices[1], { logitScale: s!, positives: tf.tensor2d(mask(5, m, n)), ...options }),
      ),
  },
  {
    name: "sigmoidLoss",
    scalars: [1.5, -2],
    of: (_, __, options) => (i, t, s, b) => sigmoidLoss(i as Matrices[0], t as Matrices[1], { logitScale: s!, logitBias: b!, ...options }),
  },
  ...[false, true].map((reference) => ({
    name: `sigmoidLoss, soft labels, reference ${reference}`,
    scalars: [1.5, -2],
    of:
      (m: number, n: number, options: TileOption & { reduction?: Reduction }) =>
      (i?: tf.Tensor, t?: tf.Tensor, s?: tf.Tensor, b?: tf.Tensor) =>
        tf.tidy(() =>
          sigmoidLoss(i as Matrices[0], t as Matrices[1], {
            logitScale: s!,
            logitBias: b!,
            labels: tf.tensor2d(fractions(6, m, n)),
            reference,
            ...options,
          }),
        ),
  })),
  ...[
    { lambda: 0.1 },
    { lambda: 0.02 },
    { lambda: 0.1, removeDiagonal: true, iterations: 2 },
    { lambda: 0.5, iterations: 0, imageCoefficient: 0.5, textCoefficient: 2 },
  ].map((targets) => ({
    name: `selfDistillationLoss ${JSON.stringify(targets)}`,
    scalars: [1.5],
    of:
      (m: number, n: number, options: TileOption & { reduction?: Reduction }) =>
      (image?: tf.Tensor, text?: tf.Tensor, logitScale?: tf.Tensor) =>
        tf.tidy(() =>
          selfDistillationLoss(
            { image: image as Matrices[0], text: text as Matrices[1], ...teacherOf(m, n) },
            { logitScale, ...targets, ...options },
          ),
        ),
  })),
  {
    name: "rsdixLoss",
    scalars: [2, 1.5],
    of: (m, n, options) => (image, text, logitScale, distillationScale) =>
      tf.tidy(() => {
        const inputs = { image: image as Matrices[0], text: text as Matrices[1], ...teacherOf(m, n) };
        return rsdixLoss(inputs, { logitScale: logitScale!, distillationScale: distillationScale!, alpha: 0.3, ...options }).total;
      }),
  },
  {
    name: "similarityMSE",
    scalars: [],
    of: (m, n, options) => (image, text) =>
      tf.tidy(() => {
        const sentence = tf.tensor2d(unitRows(7, Math.max(m, n), 4));
        return similarityMSE({ image: image as Matrices[0], text: text as Matrices[1], sentence }, options).total;
      }),
  },
];
