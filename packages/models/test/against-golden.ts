import * as tf from "@tensorflow/tfjs-core";
import { expect } from "vitest";
import type { Parameters } from "../src/parameters";
import type { GoldenTensor } from "./golden";
import { lossAndGradients } from "./gradients";

/** The bound: no number may differ by more. */
export const GOLDEN = { rtol: 0, atol: 1e-4 };

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
  if (expected.loss !== undefined) expect([value]).toBeAllclose([expected.loss], { rtol: 1e-5, atol: 1e-6 });
  const wanted = expected.gradients as Record<string, number[]>;
  expect([...gradients.keys()].sort()).toEqual(Object.keys(wanted).sort());
  for (const spec of parameters.specs) {
    const got = gradients.get(spec.name)!;
    const shape = [...spec.shape] as [number, number];
    const layout = spec.transposed ? tf.tidy(() => tf.transpose(tf.tensor2d(got, shape)).dataSync()) : got;
    expect(layout, spec.name).toBeAllclose(wanted[spec.name]!, GOLDEN);
  }
}

/** Fails unless states layer by layer are the fixture's. */
export function expectStates(states: readonly tf.Tensor[], expected: readonly GoldenTensor[]): void {
  expect(states.map(({ shape }) => shape)).toEqual(expected.map(({ shape }) => shape));
  for (const [i, { values }] of expected.entries()) expect(states[i]!.dataSync(), `state ${i}`).toBeAllclose(values, GOLDEN);
}
