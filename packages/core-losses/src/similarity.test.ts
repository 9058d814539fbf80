import * as tf from "@tensorflow/tfjs-core";
import { expect, it } from "vitest";
import { refusal } from "../../../test/refusal";
import { onEachBackend } from "../../../test/tensors";
import { evaluate, expectGradientsMatchDifferences, matrix } from "../test/gradients";
import { products } from "../test/plain-losses";
import { unitRows } from "../test/random-batch";
import { similarity } from "./index";

onEachBackend("similarity", () => {
  const inputs = [matrix(unitRows(1, 5, 3)), matrix(unitRows(2, 5, 3))];

  it("agrees with products of rows", () => {
    expect(evaluate(similarity, inputs).value).toBeAllclose(products(unitRows(1, 5, 3), unitRows(2, 5, 3)).flat());
  });

  it("has the gradient of tfjs's own transposed product", () => {
    const builtIn = (a: tf.Tensor2D, b: tf.Tensor2D) => tf.tidy(() => tf.sum(tf.square(tf.matMul(a, b, false, true))));
    const ours = (a: tf.Tensor2D, b: tf.Tensor2D) => tf.tidy(() => tf.sum(tf.square(similarity(a, b))));
    const [one, other] = [evaluate(ours, inputs), evaluate(builtIn, inputs)];
    expect(one.gradients[0]!).toBeAllclose(other.gradients[0]!);
    expect(one.gradients[1]!).toBeAllclose(other.gradients[1]!);
    expectGradientsMatchDifferences(ours, inputs);
  });

  it("names what is wrong with its arguments", () => {
    tf.tidy(() => {
      expect(() => similarity(tf.zeros([3, 2]), tf.zeros([3, 4]))).toThrow(refusal("SHAPE_MISMATCH"));
      expect(() => similarity([[1]] as never, tf.zeros([1, 1]))).toThrow(/image must be a tensor of shape \[M, d\]/);
    });
  });
});
