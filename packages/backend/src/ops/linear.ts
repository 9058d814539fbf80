import { checkRank, fail, showShape } from "@rsdix/internal";
import * as tf from "@tensorflow/tfjs-core";
import { type Activation, activationRule } from "./activations";
import { product, sumRows } from "./product";

/**
 * A fully connected layer with its activation: y = f(x · w + bias).
 *
 * One operation with its own gradient. `w` is stored [in, out] (a PyTorch `Linear` stores the transpose), so that the forward
 * product needs no transpose on any backend.
 *
 * @param x Input, shape `[n, in]`, float32. Flatten leading axes first: a 3-D by 2-D product has a wrong gradient in tfjs 4.22.
 * @param w Weight, shape `[in, out]`, float32.
 * @param bias Bias, shape `[out]`, float32; optional.
 * @param activation Applied element by element; none by default. `quickGelu` is CLIP's x·σ(1.702x), `gelu` the exact one,
 *   `geluTanh` GPT-2's approximation.
 * @returns Shape `[n, out]`, float32.
 * @throws SHAPE_MISMATCH when the shapes don't fit; INVALID_ARGUMENT for an unknown activation.
 * @example
 * ```ts
 * import "@tensorflow/tfjs";
 * import * as tf from "@tensorflow/tfjs-core";
 * import { linear } from "@rsdix/backend";
 * const y = linear(tf.tensor2d([[1, 2]]), tf.tensor2d([[1, 0], [0, 1]]), tf.tensor1d([-5, 0.5]), "relu");
 * y.print(); // [[0, 2.5]]
 * ```
 * @see Gaussian Error Linear Units, arXiv 1606.08415, for the three GELU forms.
 */
export function linear(x: tf.Tensor2D, w: tf.Tensor2D, bias?: tf.Tensor1D, activation?: Activation): tf.Tensor2D {
  checkRank(x, 2, "x", "[n, in]");
  checkRank(w, 2, "w", "[in, out]");
  if (x.shape[1] !== w.shape[0]) {
    fail("SHAPE_MISMATCH", `linear: x ${showShape(x)} and w ${showShape(w)} don't fit: x's last size must be w's first.`);
  }
  if (bias && (bias.rank !== 1 || bias.shape[0] !== w.shape[1])) {
    fail("SHAPE_MISMATCH", `linear: bias must have shape [${w.shape[1]}], got ${showShape(bias)}.`);
  }
  const rule = activation === undefined ? undefined : activationRule(activation);

  const run = tf.customGrad((...args: (tf.Tensor | tf.GradSaveFunc)[]) => {
    const save = args[args.length - 1] as tf.GradSaveFunc;
    const [input, weight, offset] = args as [tf.Tensor2D, tf.Tensor2D, tf.Tensor1D];
    const xw = tf.matMul(input, weight);
    const z = (bias ? tf.add(xw, offset) : xw) as tf.Tensor2D;
    const y = rule ? rule.forward(z) : z;
    save(rule ? [input, weight, z, y] : [input, weight]);
    const gradFunc = (dy: tf.Tensor, saved: tf.Tensor[]) => {
      const [x0, w0, z0, y0] = saved as [tf.Tensor2D, tf.Tensor2D, tf.Tensor2D, tf.Tensor2D];
      const dz = (rule ? tf.mul(dy, rule.derivative(z0, y0)) : dy) as tf.Tensor2D;
      const gradients: tf.Tensor[] = [product(dz, w0, false, true), product(x0, dz, true, false)];
      if (bias) gradients.push(sumRows(dz));
      return gradients;
    };
    return { value: y, gradFunc };
  });
  return (bias ? run(x, w, bias) : run(x, w)) as tf.Tensor2D;
}
