import { checkRange, fail } from "@rsdix/internal";
import { crc32c } from "../loggers/crc32c";
import type { AdamW, LearningRates } from "../optim/adamw";
import { DEFAULT_GROUP } from "../optim/groups";
import { cosineSchedule, type Schedule } from "../optim/schedule";
import { checkSource } from "./check-run";
import { checkFitOptions, type FitOptions, type ScheduleChoice } from "./options";
import type { StepRecord } from "./records";
import type { BatchSource, Task } from "./task";

/** ViT-B's rate in the original. */
const LEARNING_RATE = 5e-4;

/** What of a run follows from its options. */
export interface RunPlan {
  readonly steps: number;
  readonly accumulate: number;
  /** Passes over the data after some steps. */
  epochOf(done: number): number;
  /** Whether a validation comes after the step that makes it `done`. */
  validates(done: number): boolean;
  /** The rates of a step by group. */
  rates(step: number, groups: readonly string[]): Record<string, number>;
}

/** Checks the options and works out length and rates. */
export function planRun<Batch>(task: Task<Batch>, data: BatchSource<Batch>, options: FitOptions<Batch>): RunPlan {
  checkFitOptions(options);
  const { accumulate = 1, validation, groups = [] } = options;
  checkSource(data, "The data");
  const steps = options.steps ?? stepsIn((options.epochs! * data.stepsPerEpoch) / accumulate);
  const epochOf = (done: number) => (done * accumulate) / data.stepsPerEpoch;
  const learningRate = options.learningRate ?? task.learningRate ?? LEARNING_RATE;
  const { schedule: choice = () => cosineSchedule({ learningRate, totalSteps: steps }) } = options;
  const main = resolve(choice, steps, learningRate);
  if (main === choice && options.learningRate !== undefined) {
    fail(
      "INVALID_ARGUMENT",
      "fit: the schedule gives the rates by itself, so learningRate would do nothing. Leave one out, or give a schedule that takes it: (totalSteps, learningRate) => cosineSchedule({ totalSteps, learningRate }).",
    );
  }
  const schedules = new Map<string, Schedule>([[DEFAULT_GROUP, main]]);
  for (const { name, learningRateFactor: factor = 1, schedule } of groups) {
    schedules.set(name, schedule ? resolve(schedule, steps, learningRate) : (step) => factor * main(step));
  }
  const rateOf = (group: string, step: number) => {
    const rate = schedules.get(group)!(step);
    checkRange(rate, `The schedule's rate at step ${step}${group === DEFAULT_GROUP ? "" : ` of the group "${group}"`}`, { min: 0 });
    return rate;
  };
  return {
    steps,
    accumulate,
    epochOf,
    validates(done) {
      if (!validation) return false;
      const { every, everyEpochs = 1 } = validation;
      const passed = (at: number) => Math.floor(epochOf(at) / everyEpochs + 1e-9); // 3 · 0.1 is not a whole 0.3
      return done === steps || (every === undefined ? passed(done) > passed(done - 1) : done % every === 0);
    },
    rates: (step, names) => Object.fromEntries(names.map((name) => [name, rateOf(name, step)])),
  };
}

/** Whole steps of a length in steps: of 0.07 · 100, which is a little above 7, they are 7. */
function stepsIn(length: number): number {
  const nearest = Math.round(length);
  return nearest > 0 && Math.abs(length - nearest) <= 1e-12 * length ? nearest : Math.ceil(length);
}

/** What a record says of the rates. */
export function rateFields(rates: Readonly<Record<string, number>>): Pick<StepRecord, "learningRate" | "learningRates"> {
  const [first, ...others] = Object.values(rates);
  return { learningRate: first!, ...(others.length > 0 && { learningRates: { ...rates } }) };
}

/** Names what decides a run's numbers, as far as `fit` can see it. */
export function describeRun<Batch>(
  task: Task<Batch>,
  data: BatchSource<Batch>,
  options: FitOptions<Batch>,
  plan: RunPlan,
  { groups, parameters, weightDecays, weightGroups }: AdamW,
): string {
  const { optimizer, clipNorm } = options;
  const { steps, accumulate } = plan;
  const at = (step: number): LearningRates => plan.rates(step, groups);
  const groupOf = (i: number) => (weightGroups[i] === DEFAULT_GROUP ? [] : [weightGroups[i]]);
  const weights = parameters.map(({ name, variable }, i) => [name, variable.shape, weightDecays[i], ...groupOf(i)]);
  return JSON.stringify({
    task: task.name,
    steps,
    rates: [0, steps >> 2, steps >> 1, steps - 1].map(at),
    everyRate: hashRates(plan, groups),
    optimizer,
    groups: options.groups?.map(({ name, match, weightDecay }) => ({ name, match: String(match), weightDecay })),
    clipNorm,
    accumulate,
    batchSize: data.batchSize,
    stepsPerEpoch: data.stepsPerEpoch,
    weights: hex(crc32c(new TextEncoder().encode(JSON.stringify(weights)))), // what decays, and in which group, may be up to a function
    size: parameters.reduce((sum, { variable }) => sum + variable.size, 0),
  });
}

/** Steps whose rates are looked at. */
const MOST_RATES = 1_000_000;

/** Of the rates of all steps, which a few of them don't tell; of a run with more than a million of that many, evenly apart. */
function hashRates(plan: RunPlan, groups: readonly string[]): string {
  const apart = Math.max(1, plan.steps / MOST_RATES);
  const count = Math.floor(plan.steps / apart);
  const rates = new Float64Array(count * groups.length);
  for (let i = 0; i < count; i++) rates.set(Object.values(plan.rates(Math.floor(i * apart), groups)), i * groups.length);
  return hex(crc32c(new Uint8Array(rates.buffer)));
}

function hex(checksum: number): string {
  return checksum.toString(16).padStart(8, "0");
}

function resolve(choice: ScheduleChoice, steps: number, learningRate: number): Schedule {
  const made = choice(steps, learningRate);
  return typeof made === "function" ? made : (choice as Schedule);
}
