import * as tf from "@tensorflow/tfjs-core";
import type { Tensors } from "./kernel";
import { gradientWithin, runOp } from "./run-op";

/**
 * Runs a block of a model and keeps nothing of what is inside it for the way back: there the block is run again (gradient checkpointing). A
 * tower then holds its blocks' inputs and the inside of one block, for one more forward pass a step.
 *
 * @param block What is computed, from its input and the constants. It must give the same numbers each time: dropout by seed and place does, a
 *   generator with a state doesn't.
 * @param x The input, of any shape; the gradient goes on to it.
 * @param weights The variables inside that are trained, each of any shape `[...]`; one that is left out is taken as constant, and costs nothing.
 * @param constants Other tensors that the block reads, of any shape `[...]`, masks for example; they get no gradient, and stay the caller's.
 * @returns What `block` returns.
 * @throws INVALID_ARGUMENT where a second derivative is asked for.
 * @example
 * ```ts
 * import "@tensorflow/tfjs";
 * import * as tf from "@tensorflow/tfjs-core";
 * import { linear, recomputed } from "@rsdix/backend";
 * const weight = tf.variable(tf.randomNormal<tf.Rank.R2>([4, 4]));
 * const block = (x: tf.Tensor2D) => tf.add<tf.Tensor2D>(x, linear(x, weight as tf.Tensor as tf.Tensor2D, undefined, "tanh"));
 * const x = tf.randomNormal<tf.Rank.R2>([2, 4]);
 * const { grads } = tf.variableGrads(() => tf.sum(recomputed(block, x, [weight])));
 * console.log(Object.values(grads)[0]!.shape); // [4, 4], as without it
 * ```
 * @see Chen et al., "Training Deep Nets with Sublinear Memory Cost", arXiv 1604.06174
 */
export function recomputed<X extends tf.Tensor, Y extends tf.Tensor>(
  block: (x: X, ...constants: tf.Tensor[]) => Y,
  x: X,
  weights: readonly tf.Variable[],
  constants: readonly tf.Tensor[] = [],
): Y {
  const numbered = (tensors: readonly tf.Tensor[], as: string) => Object.fromEntries(tensors.map((tensor, i) => [`${as}${i}`, tensor]));
  const constantsOf = (tensors: Tensors) => constants.map((_, i) => tensors[`constant${i}`]!);
  return runOp({
    kernel: { name: "recomputed", compute: (tensors) => block(tensors.x as X, ...constantsOf(tensors)) },
    inputs: { x, ...numbered(weights, "weight") },
    constants: numbered(constants, "constant"),
    attrs: {},
    saves: ["x", ...constants.map((_, i) => `constant${i}`)],
    gradient(dy, saved) {
      const again = () => block(saved.x as X, ...constantsOf(saved));
      const inputs = [saved.x!, ...weights];
      const { value, grads } = gradientWithin(() => tf.engine().gradients(again, inputs, dy, true));
      value.dispose();
      const gradients = grads.map((grad, i) => grad ?? tf.zerosLike(inputs[i]!));
      return {
        gradients: Object.fromEntries(gradients.map((gradient, i) => [i === 0 ? "x" : `weight${i - 1}`, () => gradient])),
        shared: gradients,
      };
    },
  }) as Y;
}
