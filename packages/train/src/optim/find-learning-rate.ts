import { yieldToEventLoop } from "@rsdix/backend";
import { checkOptions, checkRange, checkSignal, fail } from "@rsdix/internal";
import { checkFunction } from "../check-given";
import { type Broken, failBroken } from "../fit/broken-numbers";
import { checkedState, checkSource, checkTask, endTask, occupy } from "../fit/check-run";
import type { BatchSource, Task } from "../fit/task";
import { trainStep } from "../fit/train-step";
import { AdamW, type AdamWOptions } from "./adamw";
import { checkGroups, type ParameterGroup } from "./groups";

/** Weights that are trained at a rate of their own while one is looked for. */
export interface RateGroup extends ParameterGroup {
  /** What each rate that is tried is multiplied by; 1. */
  learningRateFactor?: number;
}

/** How a learning rate is looked for. */
export interface FindLearningRateOptions {
  /** The first rate; 1e-7. */
  min?: number;
  /** The last rate; 1. */
  max?: number;
  /** Steps from `min` to `max`, each rate by the same factor above the one before; 100. */
  steps?: number;
  /** Share of the loss's running mean that stays at each step, in [0, 1); 0.98. */
  smoothing?: number;
  /**
   * The search ends when the smooth loss is beyond so many times its least; 4. A loss below 0 has no such multiple: it ends the search when it has risen from
   * its least by `divergence - 1` times the least's size or, where that is more, times its fall from the first to the least.
   */
  divergence?: number;
  /** Points at the curve's start that are no suggestion, where the smooth loss is of few steps yet; 10. */
  skipStart?: number;
  /** Points at the curve's end that are no suggestion; 1. */
  skipEnd?: number;
  /** Constants of AdamW. */
  optimizer?: Omit<AdamWOptions, "groups">;
  /** Weights with a weight decay or a rate of their own; the rates that are told are those of all others. */
  groups?: readonly RateGroup[];
  /** Largest joint norm of the gradients; not clipped by default. */
  clipNorm?: number;
  /** Batches a step, whose gradients are averaged; 1. */
  accumulate?: number;
  /** Told of each point, for example to draw the curve as it grows. */
  onPoint?: (point: LearningRatePoint) => void;
  /** Stops the search; the weights are restored. */
  signal?: AbortSignal;
}

/** A point of the curve. */
export interface LearningRatePoint {
  /** The rate of the step. */
  learningRate: number;
  /** The loss of the step, before its update. */
  loss: number;
  /** The running mean of the losses, corrected for its start. */
  smoothed: number;
}

/** What the search found. */
export interface FoundLearningRate {
  /** The curve, by rising rate; it ends early where the loss diverged, was no number or could not be computed any more. */
  curve: LearningRatePoint[];
  /** The rate where the smooth loss falls fastest, against the rate's logarithm; undefined where it falls nowhere. */
  suggestion: number | undefined;
}

/** Points at the curve's ends that are no suggestion, unless told otherwise. */
const SKIPPED = { start: 10, end: 1 } as const;
/** The fewest steps that a curve with them has a slope from. */
const leastSteps = (skipStart: number, skipEnd: number) => skipStart + skipEnd + 2;
/** The fewest steps where nothing says how many points are left out. */
export const LEAST_STEPS = leastSteps(SKIPPED.start, SKIPPED.end);

const OPTIONS: readonly (keyof FindLearningRateOptions)[] = [
  "min",
  "max",
  "steps",
  "smoothing",
  "divergence",
  "skipStart",
  "skipEnd",
  "optimizer",
  "groups",
  "clipNorm",
  "accumulate",
  "onPoint",
  "signal",
];

/**
 * Learning-rate range test: trains with a rate that rises exponentially, and suggests the one where the loss falls fastest. The weights are afterwards as
 * they were.
 *
 * @param task What is to be trained.
 * @param batches Its batches, or the promise of them.
 * @param options Range, steps, smoothing, optimiser.
 * @returns The curve and the suggestion.
 * @throws ABORTED; NOT_A_NUMBER when the first loss is none, and when an entry of a batch that is no number is to blame for a later one; INVALID_ARGUMENT,
 * UNKNOWN_OPTION.
 * @example
 * ```ts
 * import "@tensorflow/tfjs";
 * import * as tf from "@tensorflow/tfjs-core";
 * import { Parameters } from "@rsdix/models";
 * import { findLearningRate, type Task } from "@rsdix/train";
 * const weights = Parameters.initialize([{ name: "w", shape: [1], init: "zeros" }], 1);
 * const task: Task<number> = {
 *   name: "line",
 *   trainable: () => weights.trainable(),
 *   prepare: (target) => () => ({ loss: tf.sum(tf.square(tf.sub(weights.get("w"), target))) as tf.Scalar }),
 *   state: () => weights.toCheckpoint(),
 *   restore: (checkpoint) => weights.assign(checkpoint),
 * };
 * const data = { stepsPerEpoch: 1, batchSize: 1, batch: () => 3 };
 * const { suggestion } = await findLearningRate(task, data, { min: 1e-4, max: 1, steps: 50 });
 * console.log(suggestion, weights.get("w").dataSync()[0]); // some rate, and 0: nothing was trained
 * weights.dispose();
 * ```
 * @see Cyclical learning rates for training neural networks, arXiv 1506.01186, section 3.3
 */
