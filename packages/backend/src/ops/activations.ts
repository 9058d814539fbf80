import { fail } from "@rsdix/internal";
import * as tf from "@tensorflow/tfjs-core";
import type { Kernel } from "./kernel";

/** The activations that `linear` can apply to its result. */
export type Activation = "quickGelu" | "gelu" | "geluTanh" | "relu" | "tanh";

interface ActivationRule {
  /** y = f(z). */
  forward(z: tf.Tensor2D): tf.Tensor2D;
  /** What the derivative is computed from: the input z or the output y. */
  readonly state: "z" | "y";
  /** dy · f'(z), from z or y as `state` says. */
  backward(dy: tf.Tensor2D, state: tf.Tensor2D): tf.Tensor2D;
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
    state: "z",
    backward(dy, z) {
      const a = tf.mul(z, QUICK);
      const s = tf.sigmoid(a);
      return tf.mul(dy, tf.mul(s, tf.add(1, tf.mul(a, tf.sub(1, s))))); // s + a s (1 - s)
    },
  },
  gelu: {
    forward: (z) => tf.mul(tf.mul(z, 0.5), tf.add(1, tf.erf(tf.mul(z, SQRT_HALF)))),
    state: "z",
    backward(dy, z) {
      const cumulative = tf.mul(0.5, tf.add(1, tf.erf(tf.mul(z, SQRT_HALF))));
      const density = tf.mul(INV_SQRT_2PI, tf.exp(tf.mul(-0.5, tf.square(z))));
      return tf.mul(dy, tf.add(cumulative, tf.mul(z, density)));
    },
  },
  geluTanh: {
    forward: (z) => tf.mul(tf.mul(z, 0.5), tf.add(1, tanhInner(z))),
    state: "z",
    backward(dy, z) {
      const t = tanhInner(z);
      const inner = tf.add(SQRT_2_OVER_PI, tf.mul(3 * GELU_CUBIC * SQRT_2_OVER_PI, tf.square(z)));
      return tf.mul(dy, tf.mul(0.5, tf.add(tf.add(1, t), tf.mul(tf.mul(z, inner), tf.sub(1, tf.square(t))))));
    },
  },
  relu: { forward: (z) => tf.relu(z), state: "y", backward: (dy, y) => tf.mul(dy, tf.step(y)) },
  tanh: { forward: (z) => tf.tanh(z), state: "y", backward: (dy, y) => tf.mul(dy, tf.sub(1, tf.square(y))) },
};

/** The rule of a named activation; an unknown name throws. */
export function activationRule(name: Activation): ActivationRule {
  return Object.hasOwn(RULES, name)
    ? RULES[name]
    : fail("INVALID_ARGUMENT", `Unknown activation "${name}". Choose one of: ${Object.keys(RULES).join(", ")}.`);
}

/** dz [n, m] = dy · f'(z), from what `RsdixLinear` left as its state. */
export const ACTIVATION_GRAD: Kernel = {
  name: "RsdixActivationGrad",
  composed: ({ dy, state }: { dy: tf.Tensor2D; state: tf.Tensor2D }, { activation }: { activation: Activation }) => [
    activationRule(activation).backward(dy, state),
  ],
};
