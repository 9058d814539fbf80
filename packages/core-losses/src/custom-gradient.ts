import { fail } from "@rsdix/internal";
import * as tf from "@tensorflow/tfjs-core";

/** What a loss computes: its value, and how a gradient `dy` of that value becomes one gradient an input. */
interface Differentiable<T extends tf.Tensor> {
  value: T;
  gradFunc: (dy: T, saved: tf.Tensor[]) => tf.Tensor[];
}

/**
 * `tf.customGrad` with the inputs in a closure, so that they keep their types. Nothing inside `compute` is taped: what the
 * gradient needs must go through `save`, and everything else is freed when `compute` ends.
 */
export function withGradient<T extends tf.Tensor>(inputs: tf.Tensor[], compute: (save: tf.GradSaveFunc) => Differentiable<T>): T {
  return tf.customGrad<T>((...inputsAndSave) => {
    const { value, gradFunc } = compute(inputsAndSave.at(-1) as tf.GradSaveFunc);
    return {
      value,
      // Inside another gradient tfjs would go on with what was saved as if it were constant, and be wrong without a word.
      gradFunc: (dy, saved) =>
        tf.engine().state.gradientDepth > 0
          ? fail("INVALID_ARGUMENT", "A loss has no second derivative. Take the inner gradient before the outer function, as a constant.")
          : gradFunc(dy, saved),
    };
  })(...inputs);
}

/** tfjs has no stopGradient: an operation without inputs keeps what happens inside off the tape, and its memory with it. */
export function withoutGradient<T extends tf.Tensor>(compute: () => T): T {
  return withGradient([], () => ({ value: compute(), gradFunc: () => [] }));
}
