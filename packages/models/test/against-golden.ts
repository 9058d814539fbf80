import * as tf from "@tensorflow/tfjs-core";
import { expect } from "vitest";
import type { Parameters } from "../src/parameters";
import type { GoldenTensor } from "./golden";
import { lossAndGradients } from "./gradients";

/** The bound of all golden values: no number may differ by more. */
export const GOLDEN = { rtol: 0, atol: 1e-4 };

/** A gradient's least bound, and what share of its largest number else: many gradients are too small for `GOLDEN` to tell wrong ones. */
const GRADIENT = { atol: 2e-5, ofLargest: 1e-3 };

/** Fails unless a gradient is the fixture's: within `GOLDEN`, and where its numbers are small within a share of the largest. */
export function expectGradient(actual: ArrayLike<number>, expected: readonly number[], name: string): void {
  const largest = expected.reduce((max, value) => Math.max(max, Math.abs(value)), 0);
  const atol = Math.min(GOLDEN.atol, GRADIENT.atol + GRADIENT.ofLargest * largest);
  expect(actual, name).toBeAllclose(expected, { rtol: 0, atol });
}

/** A fixture's array as a tensor. */
export function tensorOf<T extends tf.Tensor>({ shape, values }: GoldenTensor): T {
  return tf.tensor(values, shape, "float32") as T;
}

/** Fails unless the loss and the gradient of every weight are the fixture's, in the layout that torch has. */
export function expectLossAndGradients(
  parameters: Parameters,
  loss: () => tf.Scalar,
  expected: { loss?: number; gradients: object },
): void {
  const { loss: value, gradients } = lossAndGradients(parameters, loss);
  if (expected.loss !== undefined) expect([value]).toBeAllclose([expected.loss], GOLDEN);
  const wanted = expected.gradients as Record<string, number[]>;
  expect([...gradients.keys()].sort()).toEqual(Object.keys(wanted).sort());
  for (const spec of parameters.specs) {
    const got = gradients.get(spec.name)!;
    const shape = [...spec.shape] as [number, number];
    const layout = spec.transposed ? tf.tidy(() => tf.transpose(tf.tensor2d(got, shape)).dataSync()) : got;
    expectGradient(layout, wanted[spec.name]!, spec.name);
  }
}

/** Fails unless states layer by layer are the fixture's. */
export function expectStates(states: readonly tf.Tensor[], expected: readonly GoldenTensor[]): void {
  expect(states.map(({ shape }) => shape)).toEqual(expected.map(({ shape }) => shape));
  for (const [i, { values }] of expected.entries()) expect(states[i]!.dataSync(), `state ${i}`).toBeAllclose(values, GOLDEN);
}
