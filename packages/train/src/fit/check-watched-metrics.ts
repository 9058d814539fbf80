import * as tf from "@tensorflow/tfjs-core";
import type { FitOptions } from "./options";
import type { BatchSource, Task } from "./task";
import { metricOf } from "./watch";

/**
 * Refuses, before the first step, a metric to be led by that no validation will give, as far as that can be known: what a task measures shows in one batch,
 * what a `run` of the caller's measures only if the caller says so.
 *
 * @param held The batches that the validation measures the task's loss on.
 */
export async function checkWatchedMetrics<Batch>(
  task: Task<Batch>,
  { validation, keepBest, earlyStopping }: FitOptions<Batch>,
  held: BatchSource<Batch> | undefined,
): Promise<void> {
  if (!validation || !(keepBest || earlyStopping) || (validation.run && !validation.measures)) return;
  const names = held ? await namesIn(task, held) : [];
  if (!names) return;
  const measured = Object.fromEntries([...names, ...(validation.measures ?? [])].map((name) => [name, 0]));
  if (earlyStopping) metricOf(measured, earlyStopping, "earlyStopping");
  if (keepBest) metricOf(measured, keepBest, "keepBest");
}

/** What a task measures on some batches; undefined where that goes wrong, which the validation itself will tell of. */
async function namesIn<Batch>(task: Task<Batch>, data: BatchSource<Batch>): Promise<string[] | undefined> {
  try {
    const batch = await data.batch(0);
    let names: string[] = [];
    tf.tidy(() => {
      const { parts = {}, logs = {} } = task.prepare(batch, { step: 0, micro: 0, training: false })();
      names = ["loss", ...Object.keys(parts), ...Object.keys(logs)];
    });
    return names;
  } catch {
    return undefined;
  }
}
