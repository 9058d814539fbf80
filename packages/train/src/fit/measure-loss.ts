import { yieldToEventLoop } from "@rsdix/backend";
import { fail } from "@rsdix/internal";
import * as tf from "@tensorflow/tfjs-core";
import { brokenEntry, DATA_ADVICE, isOfValues } from "./broken-numbers";
import { copied, type Differentiated } from "./differentiate";
import { readScalars } from "./read-scalars";
import type { BatchSource, Task } from "./task";

/** A task's loss over one pass of some batches, without a gradient: `loss`, its parts and the task's logs, each the mean over the batches. */
export async function measureLoss<Batch>(
  task: Task<Batch>,
  data: BatchSource<Batch>,
  signal?: AbortSignal,
): Promise<Record<string, number>> {
  const sums: Record<string, number> = {};
  for (let step = 0; step < data.stepsPerEpoch; step++) {
    await yieldToEventLoop();
    if (signal?.aborted) fail("ABORTED", `${task.name}: stopped in a validation.`, signal.reason);
    const batch = await data.batch(step);
    const scalars = computed(task, batch, step);
    const { loss, parts, logs } = scalars;
    try {
      const numbers = await readScalars({ logs, parts, loss: { loss } });
      for (const [name, value] of Object.values(numbers).flatMap(Object.entries<number>)) sums[name] = (sums[name] ?? 0) + value;
    } finally {
      tf.dispose([loss, Object.values(parts), Object.values(logs)]);
    }
  }
  return Object.fromEntries(Object.entries(sums).map(([name, sum]) => [name, sum / data.stepsPerEpoch]));
}

function computed<Batch>(task: Task<Batch>, batch: Batch, step: number): Omit<Differentiated, "gradients"> {
  try {
    return tf.tidy(() => copied(task.name, task.prepare(batch, { step, micro: 0, training: false })()));
  } catch (error) {
    const entry = isOfValues(error) ? brokenEntry(batch) : undefined;
    if (entry === undefined) throw error;
    return fail("NOT_A_NUMBER", `batch ${step} of its data is not finite: ${entry}. ${DATA_ADVICE}`, error);
  }
}
