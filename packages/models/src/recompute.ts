import * as tf from "@tensorflow/tfjs-core";

/**
 * Runs a block of a model and keeps nothing of what is inside it for the way back: there the block is run again (gradient checkpointing). A
 * tower then holds its blocks' inputs and the inside of one block, for one more forward pass a step.
 *
 * The block must give the same numbers each time: dropout by seed and place does, a stateful generator doesn't.
 *
 * @param block What is computed, from its input and the constants.
 * @param x The input; the gradient goes on to it.
 * @param weights The variables inside that are trained; a frozen one costs nothing.
 * @param constants Other tensors that the block reads, masks for example, without a gradient.
 * @returns What `block` returns.
 * @see Chen et al., "Training Deep Nets with Sublinear Memory Cost", arXiv 1604.06174
 */
export function recomputed<X extends tf.Tensor, Y extends tf.Tensor>(
  block: (x: X, ...constants: tf.Tensor[]) => Y,
  x: X,
  weights: readonly tf.Variable[],
  constants: readonly tf.Tensor[] = [],
): Y {
  const operation = tf.customGrad((...args: (tf.Tensor | tf.GradSaver)[]) => {
    const save = args.at(-1) as tf.GradSaver;
    save([x, ...constants]);
    return {
      value: block(x, ...constants),
      gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => gradientAgain(block, saved, weights, dy),
    };
  });
  return operation(x, ...weights) as Y;
}

/** The gradient by the input and the weights, of a forward pass made for it. */
function gradientAgain<X extends tf.Tensor, Y extends tf.Tensor>(
  block: (x: X, ...constants: tf.Tensor[]) => Y,
  [x, ...constants]: tf.Tensor[],
  weights: readonly tf.Variable[],
  dy: tf.Tensor,
): tf.Tensor[] {
  const engine = tf.engine();
  // The way back around this one is still to free what it kept: TensorFlow.js has one list for that, which a gradient inside would drop.
  const { activeTape } = engine.state;
  try {
    const inputs = [x!, ...weights];
    const { value, grads } = engine.gradients(() => block(x as X, ...constants), inputs, dy, true);
    value.dispose();
    return grads.map((grad, i) => grad ?? tf.zerosLike(inputs[i]!));
  } finally {
    engine.state.activeTape = activeTape;
  }
}
