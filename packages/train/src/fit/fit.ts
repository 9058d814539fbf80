import { yieldToEventLoop } from "@rsdix/backend";
import { checkOptions, checkRange, fail } from "@rsdix/internal";
import type { TrainableParameter } from "@rsdix/models";
import * as tf from "@tensorflow/tfjs-core";
import type { CheckpointStore } from "../checkpoints/checkpoint-store";
import { AdamW, type AdamWOptions } from "../optim/adamw";
import type { Schedule } from "../optim/schedule";
import type { FitRecord } from "./records";
import { captureRun, claimStore, restoreRun } from "./run-state";
import type { BatchSource, Task } from "./task";
import { trainStep } from "./train-step";

/** How `fit` trains. */
export interface FitOptions {
  /** Steps of the whole run. */
  steps: number;
  /** The learning rate of each step. */
  schedule: Schedule;
  /** Constants of AdamW. */
  optimizer?: AdamWOptions;
  /** Largest joint norm of the gradients; not clipped by default. */
  clipNorm?: number;
  /** Where checkpoints go; none are written by default. */
  checkpoints?: CheckpointStore;
  /** Steps between checkpoints; one is always written at the end and on abort. 100 by default. */
  checkpointEvery?: number;
  /** Go on from the newest checkpoint, if there is one; false by default. */
  resume?: boolean;
  /** Remove the checkpoints that the store holds; false by default: a new run refuses a store that is not empty. */
  overwrite?: boolean;
  /**
   * Names settings and data: a checkpoint made under another name is refused. By default made of what `fit` sees: task, steps, rates, optimiser, clipping,
   * batch and model size, but not the data or a task's own options.
   */
  fingerprint?: string;
  /** Measured every so many steps and at the end. */
  validation?: {
    /** Steps between measurements. */
    every: number;
    /** The measurement; it must not change the model. */
    run(): Promise<Record<string, number>> | Record<string, number>;
  };
  /** Stops after the step in progress, with a checkpoint. */
  signal?: AbortSignal;
}

const OPTIONS = [
  "steps",
  "schedule",
  "optimizer",
  "clipNorm",
  "checkpoints",
  "checkpointEvery",
  "resume",
  "overwrite",
  "fingerprint",
  "validation",
  "signal",
];

/**
 * Trains a task and yields typed records as it goes: consume them with a progress bar, a log file, a figure. Interrupted and resumed it gives the same
 * losses, bit for bit, as an uninterrupted run on the same backend.
 *
 * @param task What to train.
 * @param data Its batches.
 * @param options Steps, schedule, optimiser, checkpoints, validation, signal.
 * @returns Records: one start, then steps, validations and checkpoints, and an end. Breaking out of the loop frees the optimiser.
 * @throws ABORTED when the signal fires, after a checkpoint; NOT_A_NUMBER when the loss or a gradient stops being finite, naming step and tensor, the weights
 *   being those before the step; CHECKPOINT_MISMATCH when resuming with other settings; INVALID_ARGUMENT, also for a store that is not empty without
 *   `resume` or `overwrite`; UNKNOWN_OPTION.
 * @example
 * ```ts
 * import "@tensorflow/tfjs";
 * import * as tf from "@tensorflow/tfjs-core";
 * import { Parameters } from "@rsdix/models";
 * import { cosineSchedule, fit, type Task } from "@rsdix/train";
 * const weights = Parameters.initialize([{ name: "w", shape: [1], init: "zeros" }], 1);
 * const task: Task<number> = {
 *   name: "line",
 *   trainable: () => weights.trainable(),
 *   prepare: (target) => () => ({ loss: tf.sum(tf.square(tf.sub(weights.get("w"), target))) as tf.Scalar }),
 *   state: () => weights.toCheckpoint(),
 *   restore: (checkpoint) => weights.assign(checkpoint),
 * };
 * const data = { stepsPerEpoch: 1, batchSize: 1, batch: () => 3 };
 * for await (const record of fit(task, data, { steps: 20, schedule: cosineSchedule({ learningRate: 0.5, totalSteps: 20 }) })) {
 *   if (record.type === "step") console.log(record.step, record.loss.total);
 * }
 * weights.dispose();
 * ```
 */
