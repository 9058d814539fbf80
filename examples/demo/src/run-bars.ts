import { progressBars } from "./progress";
import type { OnRecord, Stage } from "./stage";

/** A bar for each of some runs, moved by their records. */
export interface RunBars {
  /** Moves the bar of the record's run. */
  move: OnRecord;
  /** Ends the bars. */
  stop(): void;
}

/**
 * Shows training runs that go on at once.
 *
 * @param runs the runs' stages, names and steps
 * @returns the bars
 */
export function runBars(runs: { stage: Stage; name: string; steps: number }[]): RunBars {
  const bars = progressBars(runs.map(({ name, steps }) => ({ name, total: steps })));
  const byStage = new Map(runs.map(({ stage }, i) => [stage, bars[i]!]));
  return {
    move(record) {
      const bar = byStage.get(record.stage);
      if (record.type === "start" && record.step > 0) bar?.update(record.step, "resumed");
      if (record.type !== "step") return;
      const accuracy = record.logs.accuracy === undefined ? "" : `, ${(100 * record.logs.accuracy).toFixed(0)} % in batch`;
      bar?.update(record.step, `loss ${record.loss.total.toFixed(3)}${accuracy}`);
    },
    stop() {
      for (const bar of bars) bar.stop();
    },
  };
}
