import { createRandom } from "@rsdix/internal";
import * as tf from "@tensorflow/tfjs-core";
import { expect } from "vitest";
import { expectNoLeak } from "../../../test/tensors";

type Loss = (...inputs: never[]) => tf.Tensor;
type Evaluated = ReturnType<typeof evaluate>;
export type Input = { shape: number[]; values: number[] };

/** Value and gradients as plain numbers; no tensor may be left behind. The gradient of an unreduced loss is that of its sum, weighted by `dy`. */
export function evaluate(loss: Loss, inputs: Input[], dy?: number[]): { value: number[]; gradients: number[][] } {
  return expectNoLeak(() => {
    const tensors = inputs.map(({ shape, values }) => tf.tensor(values, shape));
    const weights = dy && tf.tensor1d(dy);
    const { value, grads } = tf.valueAndGrads(loss as (...args: tf.Tensor[]) => tf.Tensor)(tensors, weights);
    const numbers = { value: [...value.dataSync()], gradients: grads.map((grad) => [...grad.dataSync()]) };
    tf.dispose([tensors, weights ?? [], value, grads]);
    return numbers;
  });
}

/** Checks the gradient along random directions, one input at a time, against central differences of the loss itself. */
export function expectGradientsMatchDifferences(loss: Loss, inputs: Input[], { step = 1e-2, rtol = 5e-3, atol = 1e-3 } = {}): void {
  const { gradients } = evaluate(loss, inputs);
  const random = createRandom(3);
  inputs.forEach((input, which) => {
    for (let trial = 0; trial < 3; trial++) {
      const direction = input.values.map(() => random.normal());
      const length = Math.hypot(...direction);
      const at = (h: number) => {
        const values = input.values.map((value, k) => value + (h * direction[k]!) / length);
        const moved = inputs.map((other, i) => (i === which ? { ...other, values } : other));
        return evaluate(loss, moved).value.reduce((a, b) => a + b, 0);
      };
      const slope = gradients[which]!.reduce((total, g, k) => total + (g * direction[k]!) / length, 0);
      expect([slope]).toBeAllclose([(at(step) - at(-step)) / (2 * step)], { rtol, atol });
    }
  });
}

/**
 * Fails unless value and gradients agree, as shares of the entry or, for gradients, of the largest one. Against double precision dense and
 * tiled are off by as much, up to 5e-6 at lambda 0.1 and 0.02, each on its own way of rounding; gradients that cancel, by 1e-5.
 */
export function expectSame(tiled: Evaluated, dense: Evaluated, rtol: number, atol = 1e-6): void {
  expect(tiled.value, "value").toBeAllclose(dense.value, { rtol, atol });
  for (const [k, gradient] of tiled.gradients.entries()) {
    const largest = Math.max(...dense.gradients[k]!.map(Math.abs));
    expect(gradient, `gradient ${k}`).toBeAllclose(dense.gradients[k]!, { rtol, atol: Math.max(rtol * largest, atol) });
  }
}

/** Checks that value and gradients are finite, and returns them. */
export function expectFinite(loss: Loss, inputs: Input[]): { value: number[]; gradients: number[][] } {
  const result = evaluate(loss, inputs);
  expect([...result.value, ...result.gradients.flat()].filter((x) => !Number.isFinite(x))).toEqual([]);
  return result;
}

/** A matrix as an input. */
export function matrix(rows: number[][]): Input {
  return { shape: [rows.length, rows[0]!.length], values: rows.flat() };
}

/** A number as an input. */
export function scalar(value: number): Input {
  return { shape: [], values: [value] };
}
