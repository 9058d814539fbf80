import { checkOptions, checkRank, fail, showShape } from "@rsdix/internal";
import * as tf from "@tensorflow/tfjs-core";
import { ACTIVATION_GRAD, type Activation, activationRule } from "./activations";
import { checkFloat32, checkIsObject } from "./check-inputs";
import { type Kernel, runKernel } from "./kernel";
import { product, sumRows } from "./product";
import { runOp } from "./run-op";

/** What `linear` does after the product. */
export interface LinearOptions {
  /** Applied element by element; none by default. */
  readonly activation?: Activation;
  /** Shape `[n, out]`, float32: added after the activation, as the residual stream of a transformer is. */
  readonly residual?: tf.Tensor2D;
  /** w is stored [out, in], as a PyTorch `Linear` and a token table that is also the output matrix are; false by default. */
  readonly transposed?: boolean;
}

/**
 * A fully connected layer with its activation: y = f(x · w + bias) + residual.
 *
 * One operation with its own gradient. `w` is stored [in, out] unless `transposed` says otherwise, so that the forward product needs no
 * transpose on any backend.
 *
 * @param x Input, shape `[n, in]`, float32. Flatten leading axes first: a 3-D by 2-D product has a wrong gradient in tfjs 4.22.
 * @param w Weight, shape `[in, out]`, float32; `[out, in]` when `transposed`.
 * @param bias Bias, shape `[out]`, float32; optional.
 * @param options An activation's name, or `LinearOptions`. `quickGelu` is CLIP's x·σ(1.702x), `gelu` the exact one,
 *   `geluTanh` GPT-2's approximation.
 * @returns Shape `[n, out]`, float32.
 * @throws SHAPE_MISMATCH when the shapes don't fit; INVALID_ARGUMENT for an unknown activation or tensors that are not float32;
 *   UNKNOWN_OPTION.
 * @example
 * ```ts
 * import "@tensorflow/tfjs";
 * import * as tf from "@tensorflow/tfjs-core";
 * import { linear } from "@rsdix/backend";
 * const x = tf.tensor2d([[1, 2]]);
 * const w = tf.tensor2d([[1, 0], [0, 1]]);
 * linear(x, w, tf.tensor1d([-5, 0.5]), "relu").print(); // [[0, 2.5]]
 * linear(x, w, undefined, { residual: x }).print(); // [[2, 4]]
 * ```
 * @see Gaussian Error Linear Units, arXiv 1606.08415, for the three GELU forms.
 */
export function linear(x: tf.Tensor2D, w: tf.Tensor2D, bias?: tf.Tensor1D, options: Activation | LinearOptions = {}): tf.Tensor2D {
  if (typeof options !== "string") {
    checkIsObject(options, "linear");
    checkOptions(options, ["activation", "residual", "transposed"], "linear");
  }
  const { activation, residual, transposed = false }: LinearOptions = typeof options === "string" ? { activation: options } : options;
  checkFloat32(x, "linear: x");
  checkFloat32(w, "linear: w");
  if (bias !== undefined) checkFloat32(bias, "linear: bias");
  if (residual !== undefined) checkFloat32(residual, "linear: residual");
  checkRank(x, 2, "x", "[n, in]");
  checkRank(w, 2, "w", transposed ? "[out, in]" : "[in, out]");
  const n = x.shape[0];
  const [inputs, out] = transposed ? [w.shape[1], w.shape[0]] : w.shape;
  if (x.shape[1] !== inputs) {
    const which = transposed ? "last, as it is transposed" : "first";
    fail("SHAPE_MISMATCH", `linear: x ${showShape(x)} and w ${showShape(w)} don't fit: x's last size must be w's ${which}.`);
  }
  if (bias && (bias.rank !== 1 || bias.shape[0] !== out)) {
    fail("SHAPE_MISMATCH", `linear: bias must have shape [${out}], got ${showShape(bias)}.`);
  }
  if (residual && (residual.rank !== 2 || residual.shape[0] !== n || residual.shape[1] !== out)) {
    fail("SHAPE_MISMATCH", `linear: residual must have shape [${n}, ${out}], got ${showShape(residual)}.`);
  }
  if (activation !== undefined) activationRule(activation);
  return runOp({
    kernel: LINEAR,
    inputs: { x, w, ...(bias && { bias }), ...(residual && { residual }) },
    attrs: { activation, transposeW: transposed },
    saves: ["x", "w"],
    gradient(dy, { x: x0, w: w0, state }) {
      const dz = activation ? runKernel(ACTIVATION_GRAD, { dy, state: state! }, { activation })[0]! : dy;
      return {
        gradients: {
          x: () => product(dz, w0!, false, !transposed),
          w: () => (transposed ? product(dz, x0!, true, false) : product(x0!, dz, true, false)),
          bias: () => sumRows(dz),
          residual: () => tf.clone(dy),
        },
        shared: activation ? [dz] : [],
      };
    },
  }) as tf.Tensor2D;
}

interface LinearInputs {
  x: tf.Tensor2D;
  w: tf.Tensor2D;
  bias?: tf.Tensor1D;
  residual?: tf.Tensor2D;
}

interface LinearAttributes {
  activation?: Activation;
  transposeW: boolean;
  training: boolean;
}

export const LINEAR: Kernel = {
  name: "RsdixLinear",
  composed({ x, w, bias, residual }: LinearInputs, { activation, transposeW, training }: LinearAttributes) {
    const turned = transposeW && tf.getBackend() === "wasm"; // where transpose flags are slow
    const operands = { a: x, b: turned ? (tf.transpose(w) as tf.Tensor2D) : w, transposeB: transposeW && !turned };
    const z = (
      bias ? tf.fused.matMul({ ...operands, bias }) : tf.matMul(operands.a, operands.b, false, operands.transposeB)
    ) as tf.Tensor2D;
    const rule = activation && activationRule(activation);
    const y = rule ? rule.forward(z) : z;
    const sum = residual ? tf.add(y, residual) : y;
    if (!training || !rule) return [sum];
    return [sum, rule.state === "z" ? z : tf.clone(y)];
  },
};
