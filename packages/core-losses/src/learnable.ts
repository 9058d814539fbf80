import { checkOptions, checkRange, fail, show, showShape } from "@rsdix/internal";
import * as tf from "@tensorflow/tfjs-core";
import { DISTILLATION_SCALE_INIT, LOGIT_SCALE_INIT, LOGIT_SCALE_MAX, SIGMOID_LOGIT_BIAS_INIT, SIGMOID_LOGIT_SCALE_INIT } from "./constants";

/** Which paper a learnable scale follows. */
export type LearnableScaleKind = "clip" | "siglip" | "distillation";

/** Kinds of scale that have limits: CLIP's at most ln 100, RSDiX's distillation within [0, ln 100]; SigLIP's has none. */
export type ClampedScaleKind = Exclude<LearnableScaleKind, "siglip">;

/** Options of `learnableScale` and `learnableBias`. */
export interface LearnableOptions {
  /** Name of the variable, unique in the program; it is the key of its gradient. Default: one that TensorFlow.js makes up. */
  name?: string | undefined;
  /** Start, within the limits of the kind. Default: the paper's. */
  init?: number | undefined;
}

/** Start and limits of each kind; all are natural logarithms. */
const SCALES: Record<LearnableScaleKind, { init: number; min?: number; max?: number }> = {
  clip: { init: LOGIT_SCALE_INIT, max: LOGIT_SCALE_MAX },
  siglip: { init: SIGMOID_LOGIT_SCALE_INIT },
  distillation: { init: DISTILLATION_SCALE_INIT, min: 0, max: LOGIT_SCALE_MAX },
};

/**
 * The greatest float32 below ln 100. The nearest one lies above it, where the factor is beyond 100 and `distillationLoss` has
 * no gradient: a scale set to it would never move again.
 */
const LARGEST_SCALE = Math.fround(LOGIT_SCALE_MAX) - 2 ** -21;

/**
 * A learnable logit scale with the start of its paper: `"clip"` ln(1 / 0.07), `"siglip"` ln 10, `"distillation"` 3.9 (RSDiX).
 * As every `logitScale` of this package it is a natural logarithm: the losses multiply similarities by its exponential.
 *
 * It is an ordinary variable: hand it to the losses as `logitScale` and to the optimiser, save it with the model, and
 * dispose it at the end. CLIP and RSDiX hold it within limits: call `clampScale` after each step.
 *
 * @param kind - the paper whose start it takes
 * @param options - its name, and another start
 * @returns a trainable float32 scalar; the caller's to dispose
 * @throws RsdixError INVALID_ARGUMENT for an unknown kind, a start outside the kind's limits or a name that another variable has,
 * UNKNOWN_OPTION for an option it does not have
 * @example
 * ```ts
 * import "@tensorflow/tfjs";
 * import * as tf from "@tensorflow/tfjs-core";
 * import { clampScale, infoNCE, learnableScale } from "@rsdix/core-losses";
 *
 * const image = tf.variable(tf.tensor2d([[1, 0], [0, 1]]));
 * const text = tf.variable(tf.tensor2d([[0.8, 0.6], [0.6, 0.8]]));
 * const logitScale = learnableScale("clip", { name: "logit_scale" });
 * const optimizer = tf.train.sgd(0.1);
 * optimizer.minimize(() => infoNCE(image, text, { logitScale }));
 * clampScale(logitScale, "clip");
 * ```
 * @see https://arxiv.org/abs/2103.00020 section 2.5 (CLIP)
 * @see https://arxiv.org/abs/2303.15343 algorithm 1 (SigLIP)
 */
export function learnableScale(kind: LearnableScaleKind, options: LearnableOptions = {}): tf.Variable<tf.Rank.R0> {
  if (typeof kind !== "string" || !Object.hasOwn(SCALES, kind)) {
    fail("INVALID_ARGUMENT", `kind must be "clip", "siglip" or "distillation", got ${show(kind)}.`);
  }
  const { init, ...limits } = SCALES[kind];
  return learnable(init, limits, options, "learnableScale");
}

