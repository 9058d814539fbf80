import { yieldToEventLoop } from "@rsdix/backend";
import { fail } from "@rsdix/internal";
import * as tf from "@tensorflow/tfjs-core";
import { entryToBlame } from "./broken-batch";
import { DATA_ADVICE, isOfValues } from "./broken-numbers";
import { copied, type Differentiated, prepared } from "./differentiate";
import { readScalars } from "./read-scalars";
import type { BatchSource, Task } from "./task";

/**
 * A task's loss over one pass of some batches, without a gradient: `loss`, its parts and the task's logs, each the mean over the batches that have it.
 */
export async function measureLoss<Batch>(
  task: Task<Batch>,
  data: BatchSource<Batch>,
  signal?: AbortSignal,
): Promise<Record<string, number>> {
  const seen = new Map<string, { sum: number; batches: number }>();
  for (let step = 0; step < data.stepsPerEpoch; step++) {
    await yieldToEventLoop();
    if (signal?.aborted) fail("ABORTED", `${task.name}: stopped in a validation.`, signal.reason);
    const batch = await data.batch(step);
    const { loss, parts, logs } = await computed(task, batch, step);
    try {
      checkMetricNames(task.name, Object.keys(parts), Object.keys(logs));
      const numbers = await readScalars({ logs, parts, loss: { loss } });
      for (const [name, value] of Object.values(numbers).flatMap(Object.entries<number>)) {
        const { sum, batches } = seen.get(name) ?? { sum: 0, batches: 0 };
        seen.set(name, { sum: sum + value, batches: batches + 1 });
      }
    } finally {
      tf.dispose([loss, Object.values(parts), Object.values(logs)]);
    }
  }
  return Object.fromEntries([...seen].map(([name, { sum, batches }]) => [name, sum / batches]));
}

/** A step's record keeps parts and logs apart; the metrics of a validation are one list, where two of a name could not be told from each other. */
export function checkMetricNames(task: string, parts: readonly string[], logs: readonly string[]): void {
  const twice = [...parts, ...logs].find((name, i, all) => name === "loss" || all.indexOf(name) < i);
  if (twice === undefined) return;
  const others = twice === "loss" ? "the loss itself" : "a part of the loss and a log";
  fail("INVALID_ARGUMENT", `${task}: in a validation "${twice}" would be ${others}. Give the task's parts and logs names of their own.`);
}

async function computed<Batch>(task: Task<Batch>, batch: Batch, step: number): Promise<Omit<Differentiated, "gradients">> {
  const compute = (given: Batch) => copied(task.name, prepared(task, given, { step, micro: 0, training: false })());
  try {
    return tf.tidy(() => compute(batch));
  } catch (error) {
    const lossIsNumber = (make: () => Batch) => isNumber(() => compute(make()).loss);
    const entry = isOfValues(error) ? await entryToBlame(batch, undefined, lossIsNumber).catch(() => undefined) : undefined;
    if (entry === undefined) throw error;
    return fail("NOT_A_NUMBER", `batch ${step} of its data is not finite: ${entry}. ${DATA_ADVICE}`, error);
  }
}

/** Whether a loss is a number; undefined where it fails for another reason. */
async function isNumber(loss: () => tf.Scalar): Promise<boolean | undefined> {
  let value: tf.Scalar;
  try {
    value = tf.tidy(loss);
  } catch (error) {
    return isOfValues(error) ? false : undefined;
  }
  try {
    return Number.isFinite((await value.data<"float32">())[0]);
  } finally {
    value.dispose();
  }
}
