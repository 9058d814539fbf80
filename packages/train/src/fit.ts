import { checkOptions, checkRange, fail } from "@rsdix/internal";
import type { Checkpoint, TrainableParameter } from "@rsdix/models";
import * as tf from "@tensorflow/tfjs-core";
import { AdamW, type AdamWOptions } from "./adamw";
import type { CheckpointStore } from "./checkpoint-store";
import { clipByGlobalNorm } from "./clip-gradients";
import type { FitRecord, StepRecord } from "./records";
import type { Schedule } from "./schedule";
import type { BatchSource, Task } from "./task";

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
  /** Names the settings: a checkpoint made under another name is refused. The task's name by default. */
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
  "fingerprint",
  "validation",
  "signal",
];
const OPTIMIZER = "optimizer.";
const TASK = "task.";

/**
 * Trains a task and yields typed records as it goes: consume them with a progress bar, a log file, a figure. Interrupted and resumed it gives the same
 * losses, bit for bit, as an uninterrupted run on the same backend.
 *
 * @param task What to train.
 * @param data Its batches.
 * @param options Steps, schedule, optimiser, checkpoints, validation, signal.
 * @returns Records: one start, then steps, checkpoints and validations. Breaking out of the loop frees the optimiser.
 * @throws ABORTED when the signal fires, after a checkpoint; NOT_A_NUMBER when the loss stops being finite, naming step and tensor, the weights being
 *   those before the step; CHECKPOINT_MISMATCH when resuming with other settings; INVALID_ARGUMENT, UNKNOWN_OPTION.
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
 *   if (record.type === "step") console.log(record.step, record.loss);
 * }
 * weights.dispose();
 * ```
 */
export async function* fit<Batch>(
  task: Task<Batch>,
  data: BatchSource<Batch>,
  options: FitOptions,
): AsyncGenerator<FitRecord, void, undefined> {
  checkOptions(options, OPTIONS, "fit");
  const { steps, checkpoints, checkpointEvery = 100, validation, signal, fingerprint = task.name } = options;
  checkRange(steps, "steps", { min: 1, integer: true });
  checkRange(checkpointEvery, "checkpointEvery", { min: 1, integer: true });
  const optimizer = new AdamW(task.trainable(), options.optimizer);
  const base = { task: task.name };
  let saved: string | undefined;
  const save = async (step: number): Promise<FitRecord> => {
    saved = await checkpoints!.save({ step, fingerprint, tensors: await stateOf(task, optimizer) });
    return { type: "checkpoint", ...base, step, location: saved };
  };
  try {
    const start = options.resume ? await restore(task, optimizer, checkpoints, fingerprint) : 0;
    yield { type: "start", ...base, step: start, steps };
    for (let step = start; step < steps; step++) {
      const began = performance.now();
      const learningRate = options.schedule(step);
      task.beforeStep?.(step);
      const outcome = await trainStep(task, await data.batch(step), optimizer, learningRate, options.clipNorm);
      if (outcome.broken) {
        fail(
          "NOT_A_NUMBER",
          `${task.name}: at step ${step + 1} ${outcome.broken}. ${saved ? `The last good checkpoint is ${saved}. ` : ""}Lower the learning rate or clip gradients.`,
        );
      }
      task.afterStep?.();
      const done = step + 1;
      const seconds = (performance.now() - began) / 1000;
      const record: StepRecord = {
        type: "step",
        ...base,
        step: done,
        steps,
        epoch: done / data.stepsPerEpoch,
        loss: outcome.loss,
        logs: outcome.logs,
        learningRate,
        ...(outcome.gradientNorm !== undefined && { gradientNorm: outcome.gradientNorm }),
        seconds,
        itemsPerSecond: data.batchSize / seconds,
        tensors: tf.memory().numTensors,
      };
      yield record;
      if (validation && (done % validation.every === 0 || done === steps)) {
        yield { type: "validation", ...base, step: done, metrics: await validation.run() };
      }
      const stopping = signal?.aborted && done < steps;
      if (checkpoints && (stopping || done % checkpointEvery === 0 || done === steps)) yield await save(done);
      if (stopping) {
        const hint = saved
          ? `The checkpoint is ${saved}; go on with resume: true.`
          : "No checkpoint was kept: give `checkpoints` to be able to resume.";
        fail("ABORTED", `${task.name}: stopped after step ${done} of ${steps}. ${hint}`, signal?.reason);
      }
    }
  } finally {
    optimizer.dispose();
  }
}

