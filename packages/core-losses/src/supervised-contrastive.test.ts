import * as tf from "@tensorflow/tfjs-core";
import { expect, it } from "vitest";
import { inHostMemory, onEachBackend } from "../../../test/tensors";
import { expectFinite, expectGradientsMatchDifferences, matrix, scalar } from "../test/gradients";
import { mask, unitRows } from "../test/random-batch";
import { type SupervisedContrastiveOptions, supervisedContrastive } from "./supervised-contrastive";

/** The loss as a function of image, text and scale; labels and masks are made where they are used. */
const lossOf =
  (positives: () => Pick<SupervisedContrastiveOptions, "labels" | "positives">, labelSmoothing = 0, tile?: number) =>
  (image: tf.Tensor2D, text: tf.Tensor2D, logitScale: tf.Scalar) =>
    tf.tidy(() => supervisedContrastive(image, text, { logitScale, labelSmoothing, ...(tile && { tile }), ...positives() }));

const byLabels = (image: number[], text: number[]) => () => ({
  labels: { image: tf.tensor1d(image, "int32"), text: tf.tensor1d(text, "int32") },
});
const byMask = (m: number, n: number) => () => ({ positives: tf.tensor2d(mask(5, m, n)) });
const inputs = (m: number, n: number, logScale: number) => [matrix(unitRows(1, m, 5)), matrix(unitRows(2, n, 5)), scalar(logScale)];

onEachBackend("supervisedContrastive", (backend) => {
  it.each([undefined, 2])("has the gradient of central differences: tile %s", (tile) => {
    for (const smoothing of [0, 0.2]) {
      expectGradientsMatchDifferences(lossOf(byLabels([0, 1, 0, 2, 1, 7], [0, 1, 0, 2, 1, 8]), smoothing, tile), inputs(6, 6, 1));
      expectGradientsMatchDifferences(lossOf(byMask(4, 7), smoothing, tile), inputs(4, 7, 1));
    }
  });

  it.each([undefined, 2])("is zero, with zero gradient, where nothing has a positive: tile %s", (tile) => {
    const { value, gradients } = expectFinite(lossOf(byLabels([1, 2, 3], [4, 5, 6, 7]), 0, tile), inputs(3, 4, 1));
    expect([...value, ...gradients.flat()].map(Math.abs)).toEqual(new Array(1 + 15 + 20 + 1).fill(0));
  });

  it("is finite at the largest scales, for equal rows and for opposite ones", () => {
    const [same, opposite] = [1, -1].map((sign) => matrix(Array.from({ length: 4 }, () => [sign, 0, 0])));
    // WebGL's arithmetic needn't be exact so near to float32's end.
    for (const logScale of inHostMemory(backend) ? [Math.log(100), 80] : [Math.log(100)]) {
      for (const text of [same!, opposite!]) {
        expectFinite(lossOf(byLabels([1, 1, 2, 2], [1, 2, 2, 1]), 0.1), [same!, text, scalar(logScale)]);
      }
      expectFinite(lossOf(byMask(5, 3), 0.1), inputs(5, 3, logScale));
    }
  });
});
