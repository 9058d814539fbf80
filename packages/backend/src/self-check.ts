import { fail } from "@rsdix/internal";
import * as tf from "@tensorflow/tfjs-core";
import { crossEntropy } from "./ops/cross-entropy";
import { linear } from "./ops/linear";

/** A two-class linear model on one row: small enough to know its loss and gradient in closed form. */
const X = [1, -2, 3];
const W = [0.5, -0.5, 0.25, 0.125, -1, 1]; // [3, 2]
const TOLERANCE = 1e-3; // WebGL may compute in half precision

/**
 * Computes one loss and one gradient on the running backend and compares them with their closed form: some devices give zero gradients or
 * wrong losses without a word.
 *
 * @returns Nothing; resolves when the values are right.
 * @throws BACKEND_WRONG_RESULT when loss or gradient is off by more than 1e-3.
 * @example
 * ```ts
 * import { selfCheck, startBackend } from "@rsdix/backend";
 * await startBackend("cpu");
 * await selfCheck();
 * ```
 */
export async function selfCheck(): Promise<void> {
  const [loss, gradient] = onTheDevice(() => {
    const lossOf = (w: tf.Tensor) => crossEntropy(linear(tf.tensor2d(X, [1, 3]), w as tf.Tensor2D), tf.tensor1d([0], "int32"));
    const { value, grad } = tf.valueAndGrad(lossOf)(tf.tensor2d(W, [3, 2]));
    return [value, grad] as [tf.Tensor, tf.Tensor];
  });
  let got: number[];
  try {
    got = [...(await loss.data()), ...(await gradient.data())];
  } finally {
    tf.dispose([loss, gradient]);
  }

  // logits z = x W; loss = log(1 + exp(z1 - z0)); d loss / d W[i][j] = x_i (p_j - [j = 0])
  const z = [0, 1].map((j) => X.reduce((sum, x, i) => sum + x * W[2 * i + j]!, 0));
  const p1 = 1 / (1 + Math.exp(z[0]! - z[1]!));
  const expected = [Math.log1p(Math.exp(z[1]! - z[0]!)), ...X.flatMap((x) => [-x * p1, x * p1])];
  if (!expected.every((value, i) => Math.abs(value - got[i]!) <= TOLERANCE * (1 + Math.abs(value)))) {
    fail(
      "BACKEND_WRONG_RESULT",
      `The backend "${tf.getBackend()}" computes wrongly: loss and gradient should be ${show(expected)}, got ${show(got)}. Use another backend, for example "wasm".`,
    );
  }
}

/** GPU backends hand small tensors to the cpu backend, which would be checked in their place. */
function onTheDevice<T extends tf.TensorContainer>(body: () => T): T {
  const flag = { webgpu: "WEBGPU_CPU_FORWARD", webgl: "WEBGL_CPU_FORWARD" }[tf.getBackend()];
  const { flagRegistry } = tf.env() as unknown as { flagRegistry: object };
  if (!flag || !(flag in flagRegistry)) return tf.tidy(body);
  const before = tf.env().getBool(flag);
  tf.env().set(flag, false);
  try {
    return tf.tidy(body);
  } finally {
    tf.env().set(flag, before);
  }
}

const show = (values: number[]) => `[${values.map((value) => value.toPrecision(5)).join(", ")}]`;
