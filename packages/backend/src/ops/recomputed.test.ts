import * as tf from "@tensorflow/tfjs-core";
import { expect, it } from "vitest";
import { expectNoLeak, onEachBackend } from "../../../../test/tensors";
import { layerNorm } from "./layer-norm";
import { linear } from "./linear";
import { recomputed } from "./recomputed";

/** Four layers x -> x + mask · tanh(x·W + b), the whole as a loss; with what a forward pass leaves for the way back. */
function network(options: { recompute: boolean; frozen?: number }) {
  const weights = Array.from({ length: 4 }, (_, i) => [
    variable([6, 6], i + 1, i !== options.frozen),
    variable([6], 10 + i, i !== options.frozen),
  ]);
  const input = variable([5, 6], 20, true);
  let kept = 0;
  const loss = () => {
    const mask = tf.cast(tf.less(tf.randomUniform([5, 6], 0, 1, "float32", 30), 0.7), "float32");
    let x: tf.Tensor2D = input as tf.Tensor as tf.Tensor2D;
    for (const [weight, bias] of weights) {
      const block = (h: tf.Tensor, m?: tf.Tensor) =>
        tf.add(h, tf.mul(m!, tf.tanh(tf.add(tf.matMul(h as tf.Tensor2D, weight as tf.Tensor as tf.Tensor2D), bias!)))) as tf.Tensor2D;
      const trained = [weight!, bias!].filter((variable) => variable.trainable);
      x = options.recompute ? recomputed(block, x, trained, [mask]) : block(x, mask);
    }
    const value = tf.sum(tf.square(x)) as tf.Scalar;
    kept = tf.memory().numBytes;
    return value;
  };
  const variables = [input, ...weights.flat()];
  const { value, grads } = tf.variableGrads(
    loss,
    variables.filter((variable) => variable.trainable),
  );
  const result = {
    value: value.dataSync()[0]!,
    gradients: variables.map((variable) => grads[variable.name]?.dataSync().slice()),
    kept,
  };
  tf.dispose([value, grads, variables]);
  return result;
}

function variable(shape: number[], seed: number, trainable: boolean): tf.Variable {
  return tf.tidy(() => tf.variable(tf.randomNormal(shape, 0, 0.5, "float32", seed), trainable));
}

onEachBackend("Blocks whose inside is computed again", () => {
  it("have the value and the gradients of blocks that keep it, and keep less", () => {
    expectNoLeak(() => {
      const plain = network({ recompute: false });
      const recomputing = network({ recompute: true });
      expect(recomputing.value).toBeCloseTo(plain.value, 5);
      for (const [i, gradient] of plain.gradients.entries()) expect(recomputing.gradients[i]!).toBeAllclose(gradient!);
      expect(recomputing.kept).toBeLessThan(plain.kept);
    });
  });

  it("leave frozen weights out and lead the gradient past them", () => {
    expectNoLeak(() => {
      const plain = network({ recompute: false, frozen: 2 });
      const recomputing = network({ recompute: true, frozen: 2 });
      expect(recomputing.gradients[5]).toBeUndefined();
      for (const [i, gradient] of plain.gradients.entries()) {
        if (gradient) expect(recomputing.gradients[i]!).toBeAllclose(gradient);
      }
    });
  });

  it("can stand inside one another", () => {
    expectNoLeak(() => {
      const w = variable([2, 2], 1, true);
      const inner = (x: tf.Tensor2D): tf.Tensor2D => tf.tanh(tf.matMul(x, w as tf.Tensor as tf.Tensor2D));
      const outer = (x: tf.Tensor2D) => tf.add(x, recomputed(inner, recomputed(inner, x, [w]), [w])) as tf.Tensor2D;
      const input = tf.tensor2d([[1, 2]]);
      const plain = tf.variableGrads(() => tf.sum(tf.add(input, inner(inner(input)))));
      const nested = tf.variableGrads(() => tf.sum(recomputed(outer, input, [w])));
      expect(nested.value.dataSync()).toBeAllclose(plain.value.dataSync());
      expect(nested.grads[w.name]!.dataSync()).toBeAllclose(plain.grads[w.name]!.dataSync());
      tf.dispose([input, w, plain, nested]);
    });
  });

  it("may be of the fused operations, and fail on the way back without harm to what comes after", () => {
    expectNoLeak(() => {
      const w = variable([6, 6], 1, true);
      const input = tf.tensor2d(
        Array.from({ length: 12 }, (_, i) => Math.sin(i)),
        [2, 6],
      );
      let runs = 0;
      const block = (x: tf.Tensor2D, fails = false): tf.Tensor2D => {
        runs++;
        const h = linear(x, w as tf.Tensor as tf.Tensor2D, undefined, "gelu");
        if (fails && runs > 3) throw new Error("out of memory, say");
        return linear(layerNorm(h, tf.ones([6]), tf.zeros([6])), w as tf.Tensor as tf.Tensor2D, undefined, { residual: x });
      };
      const deep = (run: (x: tf.Tensor2D) => tf.Tensor2D) => () => tf.sum(tf.square(run(run(run(input))))) as tf.Scalar;
      const plain = tf.variableGrads(deep((x) => block(x)));
      runs = 0;
      const failing = deep((x) => recomputed((h: tf.Tensor2D) => block(h, true), x, [w]));
      expect(() => tf.tidy(() => tf.variableGrads(failing))).toThrow("out of memory, say");
      const again = tf.variableGrads(deep((x) => recomputed((h: tf.Tensor2D) => block(h), x, [w])));
      expect(again.grads[w.name]!.dataSync()).toBeAllclose(plain.grads[w.name]!.dataSync());
      tf.dispose([input, w, plain, again]);
    });
  });

  it("are only run, where no gradient is asked for", () => {
    expectNoLeak(() => {
      const y = tf.tidy(() => recomputed((x: tf.Tensor2D) => tf.square(x), tf.tensor2d([[1, 2]]), []).dataSync());
      expect([...y]).toEqual([1, 4]);
    });
  });
});
