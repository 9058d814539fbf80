import { checkOptions, checkRange, checkSignal, fail, show } from "@rsdix/internal";
import { checkFlag, checkText } from "../check-given";
import type { CheckpointStore } from "../checkpoints/checkpoint-store";
import type { AdamWOptions } from "../optim/adamw";
import { checkGroups, type ParameterGroup } from "../optim/groups";
import type { Schedule } from "../optim/schedule";
import type { BatchSource } from "./task";
import type { EarlyStopping, KeepBest } from "./watch";
import { checkWatch } from "./watch";

/**
 * The learning rate of each step: a schedule, such as `cosineSchedule({ ... })`; or a function that makes one for a run's length and rate, such as
 * `(totalSteps, learningRate) => cosineSchedule({ totalSteps, learningRate, warmupSteps: 100 })`.
 */
export type ScheduleChoice = (step: number, learningRate: number) => number | Schedule;

/** Weights with a rate or a decay of their own. */
export interface FitGroup extends ParameterGroup {
  /** What the run's rate is multiplied by; 1. */
  learningRateFactor?: number;
  /** A schedule of its own instead. */
  schedule?: ScheduleChoice;
}

/** What is measured on the way, and when. */
export interface Validation<Batch = never> {
  /** Steps between measurements; by epochs unless told. */
  every?: number;
  /** Epochs between measurements, fractions too; 1 unless told otherwise. There is always one at the end. */
  everyEpochs?: number;
  /**
   * The task's loss over one pass of these batches, or of those that this is the promise of: `loss`, its parts and the task's logs by their names, each the
   * mean over the batches that have it.
   */
  data?: BatchSource<Batch> | PromiseLike<BatchSource<Batch>>;
  /** A measurement of one's own; it must not change the model. Its names win over those of `data`. */
  run?(): Promise<Record<string, number>> | Record<string, number>;
  /** Names of what `run` measures: told, a metric to be led by that nothing measures is refused before the first step, not at the first validation. */
  measures?: readonly string[];
}

/** How `fit` trains. */
export interface FitOptions<Batch = never> {
  /** Passes over the data, fractions too. Either this or `steps`. */
  epochs?: number;
  /** Steps of the whole run. Either this or `epochs`. */
  steps?: number;
  /** The highest learning rate; the task's own unless told otherwise, else 5e-4. */
  learningRate?: number;
  /** The rate of each step; half a cosine from `learningRate` to 0 at the end of the run unless told otherwise, as the original. */
  schedule?: ScheduleChoice;
  /** Weights with a rate or a decay of their own; those that no group takes are the group "default". */
  groups?: readonly FitGroup[];
  /** Constants of AdamW. */
  optimizer?: Omit<AdamWOptions, "groups">;
  /** Largest joint norm of the gradients; not clipped by default. */
  clipNorm?: number;
  /**
   * Batches a step, whose gradients are averaged; 1. For losses that are means over items it equals one large batch. For contrastive losses it does not: each
   * item is compared with those of its own batch only. `chunk` of `clipTask` is for those.
   */
  accumulate?: number;
  /** Where checkpoints go; none are written by default. */
  checkpoints?: CheckpointStore;
  /** Steps between checkpoints; one is always written at the end and on abort. 100 by default. */
  checkpointEvery?: number;
  /** Keeps the checkpoints with the best validations, besides the newest. */
  keepBest?: KeepBest;
  /** Ends the run when a validation's metric no longer improves. */
  earlyStopping?: EarlyStopping;
  /** Go on from the newest checkpoint, if there is one; false by default. */
  resume?: boolean;
  /** Remove the checkpoints that the store holds; false by default: a new run refuses a store that is not empty. */
  overwrite?: boolean;
  /**
   * Names settings and data: a checkpoint made under another name is refused. By default made of what `fit` sees: task, steps, the rate of every
   * step, optimiser, what decays, which group each weight is in, clipping, batch and weights, but not the data or a task's own options.
   */
  fingerprint?: string;
  /** Measured on the way and at the end. */
  validation?: Validation<Batch>;
  /** Stops after the step in progress, with a checkpoint. */
  signal?: AbortSignal;
}

const OPTIONS: readonly (keyof FitOptions)[] = [
  "epochs",
  "steps",
  "learningRate",
  "schedule",
  "groups",
  "optimizer",
  "clipNorm",
  "accumulate",
  "checkpoints",
  "checkpointEvery",
  "keepBest",
  "earlyStopping",
  "resume",
  "overwrite",
  "fingerprint",
  "validation",
  "signal",
];