export async function* fit<Batch>(
  task: Task<Batch>,
  data: BatchSource<Batch>,
  options: FitOptions,
): AsyncGenerator<FitRecord, void, undefined> {
  checkFitOptions(options);
  const { steps, schedule, checkpoints, checkpointEvery = 100, validation, signal, clipNorm } = options;
  const base = { task: task.name };
  let optimizer: AdamW | undefined;
  let saved: { step: number; location: string } | undefined;
  try {
    task.begin?.();
    const parameters = task.trainable();
    optimizer = new AdamW(parameters, options.optimizer);
    const fingerprint = options.fingerprint ?? describeRun(task, data, options, parameters);
    const save = async (step: number): Promise<FitRecord> => {
      saved = { step, location: await checkpoints!.save({ step, fingerprint, tensors: await captureRun(task, optimizer!) }) };
      return { type: "checkpoint", ...base, ...saved };
    };
    if (checkpoints && !options.resume) await claimStore(task.name, checkpoints, options.overwrite ?? false);
    const start = options.resume ? await restoreRun(task, optimizer, checkpoints!, { fingerprint, steps }) : 0;
    yield { type: "start", ...base, step: start, steps };
    for (let step = start; step < steps; step++) {
      await yieldToEventLoop();
      if (signal?.aborted) {
        if (checkpoints && step > start && saved?.step !== step) yield await save(step);
        fail("ABORTED", `${task.name}: stopped after step ${step} of ${steps}. ${resumeHint(checkpoints, saved)}`, signal.reason);
      }
      const began = performance.now();
      const learningRate = schedule(step);
      checkRange(learningRate, `The schedule's rate at step ${step}`, { min: 0 });
      task.beforeStep?.(step);
      const plan = { step, accumulate: 1, batch: (index: number) => data.batch(index), learningRates: learningRate, clipNorm };
      const { broken, ...outcome } = await trainStep(task, optimizer, plan);
      if (broken) {
        const last = saved ? `The last good checkpoint is ${saved.location}. ` : "";
        fail("NOT_A_NUMBER", `${task.name}: at step ${step + 1} ${broken}. ${last}Lower the learning rate or clip gradients.`);
      }
      task.afterStep?.();
      const done = step + 1;
      const seconds = (performance.now() - began) / 1000;
      const epoch = done / data.stepsPerEpoch;
      const { numTensors: tensors, numBytes: memory } = tf.memory();
      const timing = { seconds, itemsPerSecond: data.batchSize / seconds, tensors, memory };
      yield { type: "step", ...base, step: done, steps, epoch, ...outcome, learningRate, ...timing };
      if (validation && (done % validation.every === 0 || done === steps)) {
        yield { type: "validation", ...base, step: done, epoch, metrics: await validation.run() };
      }
      if (checkpoints && (done % checkpointEvery === 0 || done === steps)) yield await save(done);
    }
    yield { type: "end", ...base, step: steps, reason: "finished" };
  } finally {
    optimizer?.dispose();
    task.end?.();
  }
}

function checkFitOptions(options: FitOptions): void {
  if (typeof options !== "object" || options === null) fail("INVALID_ARGUMENT", "fit needs options: at least { steps, schedule }.");
  checkOptions(options, OPTIONS, "fit");
  const { steps, schedule, clipNorm, checkpoints, checkpointEvery = 1, validation, resume } = options;
  checkRange(steps, "steps", { min: 1, integer: true });
  checkRange(checkpointEvery, "checkpointEvery", { min: 1, integer: true });
  if (typeof schedule !== "function")
    fail("INVALID_ARGUMENT", "fit: schedule must be a function of the step, such as cosineSchedule({ ... }).");
  if (clipNorm !== undefined) checkRange(clipNorm, "clipNorm", { min: Number.MIN_VALUE });
  if (validation) {
    checkOptions(validation, ["every", "run"], "fit's validation");
    checkRange(validation.every, "validation.every", { min: 1, integer: true });
  }
  if (resume && !checkpoints) fail("INVALID_ARGUMENT", "fit: resume needs `checkpoints`, the store to resume from.");
}

function resumeHint(checkpoints: CheckpointStore | undefined, saved: { location: string } | undefined): string {
  if (!checkpoints) return "No checkpoint was kept: give `checkpoints` to be able to resume.";
  return `${saved ? `The checkpoint is ${saved.location}; go` : "Go"} on with resume: true.`;
}

/** Names what decides a run's numbers, as far as `fit` can see it. */
function describeRun<Batch>(
  task: Task<Batch>,
  data: BatchSource<Batch>,
  options: FitOptions,
  parameters: readonly TrainableParameter[],
): string {
  const { steps, schedule, optimizer, clipNorm } = options;
  const rates = [0, steps >> 2, steps >> 1, steps - 1].map(schedule);
  const size = parameters.reduce((sum, { variable }) => sum + variable.size, 0);
  return JSON.stringify({
    task: task.name,
    steps,
    rates,
    optimizer,
    clipNorm,
    batchSize: data.batchSize,
    stepsPerEpoch: data.stepsPerEpoch,
    size,
  });
}
