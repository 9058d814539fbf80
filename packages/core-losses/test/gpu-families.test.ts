import { createRandom } from "@rsdix/internal";
import * as tf from "@tensorflow/tfjs-core";
import { expect, it } from "vitest";
import { expectNoLeak, onEachBackend } from "../../../test/tensors";
import { inputsOf, ordered, rsdixPart, TILED } from "./all-losses";
import { rowsOf } from "./golden";
import { evaluate, expectSame, type Input, matrix } from "./gradients";

/** One loss of each kind of program. */
const ONE_OF_EACH = /^infoNCE, smoothed|by labels|by a mask|^sigmoidLoss$|reference false|"lambda":0.1}|"lambda":0.02|MSE/;
const PAIRS = 6;
const TILE = 3;

/**
 * What only processors are asked in many shapes, of one shape a loss, so that a software GPU can be asked too: each new shape is a program to
 * compile.
 */
onEachBackend("families of proofs", () => {
  it.each([...TILED.filter(({ name }) => ONE_OF_EACH.test(name)), rsdixPart("total")])("in one shape: $name", (loss) => {
    const inputs = inputsOf(loss, PAIRS, PAIRS);
    const weights = inputs[0]!.values.slice(0, PAIRS).map((x) => 1 + x); // all pairs count, none like another
    const of = (options: { tile?: number }, order?: readonly number[]) => loss.of(PAIRS, PAIRS, { ...options, reduction: "none" }, order);

    // No tensor is left behind, with or without gradients.
    const dense = evaluate(of({}), inputs, weights);
    const tiled = evaluate(of({ tile: TILE }), inputs, weights);
    expectSame(tiled, dense, 1e-5);

    const losses = (given: Input[], order?: readonly number[]) =>
      expectNoLeak(() =>
        tf.tidy(() => [...of({ tile: TILE }, order)(...given.map(({ shape, values }) => tf.tensor(values, shape))).dataSync()]),
      );

    // All inputs moved at once, along one direction.
    const random = createRandom(3);
    const directions = inputs.map(({ values }) => values.map(() => random.normal()));
    const length = Math.hypot(...directions.flat());
    const step = 4e-3; // the moved rows must still count as rows of unit length
    const at = (h: number) =>
      losses(
        inputs.map(({ shape, values }, which) => ({ shape, values: values.map((x, k) => x + (h * directions[which]![k]!) / length) })),
      ).reduce((sum, x, k) => sum + weights[k]! * x, 0);
    const slope = tiled.gradients.flat().reduce((sum, g, k) => sum + (g * directions.flat()[k]!) / length, 0);
    expect([slope]).toBeAllclose([(at(step) - at(-step)) / (2 * step)], { rtol: 5e-3, atol: 1e-3 });

    const order = [4, 0, 2, 5, 1, 3];
    const permuted = inputs.map((input) => (input.shape.length === 2 ? matrix(ordered(rowsOf(input)!, order)) : input));
    expect(losses(permuted, order)).toBeAllclose(ordered(dense.value, order), { rtol: 1e-5, atol: 2e-6 });
  });
});
