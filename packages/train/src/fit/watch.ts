import { checkOptions, checkRange, fail, show } from "@rsdix/internal";
import { betterOf } from "./better";
import type { BestMetric } from "./records";

/** A metric of the validations to be led by. */
export interface WatchedMetric {
  /** Its name in the validation's metrics, for example "loss". */
  metric: string;
  /** Whether less or more is better; "max" for accuracy and the metrics of captions, "min" for every other name. */
  mode?: "min" | "max";
}

/** Which checkpoints are kept besides the newest. */
export interface KeepBest extends WatchedMetric {
  /** How many; 1. */
  count?: number;
}

/** When a run ends before its last step. */
export interface EarlyStopping extends WatchedMetric {
  /** Validations in a row without an improvement after which it ends. */
  patience: number;
  /** By how much the best value must be beaten to be an improvement; 0. */
  minDelta?: number;
}

/** A value and the step of its validation. */
interface Seen {
  step: number;
  value: number;
}

/** What validations have shown so far, in plain JSON: it is kept with each checkpoint. */
export interface WatchState {
  /** Of earlyStopping: the best so far, and the validations since. */
  stopping?: { best?: Seen; waited: number };
  /** Of keepBest: the checkpoints that are kept, the best first. */
  kept?: Seen[];
}

interface Watched {
  keepBest?: KeepBest | undefined;
  earlyStopping?: EarlyStopping | undefined;
}

/** Throws on settings that can't be meant. */
export function checkWatch({ keepBest, earlyStopping }: Watched): void {
  const common = ({ metric, mode }: WatchedMetric, where: string) => {
    if (typeof metric !== "string" || metric === "")
      fail("INVALID_ARGUMENT", `${where}.metric must be the name of a validation's metric, got ${show(metric)}.`);
    if (mode !== undefined && mode !== "min" && mode !== "max")
      fail("INVALID_ARGUMENT", `${where}.mode must be "min" or "max", got ${show(mode)}.`);
  };
  if (keepBest) {
    checkOptions(keepBest, ["metric", "mode", "count"], "fit's keepBest");
    common(keepBest, "keepBest");
    if (keepBest.count !== undefined) checkRange(keepBest.count, "keepBest.count", { min: 1, integer: true });
  }
  if (earlyStopping) {
    checkOptions(earlyStopping, ["metric", "mode", "patience", "minDelta"], "fit's earlyStopping");
    common(earlyStopping, "earlyStopping");
    checkRange(earlyStopping.patience, "earlyStopping.patience", { min: 1, integer: true });
    if (earlyStopping.minDelta !== undefined) checkRange(earlyStopping.minDelta, "earlyStopping.minDelta", { min: 0 });
  }
}

/** Follows the validations of a run: which checkpoints stay, and when to stop. */
export class Watch {
  private best: Seen | undefined;
  private waited = 0;
  private kept: Seen[] = [];

  constructor(private readonly options: Watched) {}

  /** Whether the run is to end. */
  get stops(): boolean {
    const { earlyStopping } = this.options;
    return earlyStopping !== undefined && this.waited >= earlyStopping.patience;
  }

  /** Steps of the checkpoints that stay. */
  get keptSteps(): number[] {
    return this.kept.map(({ step }) => step);
  }

  /** The best value of what is watched. */
  get record(): (BestMetric & { step: number }) | undefined {
    const { earlyStopping, keepBest } = this.options;
    const seen = earlyStopping ? this.best : this.kept[0];
    return seen && { metric: (earlyStopping ?? keepBest!).metric, ...seen };
  }

  /** Takes the metrics of a validation. */
  take(step: number, metrics: Readonly<Record<string, number>>): void {
    const { earlyStopping, keepBest } = this.options;
    // Both before anything is taken: what fails is measured again when the run is resumed.
    const stopping = earlyStopping && metricOf(metrics, earlyStopping, "earlyStopping");
    const kept = keepBest && metricOf(metrics, keepBest, "keepBest");
    if (earlyStopping) {
      const { minDelta = 0 } = earlyStopping;
      const value = stopping!;
      // What is no number never is an improvement.
      const better = this.best
        ? modeOf(earlyStopping) === "min"
          ? value < this.best.value - minDelta
          : value > this.best.value + minDelta
        : true;
      const improved = Number.isFinite(value) && better;
      if (improved) this.best = { step, value };
      this.waited = improved ? 0 : this.waited + 1;
    }
    if (keepBest) {
      const { count = 1 } = keepBest;
      const value = kept!;
      if (!Number.isFinite(value)) return;
      const order = modeOf(keepBest) === "min" ? 1 : -1;
      // The older of two equals comes first: sort is stable.
      this.kept = [...this.kept, { step, value }].sort((a, b) => order * (a.value - b.value)).slice(0, count);
    }
  }

  /** What a checkpoint of this step is kept for. */
  bestOf(step: number): BestMetric | undefined {
    const seen = this.kept.find((one) => one.step === step);
    return seen && { metric: this.options.keepBest!.metric, value: seen.value };
  }

  /** For a checkpoint. */
  state(): WatchState {
    const { earlyStopping, keepBest } = this.options;
    return {
      ...(earlyStopping && { stopping: { ...(this.best && { best: this.best }), waited: this.waited } }),
      ...(keepBest && { kept: this.kept }),
    };
  }

  /** Takes up what `state` gave; what isn't that is left out. */
  restore({ stopping, kept }: WatchState): void {
    if (this.options.earlyStopping && stopping) {
      this.best = stopping.best;
      this.waited = stopping.waited;
    }
    if (this.options.keepBest && kept) this.kept = kept.slice(0, this.options.keepBest.count ?? 1);
  }
}

/** Whether less or more of it is better. */
function modeOf({ metric, mode }: WatchedMetric): "min" | "max" {
  return mode ?? betterOf(metric) ?? "min";
}

/** The value of a metric to be led by; throws where it was not measured. */
export function metricOf(metrics: Readonly<Record<string, number>>, { metric }: WatchedMetric, where: string): number {
  if (Object.hasOwn(metrics, metric)) return metrics[metric]!;
  return fail(
    "INVALID_ARGUMENT",
    `fit: ${where}'s metric "${metric}" isn't among what the validation measures: ${Object.keys(metrics).join(", ") || "nothing"}.`,
  );
}

/** Reads what a checkpoint says; what isn't as `state` gives it is left out. */
export function watchStateOf(value: unknown): WatchState {
  const { stopping, kept } = fieldsOf(value);
  const { best, waited } = fieldsOf(stopping);
  return {
    ...(typeof waited === "number" && { stopping: { waited, ...(isSeen(best) && { best }) } }),
    ...(Array.isArray(kept) && { kept: kept.filter(isSeen) }),
  };
}

function isSeen(value: unknown): value is Seen {
  const { step, value: seen } = fieldsOf(value);
  return typeof step === "number" && typeof seen === "number";
}

function fieldsOf(value: unknown): Record<string, unknown> {
  return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
}
