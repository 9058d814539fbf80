import { checkOptions, checkRank, fail, showShape } from "@rsdix/internal";
import * as tf from "@tensorflow/tfjs-core";
import { checkFloat32, checkInt32, checkIsObject } from "./check-inputs";
import { type Kernel, runKernel } from "./kernel";
import { runOp } from "./run-op";

/** Options of `crossEntropy`. */
export interface CrossEntropyOptions {
  /** Shape `[n]`, float32, not negative, not all zero: a row's share in the mean; 0 leaves it out (padding). */
  weights?: tf.Tensor1D;
}

/**
 * Softmax cross-entropy with integer targets: the weighted mean of logSumExp(logits_i) - logits_i[target_i]. No one-hot matrix is
 * made: over a vocabulary that would be as large as the logits again.
 *
 * @param logits Shape `[n, classes]`, float32.
 * @param targets Shape `[n]`, int32, each in [0, classes). Not checked on the device, where another number reads another row's logits: check where they are
 * made.
 * @param options Row weights.
 * @returns A scalar, shape `[]`, float32, in nats; 0 without rows.
 * @throws SHAPE_MISMATCH; INVALID_ARGUMENT when logits or weights are not float32, or targets not int32, or there are no classes;
 *   UNKNOWN_OPTION.
 * @see Szegedy et al., arXiv 1512.00567, section 7, before its label smoothing
 * @example
 * ```ts
 * import "@tensorflow/tfjs";
 * import * as tf from "@tensorflow/tfjs-core";
 * import { crossEntropy } from "@rsdix/backend";
 * crossEntropy(tf.zeros([2, 4]), tf.tensor1d([0, 3], "int32")).print(); // ln 4 = 1.386
 * ```
 */
export function crossEntropy(logits: tf.Tensor2D, targets: tf.Tensor1D, options: CrossEntropyOptions = {}): tf.Scalar {
  checkIsObject(options, "crossEntropy");
  checkOptions(options, ["weights"], "crossEntropy");
  checkFloat32(logits, "crossEntropy: logits");
  checkRank(logits, 2, "logits", "[n, classes]");
  const [n, classes] = logits.shape;
  checkInt32(targets, "crossEntropy: targets");
  if (targets.rank !== 1 || targets.shape[0] !== n)
    fail("SHAPE_MISMATCH", `crossEntropy: targets must have shape [${n}], got ${showShape(targets)}.`);
  if (n > 0 && classes === 0) fail("INVALID_ARGUMENT", `crossEntropy: logits ${showShape(logits)} have no classes; a target needs one.`);
  const { weights } = options;
  if (weights !== undefined) checkFloat32(weights, "crossEntropy: weights");
  if (weights && (weights.rank !== 1 || weights.shape[0] !== n)) {
    fail("SHAPE_MISMATCH", `crossEntropy: weights must have shape [${n}], got ${showShape(weights)}.`);
  }
  return runOp({
    kernel: CROSS_ENTROPY,
    inputs: { logits },
    constants: { targets, ...(weights && { weights }) },
    attrs: {},
    saves: ["logits", "targets", "weights"],
    gradient: (dy, saved) => ({ gradients: { logits: () => runKernel(CROSS_ENTROPY_GRAD, { dy, ...saved })[0]! } }),
  }) as tf.Scalar;
}

interface CrossEntropyInputs {
  logits: tf.Tensor2D;
  targets: tf.Tensor1D;
  weights?: tf.Tensor1D;
}

/** Its state: every row's logSumExp, [n]. */
const CROSS_ENTROPY: Kernel = {
  name: "RsdixCrossEntropy",
  composed({ logits, targets, weights }: CrossEntropyInputs, { training }: { training: boolean }) {
    const logSumExp = tf.logSumExp(logits, 1);
    const picked = tf.gather(tf.reshape(logits, [-1]), flatPositions(logits, targets));
    const value = tf.sum(tf.mul(shares(logits, weights), tf.sub(logSumExp, picked)));
    return training ? [value, logSumExp] : [value];
  },
};

const CROSS_ENTROPY_GRAD: Kernel = {
  name: "RsdixCrossEntropyGrad",
  composed({ dy, logits, targets, weights, state }: CrossEntropyInputs & { dy: tf.Scalar; state: tf.Tensor1D }) {
    const [n, classes] = logits.shape;
    const scaled = tf.mul(shares(logits, weights), dy) as tf.Tensor1D; // [n]
    const softmax = tf.exp(tf.sub(logits, tf.reshape(state, [n, 1])));
    const ones = tf.scatterND(tf.reshape(flatPositions(logits, targets), [n, 1]), scaled, [n * classes]);
    return [tf.sub(tf.mul(softmax, tf.reshape(scaled, [n, 1])), tf.reshape(ones, [n, classes]))];
  },
};

/** [n]: every row's share in the mean; they sum to 1. */
function shares({ shape: [n] }: tf.Tensor2D, weights?: tf.Tensor1D): tf.Tensor1D {
  return weights ? tf.div(weights, tf.sum(weights)) : tf.fill([n], 1 / n);
}

/** [n], int32: where the targets' logits stand when the rows are laid end to end. */
function flatPositions({ shape: [n, classes] }: tf.Tensor2D, targets: tf.Tensor1D): tf.Tensor1D {
  return tf.add(tf.mul(tf.range(0, n, 1, "int32"), tf.scalar(classes, "int32")), targets);
}
