import { checkRange, checkSameShape } from "@rsdix/internal";
import type * as tf from "@tensorflow/tfjs-core";
import { assignAll, mixed } from "./adamw-update";
import { checkFloat32, checkVariable } from "./check-inputs";
import { type Kernel, runKernel } from "./kernel";

/**
 * One step of an exponential moving average, in place: average = decay · average + (1 - decay) · value.
 *
 * @param average Any shape `[...]`, float32; changed.
 * @param value The average's shape `[...]`, float32; left alone.
 * @param decay The share of the old average that stays, in [0, 1].
 * @throws SHAPE_MISMATCH when the shapes differ; INVALID_ARGUMENT for a decay outside [0, 1], for an average that is no float32 variable and
 *   a value that is not float32.
 * @example
 * ```ts
 * import "@tensorflow/tfjs";
 * import * as tf from "@tensorflow/tfjs-core";
 * import { emaUpdate } from "@rsdix/backend";
 * const average = tf.variable(tf.tensor1d([1]));
 * emaUpdate(average, tf.tensor1d([2]), 0.9);
 * average.print(); // [1.1]
 * ```
 * @see Mean teachers are better role models, arXiv 1703.01780
 */
export function emaUpdate(average: tf.Variable, value: tf.Tensor, decay: number): void {
  checkVariable(average, "emaUpdate: average");
  checkFloat32(value, "emaUpdate: value");
  checkSameShape(average, value, "average", "value");
  checkRange(decay, "decay", { min: 0, max: 1 });
  assignAll([average], runKernel(EMA, { average, parameter: value }, { decay }));
}

const EMA: Kernel = {
  name: "RsdixEma",
  composed: ({ average, parameter }: { average: tf.Tensor; parameter: tf.Tensor }, { decay }: { decay: number }) => [
    mixed(average, parameter, decay),
  ],
};
