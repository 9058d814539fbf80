import { adamWUpdate } from "@rsdix/backend";
import { checkOptions, checkRange, checkSameShape, fail, show } from "@rsdix/internal";
import type { Checkpoint, CheckpointTensor, TrainableParameter } from "@rsdix/models";
import * as tf from "@tensorflow/tfjs-core";
import { checkFunction, withMethod } from "../check-given";
import type { MovingAverage } from "../fit/task";
import { checkGroups, DEFAULT_GROUP, groupOfEach, type ParameterGroup } from "./groups";

/** The rate of a step: one for all weights, or one a group. */
export type LearningRates = number | Readonly<Record<string, number>>;

/** Constants of AdamW; the defaults are those of RSDiX. */
export interface AdamWOptions {
  /** Decay rates of the two moments; [0.9, 0.99]. */
  betas?: readonly [number, number];
  /** Added to the root of the second moment; 1e-8. */
  epsilon?: number;
  /** Decoupled weight decay; 0.1. */
  weightDecay?: number;
  /**
   * What decays: "matrices" (the default: what its `decay` flag names, not biases, norms, tables, temperatures), "all", as the original, or a mask of one's
   * own.
   */
  decay?: "matrices" | "all" | ((parameter: TrainableParameter) => boolean);
  /** Weights with a decay or a rate of their own; none by default. */
  groups?: readonly ParameterGroup[];
}

interface Slot extends TrainableParameter {
  group: string;
  weightDecay: number;
  first: tf.Variable;
  second: tf.Variable;
}

/**
 * AdamW over a model's trainable parameters, equal to `torch.optim.AdamW`. Owns its moments: dispose it.
 *
 * @example
 * ```ts
 * import "@tensorflow/tfjs";
 * import * as tf from "@tensorflow/tfjs-core";
 * import { AdamW } from "@rsdix/train";
 * const w = tf.variable(tf.tensor1d([1, 2]));
 * const optimizer = new AdamW([{ name: "w", variable: w, decay: true }]);
 * const { grads } = tf.variableGrads(() => tf.sum(tf.square(w)) as tf.Scalar, [w]);
 * optimizer.step((parameter) => grads[parameter.variable.name]!, 0.1);
 * w.print(); // [0.89, 1.88]
 * optimizer.dispose();
 * ```
 * @see Decoupled Weight Decay Regularization, arXiv 1711.05101, algorithm 2
 */
export class AdamW {
  private readonly slots: Slot[];
  private readonly constants: { beta1: number; beta2: number; epsilon: number };
  private readonly groupNames: readonly string[];
  private steps = 0;

  /**
   * @param parameters What to train; their variables stay the caller's.
   * @param options Constants.
   * @throws EMPTY_DATA without parameters; INVALID_ARGUMENT, also for two parameters of one name and for one variable under two names; UNKNOWN_OPTION.
   */
  constructor(parameters: readonly TrainableParameter[], options: AdamWOptions = {}) {
    checkOptions(options, ["betas", "epsilon", "weightDecay", "decay", "groups"], "AdamW");
    checkParameters(parameters);
    if (parameters.length === 0) fail("EMPTY_DATA", "AdamW needs at least one trainable parameter; is the whole model frozen?");
    const { betas = [0.9, 0.99], epsilon = 1e-8, weightDecay = 0.1, decay = "matrices", groups = [] } = options;
    if (!Array.isArray(betas) || betas.length !== 2)
      fail("INVALID_ARGUMENT", `betas must be a pair of numbers, got ${JSON.stringify(betas)}.`);
    for (const beta of betas) checkRange(beta, "A beta", { min: 0, max: 1 - Number.EPSILON });
    checkRange(epsilon, "epsilon", { min: 1e-30 }); // less is 0 in float32
    checkRange(weightDecay, "weightDecay", { min: 0 });
    if (decay !== "matrices" && decay !== "all" && typeof decay !== "function")
      fail("INVALID_ARGUMENT", `decay must be "matrices", "all" or a function of a parameter, got "${String(decay)}".`);
    checkGroups(groups, ["name", "match", "weightDecay"], "AdamW");
    this.constants = { beta1: betas[0], beta2: betas[1], epsilon };
    this.groupNames = groups.map(({ name }) => name);
    const names = groupOfEach(parameters, groups, "AdamW");
    const decays = (parameter: TrainableParameter) => (typeof decay === "function" ? decay(parameter) : decay === "all" || parameter.decay);
    const zeros = (like: tf.Variable) => tf.tidy(() => tf.variable(tf.zeros(like.shape), false));
    this.slots = parameters.map((parameter, i) => ({
      ...parameter,
      group: names[i]!,
      weightDecay: decays(parameter) ? (groups.find(({ name }) => name === names[i])?.weightDecay ?? weightDecay) : 0,
      first: zeros(parameter.variable),
      second: zeros(parameter.variable),
    }));
  }

