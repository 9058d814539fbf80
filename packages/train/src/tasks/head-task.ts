import { crossEntropy } from "@rsdix/backend";
import { checkOptions, checkRange, fail } from "@rsdix/internal";
import * as tf from "@tensorflow/tfjs-core";
import { withMethod } from "../check-given";
import type { Task } from "../fit/task";
import { checkedBatch } from "./check-batch";
import type { Head } from "./head";
import { offTape } from "./off-tape";

/** A batch of features and their classes. */
export interface FeatureBatch {
  /** Features, row-major `[n, inputWidth]`. */
  readonly features: Float32Array;
  /** The number of each one's class, `[n]`, from 0. */
  readonly labels: Int32Array;
}

/** How a head is trained to tell classes. */
export interface HeadTaskOptions {
  /** Share of the target that is spread over all classes alike, in [0, 1). 0. */
  labelSmoothing?: number;
}

/**
 * Trains a head to tell classes, with softmax cross-entropy. Records have the accuracy in the batch as a log.
 *
 * @param head The head, with a class for each of its outputs; trained in place.
 * @param options Label smoothing.
 * @returns The task for `fit`.
 * @throws INVALID_ARGUMENT, UNKNOWN_OPTION for options at once; in a step SHAPE_MISMATCH for features and labels that don't fit, INVALID_ARGUMENT for a label
 *   that is no class, EMPTY_DATA for a batch without any.
 * @example
 * ```ts
 * import "@tensorflow/tfjs";
 * import { featureBatches, fit, Head, headTask } from "@rsdix/train";
 * const features = { values: Float32Array.of(1, 0, 0, 1, 0.9, 0.1), dim: 2 }; // embedDataset of @rsdix/data gives such
 * const head = Head.fromConfig({ inputWidth: 2, outputWidth: 2 }, 1);
 * const data = featureBatches({ features, labels: [0, 1, 0], batchSize: 3, seed: 1 });
 * for await (const record of fit(headTask(head), data, { steps: 20, schedule: () => 0.1 })) {
 *   if (record.type === "step" && record.step === 20) console.log(record.loss.total, record.logs.accuracy);
 * }
 * head.dispose();
 * ```
 * @see Rethinking the Inception architecture for computer vision, arXiv 1512.00567, section 7 (label smoothing)
 */
export function headTask(head: Head, options: HeadTaskOptions = {}): Task<FeatureBatch> {
  const { labelSmoothing = 0 } = checkOptions(options, ["labelSmoothing"], "headTask");
  checkRange(labelSmoothing, "labelSmoothing", { min: 0, max: 1 - Number.EPSILON });
  const { inputWidth, outputWidth } = withMethod(head, "forward", "headTask trains a Head").config;
  return {
    name: "head",
    learningRate: 1e-3,
    trainable: () => head.parameters.trainable(),
    itemsIn: ({ labels }) => labels.length,
    prepare(batch) {
      const { features, labels } = checkedBatch(batch, "headTask", ["features", "labels"]);
      const n = labels.length;
      if (n === 0) fail("EMPTY_DATA", "headTask: a batch needs at least one feature, got none.");
      if (features.length !== n * inputWidth)
        fail("SHAPE_MISMATCH", `headTask: ${n} labels need [${n}, ${inputWidth}] features, got ${features.length} numbers.`);
      const wrong = labels.find((label) => !Number.isInteger(label) || label < 0 || label >= outputWidth);
      if (wrong !== undefined) fail("INVALID_ARGUMENT", `headTask: labels are whole numbers from 0 to ${outputWidth - 1}, got ${wrong}.`);
      const input = tf.tensor2d(features, [n, inputWidth]);
      const targets = tf.tensor1d(labels, "int32");
      return () => {
        const logits = head.forward(input);
        const accuracy = offTape(() => tf.mean<tf.Scalar>(tf.cast(tf.equal(tf.argMax(logits, 1), targets), "float32")));
        return { loss: smoothed(crossEntropy(logits, targets), logits, labelSmoothing), logs: { accuracy } };
      };
    },
    state: () => head.parameters.toCheckpoint(),
    restore: (checkpoint) => head.parameters.assign(checkpoint),
  };
}

/** With a share of the target spread over all classes, whose mean loss is logSumExp - mean of the logits. */
function smoothed(loss: tf.Scalar, logits: tf.Tensor2D, smoothing: number): tf.Scalar {
  if (smoothing === 0) return loss;
  const spread = tf.mean(tf.sub(tf.logSumExp(logits, 1), tf.mean(logits, 1)));
  return tf.add(tf.mul(loss, 1 - smoothing), tf.mul(spread, smoothing));
}
