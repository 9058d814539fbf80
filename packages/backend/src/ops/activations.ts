import { fail } from "@rsdix/internal";
import * as tf from "@tensorflow/tfjs-core";

/** The activations that `linear` can apply to its result. */
export type Activation = "quickGelu" | "gelu" | "geluTanh" | "relu" | "tanh";

interface ActivationRule {
  /** y = f(z). */
  forward(z: tf.Tensor2D): tf.Tensor2D;
  /** f'(z), from z or from y, whichever is cheaper. */
  derivative(z: tf.Tensor2D, y: tf.Tensor2D): tf.Tensor2D;
}

const SQRT_HALF = Math.SQRT1_2;
const INV_SQRT_2PI = 1 / Math.sqrt(2 * Math.PI);
const SQRT_2_OVER_PI = Math.sqrt(2 / Math.PI);
const GELU_CUBIC = 0.044715; // of the tanh approximation (Hendrycks and Gimpel, arXiv 1606.08415)
const QUICK = 1.702; // of CLIP's x * sigmoid(1.702 x), from the same paper

const tanhInner = (z: tf.Tensor2D) => tf.tanh(tf.mul(SQRT_2_OVER_PI, tf.mul(z, tf.add(1, tf.mul(GELU_CUBIC, tf.square(z))))));

const RULES: Record<Activation, ActivationRule> = {
  quickGelu: {
    forward: (z) => tf.mul(z, tf.sigmoid(tf.mul(z, QUICK))),
    derivative: (z, y) => {
      const s = tf.sigmoid(tf.mul(z, QUICK)) as tf.Tensor2D;
      return tf.add(s, tf.mul(tf.mul(y, QUICK), tf.sub(1, s))); // s + 1.702 z s (1 - s)
    },
  },
  gelu: {
    forward: (z) => tf.mul(tf.mul(z, 0.5), tf.add(1, tf.erf(tf.mul(z, SQRT_HALF)))),
    derivative: (z) =>
      tf.add(tf.mul(0.5, tf.add(1, tf.erf(tf.mul(z, SQRT_HALF)))), tf.mul(z, tf.mul(INV_SQRT_2PI, tf.exp(tf.mul(-0.5, tf.square(z)))))),
  },
  geluTanh: {
    forward: (z) => tf.mul(tf.mul(z, 0.5), tf.add(1, tanhInner(z))),
    derivative: (z) => {
      const t = tanhInner(z);
      const inner = tf.mul(SQRT_2_OVER_PI, tf.add(1, tf.mul(3 * GELU_CUBIC, tf.square(z))));
      return tf.add(tf.mul(0.5, tf.add(1, t)), tf.mul(tf.mul(tf.mul(z, 0.5), tf.sub(1, tf.square(t))), inner));
    },
  },
  relu: { forward: (z) => tf.relu(z), derivative: (_z, y) => tf.step(y) },
  tanh: { forward: (z) => tf.tanh(z), derivative: (_z, y) => tf.sub(1, tf.square(y)) },
};

/** The rule of a named activation; an unknown name throws. */
export function activationRule(name: Activation): ActivationRule {
  return Object.hasOwn(RULES, name)
    ? RULES[name]
    : fail("INVALID_ARGUMENT", `Unknown activation "${name}". Choose one of: ${Object.keys(RULES).join(", ")}.`);
}
