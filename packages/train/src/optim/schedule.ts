import { checkOptions, checkRange, fail } from "@rsdix/internal";

/** A learning rate for each step, counted from 0. */
export type Schedule = (step: number) => number;

/** Options of `cosineSchedule` and `linearSchedule`. */
export interface WarmupScheduleOptions {
  /** The highest rate, reached after the warm-up. */
  learningRate: number;
  /** Steps over which the rate rises from 0 in a straight line; 0 by default. */
  warmupSteps?: number;
  /** Steps of the whole run, warm-up included; the rate is 0 from there on. */
  totalSteps: number;
}

/** Options of `constantSchedule`. */
export interface ConstantScheduleOptions {
  /** The rate after the warm-up. */
  learningRate: number;
  /** Steps over which the rate rises from 0 in a straight line; 0 by default. */
  warmupSteps?: number;
}

/** Options of `rampSchedule`. */
export interface RampScheduleOptions {
  /** The rate after the ramp. */
  learningRate: number;
  /** Factor at step 0; 1/3 by default. */
  startFactor?: number;
  /** Factor from `rampSteps` on; 1 by default. */
  endFactor?: number;
  /** Steps of the ramp; 5 by default. */
  rampSteps?: number;
}

/**
 * A straight warm-up, then half a cosine down to 0 at the end of the run: transformers' `get_cosine_schedule_with_warmup`.
 *
 * @param options Rate, warm-up and length.
 * @returns The rate of each step.
 * @throws INVALID_ARGUMENT for a negative rate or a warm-up longer than the run; UNKNOWN_OPTION.
 * @example
 * ```ts
 * import { cosineSchedule } from "@rsdix/train";
 * const rate = cosineSchedule({ learningRate: 1e-3, warmupSteps: 10, totalSteps: 110 });
 * console.log(rate(0), rate(10), rate(60)); // 0, 0.001, 0.0005
 * ```
 * @see arXiv 1608.03983, without restarts
 */
export function cosineSchedule(options: WarmupScheduleOptions): Schedule {
  return warmUp("cosineSchedule", options, (progress) => 0.5 * (1 + Math.cos(Math.PI * progress)));
}

/**
 * A straight warm-up, then a straight line down to 0 at the end of the run: transformers' `get_linear_schedule_with_warmup`, which ClipCap uses.
 *
 * @param options Rate, warm-up and length.
 * @returns The rate of each step.
 * @throws INVALID_ARGUMENT for a negative rate or a warm-up longer than the run; UNKNOWN_OPTION.
 * @example
 * ```ts
 * import { linearSchedule } from "@rsdix/train";
 * const rate = linearSchedule({ learningRate: 1, warmupSteps: 2, totalSteps: 6 });
 * console.log([0, 1, 2, 3, 4, 5].map(rate)); // [0, 0.5, 1, 0.75, 0.5, 0.25]
 * ```
 * @see BERT, arXiv 1810.04805, appendix A.2
 */
export function linearSchedule(options: WarmupScheduleOptions): Schedule {
  return warmUp("linearSchedule", options, (progress) => 1 - progress);
}

/**
 * A straight warm-up, then always the same rate: transformers' `get_constant_schedule_with_warmup`.
 *
 * @param options Rate and warm-up.
 * @returns The rate of each step.
 * @throws INVALID_ARGUMENT for a negative rate or warm-up; UNKNOWN_OPTION.
 * @example
 * ```ts
 * import { constantSchedule } from "@rsdix/train";
 * const rate = constantSchedule({ learningRate: 1, warmupSteps: 2 });
 * console.log([0, 1, 2, 3].map(rate)); // [0, 0.5, 1, 1]
 * ```
 * @see Accurate, large minibatch SGD, arXiv 1706.02677, section 2.2 (gradual warm-up)
 */
export function constantSchedule(options: ConstantScheduleOptions): Schedule {
  const { learningRate, warmupSteps = 0 } = checkOptions(options, ["learningRate", "warmupSteps"], "constantSchedule");
  checkRange(learningRate, "learningRate", { min: 0 });
  checkRange(warmupSteps, "warmupSteps", { min: 0, integer: true });
  return (step) => (step < warmupSteps ? (learningRate * step) / warmupSteps : learningRate);
}

/**
 * A factor that goes in a straight line from `startFactor` to `endFactor` and stays: torch's `LinearLR`, the original's "linear" warm-up.
 *
 * @param options Rate, factors and length of the ramp.
 * @returns The rate of each step.
 * @throws INVALID_ARGUMENT for negative numbers; UNKNOWN_OPTION.
 * @example
 * ```ts
 * import { rampSchedule } from "@rsdix/train";
 * console.log(rampSchedule({ learningRate: 3 })(0)); // 1
 * ```
 * @see https://docs.pytorch.org/docs/stable/generated/torch.optim.lr_scheduler.LinearLR.html
 */
export function rampSchedule(options: RampScheduleOptions): Schedule {
  const {
    learningRate,
    startFactor = 1 / 3,
    endFactor = 1,
    rampSteps = 5,
  } = checkOptions(options, ["learningRate", "startFactor", "endFactor", "rampSteps"], "rampSchedule");
  for (const [name, value] of Object.entries({ learningRate, startFactor, endFactor })) checkRange(value, name, { min: 0 });
  checkRange(rampSteps, "rampSteps", { min: 1, integer: true });
  return (step) => learningRate * (startFactor + (endFactor - startFactor) * Math.min(step / rampSteps, 1));
}

function warmUp(name: string, options: WarmupScheduleOptions, decay: (progress: number) => number): Schedule {
  const { learningRate, warmupSteps = 0, totalSteps } = checkOptions(options, ["learningRate", "warmupSteps", "totalSteps"], name);
  checkRange(learningRate, "learningRate", { min: 0 });
  checkRange(warmupSteps, "warmupSteps", { min: 0, integer: true });
  checkRange(totalSteps, "totalSteps", { min: 1, integer: true });
  if (warmupSteps > totalSteps)
    fail("INVALID_ARGUMENT", `${name}: warmupSteps (${warmupSteps}) must not exceed totalSteps (${totalSteps}).`);
  return (step) => {
    if (step < warmupSteps) return (learningRate * step) / warmupSteps;
    const progress = (step - warmupSteps) / Math.max(1, totalSteps - warmupSteps);
    return learningRate * decay(Math.min(progress, 1));
  };
}