export async function findLearningRate<Batch>(
  task: Task<Batch>,
  batches: BatchSource<Batch> | PromiseLike<BatchSource<Batch>>,
  options: FindLearningRateOptions = {},
): Promise<FoundLearningRate> {
  const data = await batches;
  checkTask(task, "findLearningRate");
  checkSource(data, "The data");
  const { min, max, steps, smoothing, divergence, skipStart, skipEnd } = checked(options);
  const { clipNorm, accumulate = 1, groups = [], onPoint, signal } = options;
  const factors = new Map(groups.map(({ name, learningRateFactor = 1 }) => [name, learningRateFactor]));
  const curve: LearningRatePoint[] = [];
  let optimizer: AdamW | undefined;
  let failed = false;
  const leave = occupy(task);
  try {
    task.begin?.();
    const before = await checkedState(task);
    try {
      optimizer = new AdamW(task.trainable(), { ...options.optimizer, groups: groups.map(({ learningRateFactor: _, ...group }) => group) });
      const names = optimizer.groups;
      let mean = 0;
      let least = Number.POSITIVE_INFINITY;
      for (let step = 0; step < steps; step++) {
        await yieldToEventLoop();
        if (signal?.aborted) fail("ABORTED", `${task.name}: the search for a learning rate was stopped at step ${step}.`, signal.reason);
        const learningRate = min * (max / min) ** (step / (steps - 1));
        task.beforeStep?.(step);
        const batch = (index: number) => data.batch(index);
        const learningRates = Object.fromEntries(names.map((name) => [name, learningRate * (factors.get(name) ?? 1)]));
        const { broken, loss } = await trainStep(task, optimizer, { step, accumulate, batch, learningRates, clipNorm });
        if (broken && step === 0) failFirst(task.name, broken);
        if (broken?.blame === "data") failBroken(`${task.name}: at step ${step + 1} of the search`, broken, "");
        if (broken) break;
        task.afterStep?.();
        mean = smoothing * mean + (1 - smoothing) * loss.total;
        const smoothed = mean / (1 - smoothing ** (step + 1));
        const point = { learningRate, loss: loss.total, smoothed };
        curve.push(point);
        onPoint?.(point);
        least = Math.min(least, smoothed);
        const scale = least < 0 ? Math.max(-least, curve[0]!.smoothed - least) : least;
        if (smoothed - least > (divergence - 1) * scale) break;
      }
    } finally {
      task.restore(before);
    }
  } catch (error) {
    failed = true;
    throw error;
  } finally {
    optimizer?.dispose();
    leave();
    endTask(task, failed);
  }
  return { curve, suggestion: steepest(curve, skipStart, skipEnd) };
}

/** No rate is to blame for what is broken before one was tried. */
function failFirst(task: string, { what, cause }: Broken): never {
  fail("NOT_A_NUMBER", `${task}: at the first step ${what}. No learning rate was tried yet.`, cause);
}

/** The rate at the most negative slope. Rates are evenly spaced in their logarithm: slopes are differences, central within and one-sided at the ends. */
function steepest(curve: readonly LearningRatePoint[], skipStart: number, skipEnd: number): number | undefined {
  const points = curve.slice(skipStart, curve.length - skipEnd);
  const at = (i: number) => points[Math.max(0, Math.min(i, points.length - 1))]!.smoothed;
  const slopes = points.map((_, i) => (at(i + 1) - at(i - 1)) / (i === 0 || i === points.length - 1 ? 1 : 2));
  const lowest = Math.min(...slopes);
  return lowest < 0 ? points[slopes.indexOf(lowest)]!.learningRate : undefined;
}

function checked(options: FindLearningRateOptions) {
  checkOptions(options, OPTIONS, "findLearningRate");
  const { min = 1e-7, max = 1, steps = 100, smoothing = 0.98, divergence = 4, skipStart = SKIPPED.start, skipEnd = SKIPPED.end } = options;
  checkRange(min, "min", { min: Number.MIN_VALUE });
  checkRange(max, "max", { min: 0 });
  if (max <= min) fail("INVALID_ARGUMENT", `findLearningRate: max must be above min, got ${max} and ${min}.`);
  checkRange(skipStart, "skipStart", { min: 0, integer: true });
  checkRange(skipEnd, "skipEnd", { min: 0, integer: true });
  checkRange(steps, "steps", { min: leastSteps(skipStart, skipEnd), integer: true });
  checkRange(smoothing, "smoothing", { min: 0, max: 1 - Number.EPSILON });
  checkRange(divergence, "divergence", { min: 1 });
  checkOptions(options.optimizer, ["betas", "epsilon", "weightDecay", "decay"], "findLearningRate's optimizer");
  const { groups = [] } = options;
  checkGroups(groups, ["name", "match", "weightDecay", "learningRateFactor"], "findLearningRate");
  for (const { name, learningRateFactor: factor } of groups)
    if (factor !== undefined) checkRange(factor, `The learningRateFactor of the group "${name}"`, { min: 0 });
  if (options.onPoint !== undefined) checkFunction(options.onPoint, "findLearningRate: onPoint");
  checkSignal(options.signal, "findLearningRate: signal");
  if (options.clipNorm !== undefined) checkRange(options.clipNorm, "clipNorm", { min: Number.MIN_VALUE });
  if (options.accumulate !== undefined) checkRange(options.accumulate, "accumulate", { min: 1, integer: true });
  return { min, max, steps, smoothing, divergence, skipStart, skipEnd };
}
