import { fail } from "@rsdix/internal";
import { belowPrefix, type Checkpoint } from "@rsdix/models";
import type { CheckpointStore, RunDetails } from "../checkpoints/checkpoint-store";
import type { AdamW } from "../optim/adamw";
import { RATE_ADVICE } from "./broken-numbers";
import { checkedState } from "./check-run";
import type { Task } from "./task";

const OPTIMIZER = "optimizer.";
const TASK = "task.";

/** The tensors that resuming needs. Numbers that are none are refused, so that the last good checkpoint stays the last. */
export async function captureRun<Batch>(task: Task<Batch>, optimizer: AdamW, step: number): Promise<Checkpoint> {
  const state: Checkpoint = new Map();
  for (const [name, value] of await checkedState(task)) state.set(TASK + name, value);
  for (const [name, value] of await optimizer.state()) state.set(OPTIMIZER + name, value);
  for (const [name, { data }] of state) {
    if (!data.every(Number.isFinite))
      fail(
        "NOT_A_NUMBER",
        `${task.name}: after step ${step} "${name}" is no longer finite, so that there is nothing to save. ${RATE_ADVICE}`,
      );
  }
  return state;
}

/** Where a run goes on. */
export interface ResumedRun {
  readonly step: number;
  readonly location: string;
  readonly details: RunDetails;
}

/** Takes up the newest state of a store; returns what it was, undefined when the store is empty. */
export async function restoreRun<Batch>(
  task: Task<Batch>,
  optimizer: AdamW,
  store: CheckpointStore,
  { fingerprint, steps }: { fingerprint: string; steps: number },
): Promise<ResumedRun | undefined> {
  const state = await store.latest();
  if (!state) return undefined;
  if (state.fingerprint !== fingerprint) {
    fail(
      "CHECKPOINT_MISMATCH",
      `${task.name}: the checkpoint was made with other settings or data (${state.fingerprint}) than these (${fingerprint}). Use the same, or start anew.`,
    );
  }
  if (state.step > steps)
    fail("CHECKPOINT_MISMATCH", `${task.name}: the checkpoint is of step ${state.step}, beyond the ${steps} of this run.`);
  optimizer.restore(belowPrefix(state.tensors, OPTIMIZER)); // first: one that does not fit leaves the model as it was
  task.restore(belowPrefix(state.tensors, TASK));
  return state;
}

/** A new run leaves another's checkpoints alone, unless it is told to remove them. */
export async function claimStore(task: string, store: CheckpointStore, overwrite: boolean): Promise<void> {
  if (overwrite) return store.clear();
  const state = await store.latest();
  if (!state) return;
  fail(
    "INVALID_ARGUMENT",
    `${task}: the store already holds a checkpoint of step ${state.step}. Go on from it with resume: true, remove it with overwrite: true, or use another store.`,
  );
}
