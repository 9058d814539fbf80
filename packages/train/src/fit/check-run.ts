import { checkRange, fail, show } from "@rsdix/internal";
import type { Checkpoint } from "@rsdix/models";
import type { BatchSource, Task } from "./task";

const TASK = ["trainable", "prepare", "state", "restore"] as const;
const MAY_HAVE = ["begin", "end", "beforeStep", "afterStep", "valueAndGradients", "itemsIn"] as const;

/** Throws on what is no task. */
export function checkTask<Batch>(task: Task<Batch>, where: string): void {
  const missing = TASK.find((method) => typeof task?.[method] !== "function");
  if (missing !== undefined) {
    const got = task ? `one without ${missing}()` : show(task);
    fail(
      "INVALID_ARGUMENT",
      `${where} needs a task with ${TASK.map((method) => `${method}()`).join(", ")}, as clipTask gives it; got ${got}.`,
    );
  }
  if (typeof task.name !== "string") fail("INVALID_ARGUMENT", `${where}: the task must have a name, got ${show(task.name)}.`);
  const wrong = MAY_HAVE.find((method) => task[method] !== undefined && typeof task[method] !== "function");
  if (wrong !== undefined) fail("INVALID_ARGUMENT", `${task.name}: ${wrong} must be a method or left out, got ${show(task[wrong])}.`);
}

/** Throws on what gives no batches; `what` is what messages call it, such as "The data". */
export function checkSource<Batch>(data: BatchSource<Batch>, what: string): void {
  if (typeof data?.batch !== "function")
    fail(
      "INVALID_ARGUMENT",
      `${what} must be batches, { stepsPerEpoch, batchSize, batch(step) }, or the promise of them; got ${show(data)}.`,
    );
  checkRange(data.stepsPerEpoch, `${what}'s stepsPerEpoch`, { min: 1, integer: true });
  checkRange(data.batchSize, `${what}'s batchSize`, { min: 1 });
}

/** What a validation of one's own measured, once it is found to be numbers by name. */
export function checkedMetrics(task: string, metrics: Record<string, number>): Record<string, number> {
  if (show(metrics) !== "[object Object]")
    fail("INVALID_ARGUMENT", `${task}: validation.run must give numbers by name, got ${show(metrics)}.`);
  const wrong = Object.entries<unknown>(metrics).find(([, value]) => typeof value !== "number");
  if (wrong) fail("INVALID_ARGUMENT", `${task}: validation.run must give numbers by name, got "${wrong[0]}": ${show(wrong[1])}.`);
  return metrics;
}

/** The state of a task, once it is found to be one. */
export async function checkedState<Batch>(task: Task<Batch>): Promise<Checkpoint> {
  const state = await task.state();
  if (!(state instanceof Map)) fail("INVALID_ARGUMENT", `${task.name}: state must give a Map of arrays by name, got ${show(state)}.`);
  return state;
}

const running = new WeakSet<object>();

/** Takes a task for a run until what it returns is called: two at once would free each other's tensors. */
export function occupy<Batch>(task: Task<Batch>): () => void {
  if (running.has(task)) {
    fail(
      "INVALID_ARGUMENT",
      `${task.name}: the task is in use by another run. Wait for its end (a loop that is left ends it), or make a task of its own for this one.`,
    );
  }
  running.add(task);
  return () => void running.delete(task);
}

/** Ends a task; what goes wrong in that is not told where the run has an error of its own to tell. */
export function endTask<Batch>(task: Task<Batch>, failed: boolean): void {
  try {
    task.end?.();
  } catch (error) {
    if (!failed) throw error;
  }
}
