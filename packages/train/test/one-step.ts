import type { Checkpoint } from "@rsdix/models";
import { type CheckpointStore, type FitOptions, fit, type StepRecord, type Task } from "../src/index";

/** A store that keeps the last state, without the word before each of the task's names. */
function lastState(): { store: CheckpointStore; state: Checkpoint } {
  const state: Checkpoint = new Map();
  const store: CheckpointStore = {
    async save({ tensors }) {
      for (const [name, value] of tensors) if (name.startsWith("task.")) state.set(name.slice("task.".length), value);
      return "memory";
    },
    latest: async () => undefined,
    clear: async () => {},
  };
  return { store, state };
}

/** The task's state after steps that begin with `start`, and their records. */
export async function steps<Batch>(
  task: Task<Batch>,
  batch: (step: number) => Batch,
  start: Checkpoint | undefined,
  options: FitOptions,
): Promise<{ state: Checkpoint; records: StepRecord[] }> {
  const { store, state } = lastState();
  const begin = () => {
    task.begin?.();
    if (start) task.restore(start);
  };
  const records: StepRecord[] = [];
  for await (const record of fit({ ...task, begin }, { stepsPerEpoch: 1, batchSize: 1, batch }, { ...options, checkpoints: store })) {
    if (record.type === "step") records.push(record);
  }
  return { state, records };
}

/** The task's state after one step, with the epsilon of train_steps.py. */
export async function oneStep<Batch>(task: Task<Batch>, batch: Batch, start: Checkpoint, learningRate: number): Promise<Checkpoint> {
  const options = { steps: 1, schedule: () => learningRate, optimizer: { epsilon: 1e-2 } };
  return (await steps(task, () => batch, start, options)).state;
}
