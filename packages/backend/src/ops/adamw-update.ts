import { checkOptions, checkRange, checkSameShape, fail } from "@rsdix/internal";
import * as tf from "@tensorflow/tfjs-core";
import { checkFloat32, checkIsObject, checkVariable } from "./check-inputs";
import { type Kernel, runKernel } from "./kernel";

/** One AdamW step's numbers. */
export interface AdamWUpdateOptions {
  /** Learning rate of this step. */
  learningRate: number;
  /** Number of this step, from 1: for the bias correction. */
  step: number;
  /** Decay of the first moment; 0.9. */
  beta1?: number;
  /** Decay of the second moment; 0.999. */
  beta2?: number;
  /** Added to the root of the second moment; 1e-8. */
  epsilon?: number;
  /** Decoupled weight decay: the parameter shrinks by learningRate · weightDecay; 0. */
  weightDecay?: number;
  /** The parameter's shape `[...]`, float32: a moving average of the parameter, moved in the same pass; changed. Comes with `decay`. */
  average?: tf.Variable;
  /** The share of the old average that stays, in [0, 1]: average = decay · average + (1 - decay) · new parameter. Comes with `average`. */
  decay?: number;
}

/**
 * One AdamW step on one parameter, in place: as `torch.optim.AdamW`.
 *
 * @param parameter Any shape `[...]`, float32; changed.
 * @param gradient The parameter's shape `[...]`, float32; left alone.
 * @param firstMoment The parameter's shape `[...]`, float32, zeros at the start; changed.
 * @param secondMoment The parameter's shape `[...]`, float32, zeros at the start; changed.
 * @param options Rate, step number and constants; a moving average.
 * @throws SHAPE_MISMATCH when the shapes differ; INVALID_ARGUMENT for a step before 1, options out of range or missing, an average without
 *   decay, a gradient that is not float32, other arguments that are not float32 variables; UNKNOWN_OPTION. Nothing has changed then.
 * @example
 * ```ts
 * import "@tensorflow/tfjs";
 * import * as tf from "@tensorflow/tfjs-core";
 * import { adamWUpdate } from "@rsdix/backend";
 * const p = tf.variable(tf.tensor1d([1]));
 * const [m, v] = [tf.variable(tf.zeros([1])), tf.variable(tf.zeros([1]))];
 * adamWUpdate(p, tf.tensor1d([0.5]), m, v, { learningRate: 0.1, step: 1 });
 * p.print(); // [0.9]
 * ```
 * @see Decoupled Weight Decay Regularization, arXiv 1711.05101, algorithm 2.
 */
export function adamWUpdate(
  parameter: tf.Variable,
  gradient: tf.Tensor,
  firstMoment: tf.Variable,
  secondMoment: tf.Variable,
  options: AdamWUpdateOptions,
): void {
  checkIsObject(options, "adamWUpdate");
  checkOptions(options, ["learningRate", "step", "beta1", "beta2", "epsilon", "weightDecay", "average", "decay"], "adamWUpdate");
  checkVariable(parameter, "adamWUpdate: parameter");
  checkFloat32(gradient, "adamWUpdate: gradient");
  checkVariable(firstMoment, "adamWUpdate: firstMoment");
  checkVariable(secondMoment, "adamWUpdate: secondMoment");
  checkSameShape(parameter, gradient, "parameter", "gradient");
  checkSameShape(parameter, firstMoment, "parameter", "firstMoment");
  checkSameShape(parameter, secondMoment, "parameter", "secondMoment");
  const { learningRate, step, beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8, weightDecay = 0, average, decay } = options;
  checkRange(step, "step", { min: 1, integer: true });
  checkRange(learningRate, "adamWUpdate: learningRate", { min: 0 });
  checkBeta(beta1, "beta1");
  checkBeta(beta2, "beta2");
  checkRange(epsilon, "adamWUpdate: epsilon", { min: 0 });
  checkRange(weightDecay, "adamWUpdate: weightDecay", {});
  if ((average === undefined) !== (decay === undefined)) {
    fail("INVALID_ARGUMENT", "adamWUpdate: average and decay come together: the variable, and the share of it that stays.");
  }
  if (average) {
    checkVariable(average, "adamWUpdate: average");
    checkSameShape(parameter, average, "parameter", "average");
    checkRange(decay, "decay", { min: 0, max: 1 });
  }
  const changed = [parameter, firstMoment, secondMoment, ...(average ? [average] : [])];
  if (new Set(changed).size < changed.length) {
    fail("INVALID_ARGUMENT", "adamWUpdate: parameter, firstMoment, secondMoment and average must be variables of their own.");
  }
  const updated = runKernel(
    ADAMW,
    { parameter, gradient, firstMoment, secondMoment, ...(average && { average }) },
    { learningRate, step, beta1, beta2, epsilon, weightDecay, decay },
  );
  assignAll(changed, updated);
}

/** A moment's decay is below 1: at 1 it would hold nothing of any gradient, and its bias correction divide by zero. */
function checkBeta(beta: number, name: string): void {
  checkRange(beta, `adamWUpdate: ${name}`, { min: 0 });
  if (beta >= 1) fail("INVALID_ARGUMENT", `adamWUpdate: ${name} must be less than 1, got ${beta}.`);
}

/** Gives the variables their new values. A kernel may have worked in place: a value is then the variable's own memory once more. */
export function assignAll(variables: readonly tf.Variable[], values: readonly tf.Tensor[]): void {
  variables.forEach((variable, i) => {
    variable.assign(values[i]!);
    values[i]!.dispose();
  });
}

export interface AdamWInputs {
  parameter: tf.Tensor;
  gradient: tf.Tensor;
  firstMoment: tf.Tensor;
  secondMoment: tf.Tensor;
  average?: tf.Tensor;
}

export type AdamWAttributes = Required<Omit<AdamWUpdateOptions, "average" | "decay">> & Pick<AdamWUpdateOptions, "decay">;

const ADAMW: Kernel = {
  name: "RsdixAdamW",
  composed({ parameter, gradient, firstMoment, secondMoment, average }: AdamWInputs, attrs: AdamWAttributes) {
    const { learningRate, step, beta1, beta2, epsilon, weightDecay, decay } = attrs;
    const m = tf.add(tf.mul(firstMoment, beta1), tf.mul(gradient, 1 - beta1));
    const v = tf.add(tf.mul(secondMoment, beta2), tf.mul(tf.square(gradient), 1 - beta2));
    const root = tf.add(tf.mul(tf.sqrt(v), 1 / Math.sqrt(1 - beta2 ** step)), epsilon);
    const change = tf.mul(tf.div(m, root), learningRate / (1 - beta1 ** step));
    const shrunk = weightDecay === 0 ? parameter : tf.mul(parameter, 1 - learningRate * weightDecay);
    const p = tf.sub(shrunk, change);
    return average ? [p, m, v, mixed(average, p, decay!)] : [p, m, v];
  },
};

/** decay · average + (1 - decay) · parameter. */
export function mixed(average: tf.Tensor, parameter: tf.Tensor, decay: number): tf.Tensor {
  return tf.add(tf.mul(average, decay), tf.mul(parameter, 1 - decay));
}
