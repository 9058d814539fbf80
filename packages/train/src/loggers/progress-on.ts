import { printable } from "@rsdix/internal";
import type { FitRecord, StepRecord } from "../fit/records";
import { describeDuration, describeNumber } from "./describe";
import { checkRecord, type Logger } from "./logger";

/** What progress is shown on; a session of the command is one. */
export interface ProgressScreen {
  /** Characters of the line that {@link progress} writes; undefined where nobody looks on. */
  readonly progressWidth: number | undefined;
  /** Shows a line in place of the last one. */
  progress(text: string): void;
  /** Writes a line that stays. */
  note(text: string): void;
  /** Takes the line that does not stay away. */
  clear(): void;
}

/** Milliseconds between two looks of the bar: more often, nobody sees. */
const BETWEEN_BARS = 100;
const BAR = 20;
/** Steps that the time left is reckoned from. */
const RECENT = 20;

/** Shows a bar where somebody looks on, and a line every so many seconds of training where nobody does. */
export function progressOn(screen: ProgressScreen, seconds: number): Logger {
  let recent: number[] = [];
  let unsaid = 0;
  let drawn = Number.NEGATIVE_INFINITY;
  const onStep = (record: StepRecord) => {
    recent = [...recent.slice(1 - RECENT), record.seconds];
    const line = describeStep(record, recent);
    const { progressWidth } = screen;
    if (progressWidth !== undefined) {
      const now = performance.now();
      if (now - drawn < BETWEEN_BARS && record.step < record.steps) return;
      drawn = now;
      return screen.progress(printable(`${bar(record.step / record.steps)} ${line.replaceAll(/\s/g, " ")}`).slice(0, progressWidth));
    }
    unsaid += record.seconds;
    if (recent.length > 1 && unsaid < seconds && record.step < record.steps) return; // the first is said: does it learn at all?
    unsaid = 0;
    screen.note(line);
  };
  return {
    write(record) {
      checkRecord(record);
      if (record.type === "step") return onStep(record);
      const said = describeRecord(record);
      if (said) screen.note(said);
    },
    close: async () => screen.clear(),
  };
}

function bar(share: number): string {
  const full = Math.min(BAR, Math.floor(share * BAR));
  return "█".repeat(full) + "░".repeat(BAR - full);
}

function describeStep(record: StepRecord, recent: readonly number[]): string {
  const { task, step, steps, loss, logs, learningRate, itemsPerSecond } = record;
  const left = (recent.reduce((sum, value) => sum + value, 0) / recent.length) * (steps - step);
  return [
    `${task} ${step}/${steps}`,
    `loss ${describeNumber(loss.total)}`,
    ...(logs.accuracy === undefined ? [] : [`accuracy ${describeNumber(logs.accuracy)}`]),
    `rate ${describeNumber(learningRate)}`,
    `${describeNumber(itemsPerSecond)} items/s`,
    `${describeDuration(left)} left`,
  ].join(", ");
}

function describeRecord(record: Exclude<FitRecord, StepRecord>): string | undefined {
  switch (record.type) {
    case "start":
      return record.step > 0 ? `goes on after step ${record.step} of ${record.steps}` : undefined;
    case "validation":
      return `validation at step ${record.step}: ${describeMetrics(record.metrics)}`;
    case "checkpoint":
      return `checkpoint of step ${record.step}: ${record.location}${record.best ? `, the best so far: ${describeBest(record.best)}` : ""}`;
    case "end": {
      const why = record.reason === "early-stopping" ? "stopped early" : "finished";
      return `${why} after step ${record.step}${record.best ? `, best: ${describeBest(record.best)}` : ""}`;
    }
  }
}

function describeBest({ metric, value }: { metric: string; value: number }): string {
  return `${metric} ${describeNumber(value)}`;
}

function describeMetrics(metrics: Readonly<Record<string, number>>): string {
  return Object.entries(metrics)
    .map(([name, value]) => `${name} ${describeNumber(value)}`)
    .join(", ");
}