/**
 * A learnable logit bias with SigLIP's start, -10: at first every pair counts as a negative, which most pairs are.
 *
 * @param options - its name, and another start
 * @returns a trainable float32 scalar; the caller's to dispose
 * @throws RsdixError INVALID_ARGUMENT for a start that is not finite or a name that another variable has, UNKNOWN_OPTION for an option
 * it does not have
 * @example
 * ```ts
 * import "@tensorflow/tfjs";
 * import * as tf from "@tensorflow/tfjs-core";
 * import { learnableBias, learnableScale, sigmoidLoss } from "@rsdix/core-losses";
 *
 * const image = tf.variable(tf.tensor2d([[1, 0], [0, 1]]));
 * const text = tf.variable(tf.tensor2d([[0.8, 0.6], [0.6, 0.8]]));
 * const logitScale = learnableScale("siglip");
 * const logitBias = learnableBias();
 * const { value, grads } = tf.variableGrads(() => sigmoidLoss(image, text, { logitScale, logitBias }));
 * value.print();
 * ```
 * @see https://arxiv.org/abs/2303.15343 section 3.2
 */
export function learnableBias(options: LearnableOptions = {}): tf.Variable<tf.Rank.R0> {
  return learnable(SIGMOID_LOGIT_BIAS_INIT, {}, options, "learnableBias");
}

/**
 * Puts a scale back within the limits of its paper; to be called after each step of the optimiser. `"clip"`: at most ln 100,
 * so that logits are never multiplied by more than 100. `"distillation"`: within [0, ln 100], a factor within [1, 100].
 * `distillationLoss` holds the factor within the same limits itself, but gives a scale beyond them no gradient: without this
 * call a step too far is one that the scale never comes back from. SigLIP's scale has no limits, so there is nothing to call.
 *
 * @param scale - the variable, from `learnableScale` or a model's own [any shape], float32
 * @param kind - whose limits
 * @throws RsdixError INVALID_ARGUMENT when it is not a float32 variable or the kind has no limits
 * @example
 * ```ts
 * import "@tensorflow/tfjs";
 * import * as tf from "@tensorflow/tfjs-core";
 * import { clampScale } from "@rsdix/core-losses";
 *
 * const logitScale = tf.variable(tf.scalar(5));
 * clampScale(logitScale, "clip");
 * logitScale.print(); // ln 100: 4.6051...
 * ```
 * @see https://arxiv.org/abs/2103.00020 section 2.5 ("clipped to prevent scaling the logits by more than 100")
 */
export function clampScale(scale: tf.Variable, kind: ClampedScaleKind): void {
  const isVariable = scale instanceof tf.Variable;
  if (!isVariable || scale.dtype !== "float32" || scale.isDisposed) {
    const got = isVariable ? `${scale.dtype} ${showShape(scale)}` : show(scale);
    fail("INVALID_ARGUMENT", `scale must be a float32 variable, for example from learnableScale, got ${got}.`);
  }
  if (kind !== "clip" && kind !== "distillation") {
    fail("INVALID_ARGUMENT", `kind must be "clip" or "distillation", which have limits, got ${show(kind)}.`);
  }
  const { min } = SCALES[kind];
  tf.tidy(() => {
    const lowered = tf.minimum(scale, LARGEST_SCALE);
    scale.assign(min === undefined ? lowered : tf.maximum(lowered, min));
  });
}

function learnable(
  start: number,
  limits: { min?: number; max?: number },
  options: LearnableOptions,
  where: string,
): tf.Variable<tf.Rank.R0> {
  const { init = start, name } = checkOptions(options, ["name", "init"], where);
  checkRange(init, "init", limits);
  if (name !== undefined && (typeof name !== "string" || !name || Object.hasOwn(tf.engine().registeredVariables, name))) {
    fail("INVALID_ARGUMENT", `name must be a text that is not empty and that no other variable has, got "${show(name)}".`);
  }
  const value = limits.max === undefined ? init : Math.min(init, LARGEST_SCALE);
  return tf.tidy(() => tf.variable<tf.Rank.R0>(tf.scalar(value), true, name));
}
