import { yieldToEventLoop } from "@rsdix/backend";
import { fail, show } from "@rsdix/internal";
import * as tf from "@tensorflow/tfjs-core";
import { AdamW } from "../optim/adamw";
import { type Broken, brokenBy, failBroken, isOurs } from "./broken-numbers";
import { checkedMetrics, checkSource, checkTask, endTask, occupy } from "./check-run";
import { checkWatchedMetrics } from "./check-watched-metrics";
import { DataCursor } from "./data-cursor";
import { checkMetricNames, measureLoss } from "./measure-loss";
import type { FitOptions } from "./options";
import { describeRun, planRun, rateFields } from "./plan";
import type { CheckpointRecord, FitRecord } from "./records";
import { captureRun, claimStore, type ResumedRun, restoreRun } from "./run-state";
import type { BatchSource, Task } from "./task";
import { type StepOutcome, trainStep } from "./train-step";
import { Watch, watchStateOf } from "./watch";

/**
 * Trains a task and yields typed records as it goes: consume them with a progress bar, a log file, a figure. Interrupted and resumed it gives the same
 * losses, bit for bit, as an uninterrupted run on the same backend.
 *
 * @param task What to train.
 * @param batches Its batches, or the promise of them, as `batches(rsicd(folder), ...)` of @rsdix/data is.
 * @param options Length, rates, optimiser, checkpoints, validation, signal.
 * @returns Records: one start, then steps, validations and checkpoints, and an end. Breaking out of the loop frees the optimiser.
 * @throws ABORTED when the signal fires, after a checkpoint; NOT_A_NUMBER when the loss, a gradient or a weight stops being finite, or when the weights have
 *   diverged so far that the loss can't be computed any more, whichever check of a loss or a model meets it first: with the step, the tensor and the last good
 *   checkpoint, the weights being those before the step, and a batch told apart of which an entry that is no number is to blame; WRITE_FAILED, from the store,
 *   likewise naming the last good checkpoint. What else goes wrong in a step or a validation, the data and their `batch` among it, ends the run after a
 *   checkpoint
 *   of the steps before, where the weights aren't to blame; an error of the task's, the data's or the store's own is thrown as it is, whatever its code.
 *   CHECKPOINT_MISMATCH when resuming with other settings, other data or in another order; INVALID_ARGUMENT, also for a store that is not empty
 *   without `resume` or `overwrite`, for two weights of one name, one weight twice, a task that another run has not left yet, and for a metric to be led by
 *   that
 *   no validation measures: before the first step where it can be known, else after a checkpoint; SHAPE_MISMATCH for a loss or log that is no scalar;
 *   UNKNOWN_OPTION.
 * @example
 * ```ts
 * import "@tensorflow/tfjs";
 * import * as tf from "@tensorflow/tfjs-core";
 * import { Parameters } from "@rsdix/models";
 * import { fit, type Task } from "@rsdix/train";
 * const weights = Parameters.initialize([{ name: "w", shape: [1], init: "zeros" }], 1);
 * const task: Task<number> = {
 *   name: "line",
 *   trainable: () => weights.trainable(),
 *   prepare: (target) => () => ({ loss: tf.sum(tf.square(tf.sub(weights.get("w"), target))) as tf.Scalar }),
 *   state: () => weights.toCheckpoint(),
 *   restore: (checkpoint) => weights.assign(checkpoint),
 * };
 * const data = { stepsPerEpoch: 1, batchSize: 1, batch: () => 3 };
 * for await (const record of fit(task, data, { steps: 20, learningRate: 0.5 })) {
 *   if (record.type === "step") console.log(record.step, record.loss.total);
 * }
 * weights.dispose();
 * ```
 */