interface Outcome {
  loss: number;
  logs: Record<string, number>;
  gradientNorm?: number;
  /** What is not finite, when something isn't; the weights are then as before. */
  broken?: string;
}

async function trainStep<Batch>(task: Task<Batch>, batch: Batch, optimizer: AdamW, rate: number, clipNorm?: number): Promise<Outcome> {
  const parameters = optimizer.parameters;
  const { loss, logs, gradients, norm } = tf.tidy(() => {
    const compute = task.prepare(batch);
    let kept: Record<string, tf.Scalar> = {};
    const run = () => {
      const result = compute();
      kept = result.logs ?? {};
      for (const value of Object.values(kept)) tf.keep(value);
      return result.loss;
    };
    const { value, grads } = tf.variableGrads(
      run,
      parameters.map(({ variable }) => variable),
    );
    const list = parameters.map(({ variable }) => grads[variable.name]!);
    const clipped = clipNorm === undefined ? undefined : clipByGlobalNorm(list, clipNorm);
    // What the outer tidy would free before it is read below is returned by it.
    return { loss: value, logs: kept, gradients: clipped?.clipped ?? list, norm: clipped?.norm };
  });
  try {
    const outcome: Outcome = { loss: (await loss.data())[0]!, logs: {} };
    for (const [name, value] of Object.entries(logs)) outcome.logs[name] = (await value.data())[0]!;
    if (norm) outcome.gradientNorm = (await norm.data())[0]!;
    if (!Number.isFinite(outcome.loss)) return { ...outcome, broken: `the loss is ${outcome.loss}${await firstBroken(parameters)}` };
    if (norm && !Number.isFinite(outcome.gradientNorm)) return { ...outcome, broken: `the gradients' norm is ${outcome.gradientNorm}` };
    const index = new Map(parameters.map((parameter, i) => [parameter.name, i]));
    optimizer.step((parameter) => gradients[index.get(parameter.name)!]!, rate);
    return outcome;
  } finally {
    tf.dispose([loss, gradients, Object.values(logs), ...(norm ? [norm] : [])]);
  }
}

/** Checked on the host: on some devices a test for NaN is compiled away. */
async function firstBroken(parameters: readonly TrainableParameter[]): Promise<string> {
  for (const { name, variable } of parameters) {
    if (!(await variable.data<"float32">()).every(Number.isFinite)) return `, and the weight "${name}" is no longer finite`;
  }
  return "";
}

async function stateOf<Batch>(task: Task<Batch>, optimizer: AdamW): Promise<Checkpoint> {
  const state: Checkpoint = new Map();
  for (const [name, value] of await task.state()) state.set(TASK + name, value);
  for (const [name, value] of await optimizer.state()) state.set(OPTIMIZER + name, value);
  return state;
}

async function restore<Batch>(
  task: Task<Batch>,
  optimizer: AdamW,
  store: CheckpointStore | undefined,
  fingerprint: string,
): Promise<number> {
  if (!store) fail("INVALID_ARGUMENT", "fit: resume needs `checkpoints`, the store to resume from.");
  const state = await store.latest();
  if (!state) return 0;
  if (state.fingerprint !== fingerprint) {
    fail(
      "CHECKPOINT_MISMATCH",
      `${task.name}: the checkpoint was made with other settings or data (${state.fingerprint}) than these (${fingerprint}). Use the same, or start anew.`,
    );
  }
  const part = (prefix: string) =>
    new Map([...state.tensors].filter(([name]) => name.startsWith(prefix)).map(([name, value]) => [name.slice(prefix.length), value]));
  task.restore(part(TASK));
  optimizer.restore(part(OPTIMIZER));
  return state.step;
}
