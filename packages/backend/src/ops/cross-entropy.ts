import { checkOptions, checkRank, fail, showShape } from "@rsdix/internal";
import * as tf from "@tensorflow/tfjs-core";

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
 * @param targets Shape `[n]`, int32, each in [0, classes). Not checked on the device, where another number reads another row's logits: check where they are made.
 * @param options Row weights.
 * @returns A scalar, shape `[]`, float32, in nats.
 * @throws SHAPE_MISMATCH, INVALID_ARGUMENT (targets not int32), UNKNOWN_OPTION.
 * @example
 * ```ts
 * import "@tensorflow/tfjs";
 * import * as tf from "@tensorflow/tfjs-core";
 * import { crossEntropy } from "@rsdix/backend";
 * crossEntropy(tf.zeros([2, 4]), tf.tensor1d([0, 3], "int32")).print(); // ln 4 = 1.386
 * ```
 */
export function crossEntropy(logits: tf.Tensor2D, targets: tf.Tensor1D, options: CrossEntropyOptions = {}): tf.Scalar {
  checkOptions(options, ["weights"], "crossEntropy");
  checkRank(logits, 2, "logits", "[n, classes]");
  const [n, classes] = logits.shape;
  if (targets.dtype !== "int32") fail("INVALID_ARGUMENT", `crossEntropy: targets must be int32, got ${targets.dtype}.`);
  if (targets.rank !== 1 || targets.shape[0] !== n)
    fail("SHAPE_MISMATCH", `crossEntropy: targets must have shape [${n}], got ${showShape(targets)}.`);
  const { weights } = options;
  if (weights && (weights.rank !== 1 || weights.shape[0] !== n)) {
    fail("SHAPE_MISMATCH", `crossEntropy: weights must have shape [${n}], got ${showShape(weights)}.`);
  }
  const run = tf.customGrad((...args: (tf.Tensor | tf.GradSaveFunc)[]) => {
    const [x, save] = args as [tf.Tensor2D, tf.GradSaveFunc];
    const shares = weights ? tf.div(weights, tf.sum(weights)) : tf.fill([n], 1 / n); // [n], sums to 1
    const flatTargets = tf.add(tf.mul(tf.range(0, n, 1, "int32"), tf.scalar(classes, "int32")), targets); // positions in the flat logits
    const logSumExp = tf.logSumExp(x, 1); // [n]
    const picked = tf.gather(tf.reshape(x, [-1]), flatTargets);
    save([x, logSumExp, shares, flatTargets]);
    const gradFunc = (dy: tf.Tensor, saved: tf.Tensor[]) => {
      const [x0, lse, share, at] = saved as [tf.Tensor2D, tf.Tensor1D, tf.Tensor1D, tf.Tensor1D];
      const scaled = tf.mul(share, dy) as tf.Tensor1D; // [n]
      const softmax = tf.exp(tf.sub(x0, tf.reshape(lse, [n, 1])));
      const ones = tf.scatterND(tf.reshape(at, [n, 1]), scaled, [n * classes]);
      return tf.sub(tf.mul(softmax, tf.reshape(scaled, [n, 1])), tf.reshape(ones, [n, classes]));
    };
    return { value: tf.sum(tf.mul(shares, tf.sub(logSumExp, picked))) as tf.Scalar, gradFunc };
  });
  return run(logits) as tf.Scalar;
}
