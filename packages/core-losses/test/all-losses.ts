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
  /** `order` puts what belongs to the pairs and has no gradient (teachers, labels, masks, sentences) in another order. */
  of(m: number, n: number, options: Options, order?: readonly number[]): (...inputs: tf.Tensor[]) => tf.Tensor;
}

type Options = TileOption & { reduction?: Reduction };
type Matrices = [tf.Tensor2D, tf.Tensor2D];
const WIDTH = 5;

/** Inputs for M images and N texts, with the scalars of a loss. */
export function inputsOf({ scalars }: TiledLoss, m: number, n: number) {
  return [matrix(unitRows(1, m, WIDTH)), matrix(unitRows(2, n, WIDTH)), ...scalars.map(scalar)];
}

/** Rows in another order; as they are where none is given. */
export const ordered = <T>(rows: T[], order?: readonly number[]): T[] => order?.map((k) => rows[k]!) ?? rows;
const orderedBoth = (matrix: number[][], order?: readonly number[]) => ordered(matrix, order).map((row) => ordered(row, order));

const teacherOf = (m: number, n: number, order?: readonly number[]) => ({
  teacherImage: tf.tensor2d(ordered(unitRows(3, m, 4), order)),
  teacherText: tf.tensor2d(ordered(unitRows(4, n, 4), order)),
});
const labelsOf = (size: number, order?: readonly number[]) =>
  tf.tensor1d(
    ordered(
      Array.from({ length: size }, (_, k) => k % 3),
      order,
    ),
    "int32",
  );

/** `rsdixLoss`, or one of its parts: each has its own reduction. */
export const rsdixPart = (part: "total" | "contrastive" | "distillation"): TiledLoss => ({
  name: part === "total" ? "rsdixLoss" : `rsdixLoss, its ${part} part`,
  scalars: [2, 1.5],
  of: (m, n, options, order) => (image, text, logitScale, distillationScale) =>
    tf.tidy(() => {
      const inputs = { image: image as Matrices[0], text: text as Matrices[1], ...teacherOf(m, n, order) };
      return rsdixLoss(inputs, { logitScale: logitScale!, distillationScale: distillationScale!, alpha: 0.3, ...options })[part];
    }),
});

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
    of: (m, n, options, order) => (i, t, s) =>
      tf.tidy(() =>
        supervisedContrastive(i as Matrices[0], t as Matrices[1], {
          logitScale: s!,
          labels: { image: labelsOf(m, order), text: labelsOf(n, order) },
          labelSmoothing: 0.1,
          ...options,
        }),
      ),
  },
  {
    name: "supervisedContrastive by a mask",
    scalars: [2],
    of: (m, n, options, order) => (i, t, s) =>
      tf.tidy(() =>
        supervisedContrastive(i as Matrices[0], t as Matrices[1], {
          logitScale: s!,
          positives: tf.tensor2d(orderedBoth(mask(5, m, n), order)),
          ...options,
        }),
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
      (m: number, n: number, options: Options, order?: readonly number[]) => (i?: tf.Tensor, t?: tf.Tensor, s?: tf.Tensor, b?: tf.Tensor) =>
        tf.tidy(() =>
          sigmoidLoss(i as Matrices[0], t as Matrices[1], {
            logitScale: s!,
            logitBias: b!,
            labels: tf.tensor2d(orderedBoth(fractions(6, m, n), order)),
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
      (m: number, n: number, options: Options, order?: readonly number[]) =>
      (image?: tf.Tensor, text?: tf.Tensor, logitScale?: tf.Tensor) =>
        tf.tidy(() =>
          selfDistillationLoss(
            { image: image as Matrices[0], text: text as Matrices[1], ...teacherOf(m, n, order) },
            { logitScale, ...targets, ...options },
          ),
        ),
  })),
  rsdixPart("total"),
  {
    name: "similarityMSE",
    scalars: [],
    of: (m, n, options, order) => (image, text) =>
      tf.tidy(() => {
        const sentence = tf.tensor2d(ordered(unitRows(7, Math.max(m, n), 4), order));
        return similarityMSE({ image: image as Matrices[0], text: text as Matrices[1], sentence }, options).total;
      }),
  },
];
