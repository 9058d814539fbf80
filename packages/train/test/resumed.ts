import { expect } from "vitest";
import { type CheckpointStore, type FitRecord, fit, type RunState, type Task } from "../src/index";
import { joined } from "./golden-arrays";

/** A model that a task trains, made anew for each run. */
export interface Trained<Batch> {
  task: Task<Batch>;
  batch(step: number): Batch;
  dispose(): void;
}

/** Five steps, whole and stopped after the second, give the same losses, logs and state, bit for bit; returns how many tensors lived after each step. */
export async function expectResumes<Batch>(make: () => Trained<Batch>): Promise<number[]> {
  let held: (RunState & { location: string }) | undefined;
  const store: CheckpointStore = {
    save: async (state) => {
      held = { ...state, location: "memory" };
      return "memory";
    },
    latest: async () => held,
    clear: async () => {},
  };
  const train = async (resume: boolean, stopAfter = Number.POSITIVE_INFINITY) => {
    const { task, batch, dispose } = make();
    const controller = new AbortController();
    const steps: Extract<FitRecord, { type: "step" }>[] = [];
    const options = { steps: 5, schedule: () => 1e-2, checkpoints: store, overwrite: !resume, resume, signal: controller.signal };
    try {
      for await (const record of fit(task, { stepsPerEpoch: 2, batchSize: 6, batch }, options)) {
        if (record.type === "step") steps.push(record);
        if (record.type === "step" && record.step === stopAfter) controller.abort();
      }
    } catch (error) {
      expect(error).toMatchObject({ code: "ABORTED" });
    } finally {
      dispose();
    }
    return { steps, losses: steps.map(({ loss, logs }) => ({ ...loss, ...logs })), state: joined(held!.tensors, "task.") };
  };
  const whole = await train(false);
  const first = await train(false, 2);
  const rest = await train(true);
  expect(first.losses).toHaveLength(2);
  expect([...first.losses, ...rest.losses]).toEqual(whole.losses);
  expect(rest.state).toEqual(whole.state);
  return whole.steps.map(({ tensors }) => tensors);
}