  /** What is trained, in order. */
  get parameters(): readonly TrainableParameter[] {
    return this.slots;
  }

  /** The weight decay of each of them, in their order; 0 for what does not decay. */
  get weightDecays(): readonly number[] {
    return this.slots.map(({ weightDecay }) => weightDecay);
  }

  /** The group of each of them, in their order; "default" for what no group takes. */
  get weightGroups(): readonly string[] {
    return this.slots.map(({ group }) => group);
  }

  /** The groups that have weights: those asked for, after "default" where not all weights are in them. */
  get groups(): readonly string[] {
    return [DEFAULT_GROUP, ...this.groupNames].filter((name) => this.slots.some(({ group }) => group === name));
  }

  /** Steps taken so far. */
  get stepCount(): number {
    return this.steps;
  }

  /**
   * One step on every parameter.
   *
   * @param gradient The gradient of a parameter, its shape `[...]`, float32; what it makes is freed, what it only hands on stays the caller's.
   * @param learningRate The rate of this step, or the rates by group.
   * @param average Averages of the parameters to move in the same pass.
   * @param scale What each gradient is multiplied by; 1. Cheaper than gradients that were multiplied before, which all exist at once.
   * @throws INVALID_ARGUMENT when a group has no rate, or a gradient or an average is none, SHAPE_MISMATCH when its shape is not its parameter's; nothing is
   *   changed then.
   */
  step(gradient: (parameter: TrainableParameter) => tf.Tensor, learningRate: LearningRates, average?: MovingAverage, scale = 1): void {
    checkFunction(gradient, "AdamW: gradient", "a function that gives a parameter's gradient");
    if (typeof learningRate !== "number" && show(learningRate) !== "[object Object]")
      fail("INVALID_ARGUMENT", `AdamW: the learning rate must be a number, or numbers by group, got ${show(learningRate)}.`);
    checkRange(scale, "AdamW: scale", {});
    const rateOf = (group: string) =>
      (typeof learningRate === "number" ? learningRate : learningRate[group]) ??
      fail("INVALID_ARGUMENT", `AdamW: the group "${group}" needs a learning rate, got those of ${Object.keys(learningRate).join(", ")}.`);
    const rates = new Map(this.groups.map((group) => [group, rateOf(group)]));
    const step = this.steps + 1;
    if (average !== undefined)
      for (const method of ["of", "decay"] as const) withMethod(average, method, "AdamW: the average must have of(name) and decay(update)");
    const decay = average?.decay(step);
    if (average) checkRange(decay, "The average's decay", { min: 0, max: 1 });
    tf.tidy(() => {
      // All of them are looked at before the first weight changes.
      const inputs = this.slots.map((slot) => {
        const [given, mean] = [gradient(slot), average?.of(slot.name)];
        checkLike(given, slot, "gradient");
        if (mean) checkLike(mean, slot, "average");
        return { slot, given, mean };
      });
      for (const { slot, given, mean } of inputs) {
        tf.tidy(() => {
          adamWUpdate(slot.variable, scale === 1 ? given : tf.mul(given, scale), slot.first, slot.second, {
            ...this.constants,
            learningRate: rates.get(slot.group)!,
            step,
            weightDecay: slot.weightDecay,
            ...(mean && { average: mean, decay: decay! }),
          });
        });
      }
    });
    this.steps = step;
  }