export async function* fit<Batch>(
  task: Task<Batch>,
  batches: BatchSource<Batch> | PromiseLike<BatchSource<Batch>>,
  options: FitOptions<NoInfer<Batch>>,
): AsyncGenerator<FitRecord, void, undefined> {
  const [data, held] = await Promise.all([batches, options?.validation?.data]);
  checkTask(task, "fit");
  const plan = planRun(task, data, options);
  if (held !== undefined) checkSource(held, "The validation's data");
  const { steps, accumulate } = plan;
  const { checkpoints, checkpointEvery = 100, validation, signal, clipNorm } = options;
  const base = { task: task.name };
  const watch = new Watch(options);
  const cursor = new DataCursor(task.name, data, signal);
  let optimizer: AdamW | undefined;
  let saved: { step: number; location: string } | undefined;
  let unsaved = ""; // why the last step could not be kept
  let validated = 0; // the step of the last validation
  let position: unknown; // in the data, after the last whole step
  let failed = false;
  const leave = occupy(task);
  try {
    task.begin?.();
    const parameters = task.trainable();
    optimizer = new AdamW(parameters, { ...options.optimizer, groups: adamGroups(options) });
    const { groups } = optimizer;
    const fingerprint = options.fingerprint ?? (checkpoints ? describeRun(task, data, options, plan, optimizer) : "");

    /** For the message of an error that ends the run. */
    const last = () =>
      `${saved ? ` The last good checkpoint is ${saved.location}.` : ""}${unsaved && ` The last steps couldn't be saved: ${unsaved}`}`;
    const passOn = (error: unknown): never => {
      if (isOurs(error) && last() !== "") fail(error.code, error.message + last(), error);
      throw error;
    };
    const save = async (step: number): Promise<CheckpointRecord> => {
      const best = watch.bestOf(step);
      const tensors = await captureRun(task, optimizer!, step);
      const details = { batches: step * accumulate, position, validated, watch: watch.state() };
      const state = { step, fingerprint, tensors, details, ...(best && { best }) };
      saved = { step, location: await checkpoints!.save(state, watch.keptSteps) };
      return { type: "checkpoint", ...base, ...saved, ...(best && { best }) };
    };
    const isUnsaved = (step: number) => checkpoints !== undefined && step > 0 && saved?.step !== step;
    /** Ends the run for a signal, once what was trained since the last checkpoint is saved. */
    const stop = async function* (step: number): AsyncGenerator<FitRecord, never, undefined> {
      if (isUnsaved(step)) yield await save(step).catch(passOn);
      return fail("ABORTED", `${task.name}: stopped after step ${step} of ${steps}. ${resumeHint(options, saved)}`, signal?.reason);
    };
    /** Saves the same before an error ends the run, which is told in any case. */
    const rescue = async function* (step: number): AsyncGenerator<FitRecord, void, undefined> {
      if (!isUnsaved(step)) return;
      const record = await save(step).catch((error) => {
        unsaved = (error instanceof Error ? error.message : show(error)).replace(/\.?$/, ".");
      });
      if (record) yield record;
    };
    /** Ends the run for broken numbers; what diverged is not saved. */
    const failFor = async function* (broken: Broken, step: number, when: string): AsyncGenerator<FitRecord, never, undefined> {
      if (broken.blame !== "weights") yield* rescue(step);
      return failBroken(`${task.name}: ${when}`, broken, last());
    };
    /** What comes between two steps: a validation and a checkpoint, where they are due. */
    const settle = async function* (step: number): AsyncGenerator<FitRecord, void, undefined> {
      if (validation && validated !== step && plan.validates(step)) {
        let metrics: Record<string, number>;
        try {
          const measured = held && (await measureLoss(task, held, signal));
          metrics = { ...measured, ...(validation.run && checkedMetrics(task.name, await validation.run())) };
          watch.take(step, metrics);
        } catch (error) {
          if (signal?.aborted) return yield* stop(step); // resumed, it is measured again
          const broken = await brokenBy(error, { task, parameters, first: () => data.batch(0) }).catch(() => undefined); // the error itself counts
          if (broken) return yield* failFor(broken, step, `in the validation at step ${step}`);
          yield* rescue(step);
          return passOn(error);
        }
        validated = step;
        yield { type: "validation", ...base, step, epoch: plan.epochOf(step), metrics };
      }
      const due = step % checkpointEvery === 0 || step === steps || watch.stops || watch.bestOf(step) !== undefined;
      if (checkpoints && due) yield await save(step).catch(passOn);
    };

    if (!signal?.aborted) await checkWatchedMetrics(task, options, held);
    if (checkpoints && !options.resume) await claimStore(task.name, checkpoints, options.overwrite ?? false);
    const resumed = options.resume ? await restoreRun(task, optimizer, checkpoints!, { fingerprint, steps }) : undefined;
    if (resumed) {
      saved = { step: resumed.step, location: resumed.location };
      validated = validatedIn(resumed);
      cursor.resume(resumed.details.position);
      position = cursor.position;
      watch.restore(watchStateOf(resumed.details.watch));
    }
    let step = resumed?.step ?? 0;
    yield { type: "start", ...base, step, steps };
    if (step > 0 && plan.validates(step) && validated !== step) yield* settle(step); // it was stopped in that validation
    while (step < steps && !watch.stops) {
      await yieldToEventLoop();
      if (signal?.aborted) return yield* stop(step);
      const began = performance.now();
      let updated = false;
      const onUpdate = () => {
        updated = true;
      };
      const batch = (index: number) => cursor.batch(index);
      let rates: Record<string, number>;
      let outcome: StepOutcome;
      try {
        rates = plan.rates(step, groups);
        task.beforeStep?.(step);
        outcome = await trainStep(task, optimizer, { step, accumulate, batch, learningRates: rates, clipNorm, onUpdate });
      } catch (error) {
        if (cursor.stopped) return yield* stop(step); // the signal came while data were read: the step has changed nothing yet
        if (!updated) yield* rescue(step);
        return passOn(error);
      }
      const { broken, items, ...numbers } = outcome;
      if (broken) yield* failFor(broken, step, `at step ${step + 1}`);
      position = cursor.position;
      if (held) checkMetricNames(task.name, partsOf(numbers), Object.keys(numbers.logs)); // now, not after an epoch
      task.afterStep?.();
      step++;
      const seconds = (performance.now() - began) / 1000;
      const { numTensors: tensors, numBytes: memory } = tf.memory();
      const timing = { seconds, itemsPerSecond: (items ?? data.batchSize * accumulate) / seconds, tensors, memory };
      yield { type: "step", ...base, step, steps, epoch: plan.epochOf(step), ...numbers, ...rateFields(rates), ...timing };
      yield* settle(step);
    }
    const best = watch.record;
    yield { type: "end", ...base, step, reason: watch.stops ? "early-stopping" : "finished", ...(best && { best }) };
  } catch (error) {
    failed = true;
    throw error;
  } finally {
    optimizer?.dispose();
    leave();
    endTask(task, failed);
  }
}

/** What of the groups is the optimiser's affair. */
function adamGroups<Batch>({ groups = [] }: FitOptions<Batch>) {
  return groups.map(({ name, match, weightDecay }) => ({ name, match, ...(weightDecay !== undefined && { weightDecay }) }));
}

function validatedIn({ details: { validated } }: ResumedRun): number {
  return typeof validated === "number" ? validated : 0;
}

function partsOf({ loss: { total: _, ...parts } }: StepOutcome): string[] {
  return Object.keys(parts);
}

function resumeHint<Batch>({ checkpoints }: FitOptions<Batch>, saved: { location: string } | undefined): string {
  if (!checkpoints) return "No checkpoint was kept: give `checkpoints` to be able to resume.";
  return `${saved ? `The checkpoint is ${saved.location}; go` : "Go"} on with resume: true.`;
}
