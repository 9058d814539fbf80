import * as tf from "@tensorflow/tfjs-core";

/** A tensor that a gradient under way takes as a constant: what it takes to compute it isn't kept for the way back. */
export function offTape<T extends tf.Tensor>(compute: () => T): T {
  // An operation without inputs: TensorFlow.js has no stopGradient.
  return tf.customGrad(() => ({ value: compute(), gradFunc: () => [] }))() as T;
}