  /**
   * The moments and the step count, for a checkpoint.
   *
   * @returns Arrays on the host named `first.<parameter>`, `second.<parameter>` and `steps`.
   */
  async state(): Promise<Checkpoint> {
    const state: Checkpoint = new Map([["steps", { dtype: "int32", shape: [], data: Int32Array.of(this.steps) }]]);
    for (const { name, first, second } of this.slots) {
      for (const [prefix, moment] of Object.entries({ first, second })) {
        state.set(`${prefix}.${name}`, { dtype: "float32", shape: moment.shape, data: Float32Array.from(await moment.data<"float32">()) });
      }
    }
    return state;
  }

  /**
   * Takes up a saved state.
   *
   * @param state As `state` gave it.
   * @throws CHECKPOINT_MISMATCH when a moment is missing or has another shape; nothing is changed then.
   */
  restore(state: ReadonlyMap<string, CheckpointTensor>): void {
    withMethod(state, "get", "AdamW: the state to restore must be a Map of arrays by name");
    const find = (name: string, shape: readonly number[]) => {
      const found = state.get(name);
      const dtype = name === "steps" ? "int32" : "float32";
      if (!found || found.dtype !== dtype || found.shape.join() !== shape.join()) {
        const got = found ? `${found.dtype} of shape [${found.shape.join(", ")}]` : "nothing";
        fail(
          "CHECKPOINT_MISMATCH",
          `The optimiser's "${name}" must be ${dtype} of shape [${shape.join(", ")}], the checkpoint has ${got}.`,
        );
      }
      return found;
    };
    const values = this.slots.map(
      (slot) => [find(`first.${slot.name}`, slot.first.shape), find(`second.${slot.name}`, slot.second.shape)] as const,
    );
    const steps = find("steps", []);
    this.slots.forEach((slot, i) => {
      tf.tidy(() => {
        slot.first.assign(tf.tensor(values[i]![0].data as Float32Array, slot.first.shape));
        slot.second.assign(tf.tensor(values[i]![1].data as Float32Array, slot.second.shape));
      });
    });
    this.steps = steps.data[0]!;
  }

  /** Frees the moments. */
  dispose(): void {
    for (const { first, second } of this.slots) tf.dispose([first, second]);
  }

  /** The same as `dispose`, for `using`. */
  [Symbol.dispose](): void {
    this.dispose();
  }
}

/** A gradient is found by its weight's name, and tfjs tells variables apart by theirs: what is there twice would be trained by another's, or twice a step. */
function checkParameters(parameters: readonly TrainableParameter[]): void {
  if (!Array.isArray(parameters)) fail("INVALID_ARGUMENT", `AdamW needs a list of trainable parameters, got ${show(parameters)}.`);
  const names = new Set<string>();
  const owners = new Map<tf.Variable, string>();
  for (const [i, parameter] of parameters.entries()) {
    const { name, variable } = (parameter ?? {}) as Partial<TrainableParameter>;
    if (typeof name !== "string" || typeof variable?.assign !== "function")
      fail(
        "INVALID_ARGUMENT",
        `AdamW: parameters[${i}] must be { name, variable, decay }, got ${showFields(parameter, { name, variable })}.`,
      );
    if (names.has(name)) fail("INVALID_ARGUMENT", `AdamW: two trainable weights are named "${name}". Give each a name of its own.`);
    names.add(name);
    const owner = owners.get(variable);
    if (owner !== undefined)
      fail("INVALID_ARGUMENT", `AdamW: "${name}" and "${owner}" are one variable, which would be updated twice. List it once.`);
    owners.set(variable, name);
  }
}

function showFields(value: unknown, fields: Record<string, unknown>): string {
  if (show(value) !== "[object Object]") return show(value);
  return Object.entries(fields)
    .map(([name, field]) => `${name} ${show(field)}`)
    .join(" and ");
}

function checkLike(given: tf.Tensor | undefined, { name, variable }: TrainableParameter, what: string): void {
  const got = typeof given?.dataSync !== "function" ? show(given) : given.isDisposed ? "one that is disposed" : given.dtype;
  if (got !== "float32") fail("INVALID_ARGUMENT", `AdamW: the ${what} of "${name}" must be a float32 tensor, got ${got}.`);
  checkSameShape(variable, given!, `The weight "${name}"`, `its ${what}`);
}