/** Throws on options that can't be meant. */
export function checkFitOptions<Batch>(options: FitOptions<Batch>): void {
  if (typeof options !== "object" || options === null) fail("INVALID_ARGUMENT", "fit needs options: at least { epochs } or { steps }.");
  checkOptions(options, OPTIONS, "fit");
  const { epochs, steps, learningRate, schedule, groups = [], optimizer = {}, clipNorm, accumulate = 1 } = options;
  if ((epochs === undefined) === (steps === undefined)) {
    fail("INVALID_ARGUMENT", `fit needs either epochs or steps, got ${epochs === undefined ? "neither" : "both"}.`);
  }
  if (steps !== undefined) checkRange(steps, "steps", { min: 1, integer: true });
  if (epochs !== undefined) checkRange(epochs, "epochs", { min: Number.MIN_VALUE });
  if (learningRate !== undefined) checkRange(learningRate, "learningRate", { min: 0 });
  if (schedule !== undefined) checkSchedule(schedule, "schedule");
  checkGroups(groups, ["name", "match", "weightDecay", "learningRateFactor", "schedule"], "fit");
  for (const group of groups) checkGroup(group);
  checkOptions(optimizer, ["betas", "epsilon", "weightDecay", "decay"], "fit's optimizer");
  if (clipNorm !== undefined) checkRange(clipNorm, "clipNorm", { min: Number.MIN_VALUE });
  checkRange(accumulate, "accumulate", { min: 1, integer: true });
  checkWatching(options);
}

const STORE = ["save", "latest", "clear"] as const;

function checkWatching<Batch>({
  checkpoints,
  checkpointEvery = 1,
  validation,
  keepBest,
  earlyStopping,
  resume,
  overwrite,
  fingerprint,
  signal,
}: FitOptions<Batch>): void {
  checkRange(checkpointEvery, "checkpointEvery", { min: 1, integer: true });
  if (checkpoints !== undefined && !STORE.every((method) => typeof checkpoints?.[method] === "function"))
    fail(
      "INVALID_ARGUMENT",
      `fit: checkpoints must be a store with save, latest and clear, such as checkpointFolder(path) gives; got ${show(checkpoints)}.`,
    );
  checkSignal(signal, "fit: signal");
  if (resume !== undefined) checkFlag(resume, "fit: resume");
  if (overwrite !== undefined) checkFlag(overwrite, "fit: overwrite");
  if (fingerprint !== undefined) checkText(fingerprint, "fit: fingerprint");
  if (validation) {
    checkOptions(validation, ["every", "everyEpochs", "data", "run", "measures"], "fit's validation");
    const { every, everyEpochs, data, run, measures } = validation;
    if (every !== undefined) checkRange(every, "validation.every", { min: 1, integer: true });
    if (everyEpochs !== undefined) checkRange(everyEpochs, "validation.everyEpochs", { min: Number.MIN_VALUE });
    if (every !== undefined && everyEpochs !== undefined)
      fail("INVALID_ARGUMENT", "validation takes either every or everyEpochs, got both.");
    if (run !== undefined && typeof run !== "function")
      fail("INVALID_ARGUMENT", `validation.run must be a function that gives numbers by name, got ${show(run)}.`);
    if (measures && !run) fail("INVALID_ARGUMENT", "validation.measures names what validation.run measures, and there is no run.");
    if (measures && !(Array.isArray(measures) && measures.every((name) => typeof name === "string")))
      fail("INVALID_ARGUMENT", `validation.measures must be a list of names, got ${show(measures)}.`);
    if (!data && !run) fail("INVALID_ARGUMENT", "validation needs data, batches to measure the task's loss on, or run, a function.");
  }
  if ((keepBest || earlyStopping) && !validation) {
    fail("INVALID_ARGUMENT", `fit: ${keepBest ? "keepBest" : "earlyStopping"} needs \`validation\`, which measures its metric.`);
  }
  checkWatch({ keepBest, earlyStopping });
  if (keepBest && !checkpoints) fail("INVALID_ARGUMENT", "fit: keepBest needs `checkpoints`, the store to keep them in.");
  if (resume && !checkpoints) fail("INVALID_ARGUMENT", "fit: resume needs `checkpoints`, the store to resume from.");
}

function checkGroup({ name, learningRateFactor, schedule }: FitGroup): void {
  if (learningRateFactor !== undefined) checkRange(learningRateFactor, `The learningRateFactor of the group "${name}"`, { min: 0 });
  if (schedule !== undefined) checkSchedule(schedule, `the schedule of the group "${name}"`);
  if (learningRateFactor !== undefined && schedule !== undefined) {
    fail("INVALID_ARGUMENT", `fit: the group "${name}" takes either learningRateFactor or schedule, got both.`);
  }
}

function checkSchedule(schedule: unknown, what: string): void {
  if (typeof schedule === "function") return;
  fail("INVALID_ARGUMENT", `fit: ${what} must be a function of the step, such as cosineSchedule({ ... }), got ${show(schedule)}.`);
}
