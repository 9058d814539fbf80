import { yieldToEventLoop } from "@rsdix/backend";
import { fail } from "@rsdix/internal";
import type { BegunTrial, Objective, TrialRecord } from "./trials";
import { runTrial } from "./trials";

/** How a search's trials are run. */
interface RunTrialsOptions {
  /**
   * The next trial, by those that have ended, in the order in which they did, and those that have begun; undefined where there is no other. It is asked for one
   * more each time that one has ended, so that the same order of ends gives the same trials.
   */
  readonly propose: (ended: readonly TrialRecord[], begun: readonly BegunTrial[]) => BegunTrial | undefined;
  /** What gives a trial its value. */
  readonly objective: Objective;
  /** Trials at a time. */
  readonly parallel: number;
  /** Trials of an earlier run. */
  readonly earlier: readonly TrialRecord[];
  /** Trials that an earlier run had begun: they come first. */
  readonly begun: readonly BegunTrial[];
  /** Stops them. */
  readonly signal: AbortSignal | undefined;
}

interface Running {
  readonly trial: BegunTrial;
  readonly controller: AbortController;
  readonly end: Promise<TrialRecord | undefined>;
}

/** Most trials at a time: each has a process of its own, as a rule. */
export const MAX_PARALLEL = 1024;

/** Runs trials, some at a time, and yields them as they end. Whoever takes no more of them ends those that run. */
export async function* runTrials({
  propose,
  objective,
  parallel,
  earlier,
  begun,
  signal,
}: RunTrialsOptions): AsyncGenerator<TrialRecord, void, undefined> {
  const ended = [...earlier];
  const again = [...begun];
  const running = new Map<number, Running>();
  let stopped = signal?.aborted ?? false;
  const stop = (reason?: unknown) => {
    stopped = true;
    for (const { controller } of running.values()) controller.abort(reason);
  };
  const onAbort = () => stop(signal!.reason);
  signal?.addEventListener("abort", onAbort, { once: true });

  async function fill(): Promise<void> {
    while (running.size < parallel) {
      await yieldToEventLoop();
      if (stopped) return;
      const trial = again.shift() ?? propose(ended, [...[...running.values()].map((each) => each.trial), ...again]);
      if (!trial) return;
      const controller = new AbortController(); // one each: many listeners on one signal look like a leak
      // It begins when it is among those that a stop reaches: it may itself be what stops the search.
      const end = Promise.resolve().then(() => runTrial(objective, trial, controller.signal));
      running.set(trial.trial, { trial, controller, end });
    }
  }
  const ends = () => [...running.values()].map(({ end }) => end);
  try {
    await fill();
    while (running.size > 0 && !stopped) {
      const record = await Promise.race(ends());
      if (!record) break; // it was stopped
      running.delete(record.trial);
      ended.push(record);
      yield record;
      await fill();
    }
    if (!stopped) return;
    for (const record of await Promise.all(ends())) {
      if (!record) continue;
      ended.push(record); // it was quicker than the signal
      yield record;
    }
  } finally {
    signal?.removeEventListener("abort", onAbort);
    stop(new Error("no more trials are taken"));
    await Promise.all(ends());
  }
  fail("ABORTED", `The search was stopped after ${ended.length} ${ended.length === 1 ? "trial" : "trials"}.`, signal!.reason);
}

/** The lowest number that no trial has. */
export function freeNumber(...trials: readonly (readonly { readonly trial: number }[])[]): number {
  const taken = new Set(trials.flat().map(({ trial }) => trial));
  let number = 1;
  while (taken.has(number)) number++;
  return number;
}
