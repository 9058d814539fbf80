import type { ImageDataset } from "@rsdix/data";
import { fail } from "@rsdix/internal";
import type { DownloadProgress } from "@rsdix/models";
import type { ClipFitConfig } from "../config/schemas";
import { betterOf, SOUGHT } from "../fit/better";
import type { FitOptions } from "../fit/options";
import type { BatchSource, Task } from "../fit/task";

/** What a recipe is made with. */
export interface RecipeContext {
  readonly signal: AbortSignal;
  /** Told what is left out of the data. */
  readonly onSkip: (message: string) => void;
  /** Told of downloads. */
  readonly onProgress: (progress: DownloadProgress) => void;
}

/** What a configuration becomes: a run that is ready to begin. */
export interface Recipe<Batch> {
  readonly task: Task<Batch>;
  readonly train: BatchSource<Batch>;
  /** How `fit` trains, but for what the run's folder holds. */
  readonly options: Omit<FitOptions<Batch>, "checkpoints" | "signal" | "resume" | "fingerprint">;
  /** By group, the field that has its highest rate, and that rate as a multiple of the run's: where a rate is looked for, these go along with it. */
  readonly relativeRates?: Readonly<Record<string, { readonly field: string; readonly factor: number }>>;
  /** What is to be told before it begins, in a line. */
  readonly summary: string;
  /** Writes the model, to be loaded by `fromPretrained`. */
  save(folder: string): Promise<void>;
  /** Gives everything back. */
  close(): Promise<void>;
}

type Trainer = ClipFitConfig["trainer"];

/** Steps of an epoch, and of the whole run. */
export function stepsOf({ max_epochs, max_steps, accumulate_grad_batches }: Trainer, batchesPerEpoch: number) {
  const perEpoch = Math.max(1, Math.floor(batchesPerEpoch / accumulate_grad_batches));
  const ofEpochs = max_epochs === null ? Number.POSITIVE_INFINITY : max_epochs * perEpoch;
  const steps = Math.min(ofEpochs, max_steps ?? Number.POSITIVE_INFINITY);
  if (steps === Number.POSITIVE_INFINITY) fail("INVALID_ARGUMENT", "trainer.max_epochs or trainer.max_steps must say when the run ends.");
  return { perEpoch, steps };
}

/** What a run is validated on. */
interface ValidationOf<Batch> {
  readonly batchesPerEpoch: number;
  readonly validation: BatchSource<Batch> | undefined;
  /** What else is measured. */
  readonly run?: (() => Promise<Record<string, number>>) | undefined;
  /** The names of it. */
  readonly measures?: readonly string[];
}

/** What `fit` takes of the trainer's fields; `validation` is undefined where there is no image to validate on. */
export function trainerOptions<Batch>(
  trainer: Trainer,
  { batchesPerEpoch, validation, run, measures = [] }: ValidationOf<Batch>,
): Omit<Recipe<Batch>["options"], "schedule" | "optimizer" | "groups"> {
  const { perEpoch, steps } = stepsOf(trainer, batchesPerEpoch);
  const { early_stopping_patience: patience, early_stopping_min_delta: minDelta } = trainer;
  const watched = { metric: trainer.monitor, ...(trainer.monitor_mode && { mode: trainer.monitor_mode }) };
  const data = limited(validation, trainer.limit_val_batches);
  if (!data && patience !== null) fail("EMPTY_DATA", "trainer.early_stopping_patience needs validation images, and the split has none.");
  return {
    steps,
    accumulate: trainer.accumulate_grad_batches,
    checkpointEvery: Math.min(steps, trainer.save_every_n_steps ?? perEpoch),
    ...(trainer.gradient_clip_val !== null && { clipNorm: trainer.gradient_clip_val }),
    ...(data && {
      validation: { every: Math.min(steps, trainer.check_val_every_n_steps ?? perEpoch), data, ...(run && { run, measures }) },
    }),
    ...(data && trainer.save_top_k > 0 && { keepBest: { ...watched, count: trainer.save_top_k } }),
    ...(data && patience !== null && { earlyStopping: { ...watched, patience, minDelta } }),
  };
}

/** Which of a run's checkpoints count as its best, in a line for the user; undefined for the loss, where it goes without saying. */
export function bestInWords({ monitor, monitor_mode: mode }: Trainer): string | undefined {
  const better = betterOf(monitor);
  if (mode && better && mode !== better)
    return (
      `warning: trainer.monitor_mode ${mode} takes the ${SOUGHT[mode]} ${monitor} for the best, and ${better === "max" ? "more" : "less"} of it is better: ` +
      `leave it out, or give ${better}, if that isn't meant.`
    );
  return monitor === "loss" ? undefined : `The best is what has the ${SOUGHT[mode ?? better ?? "min"]} ${monitor}.`;
}

/** The first batches only. */
function limited<Batch>(source: BatchSource<Batch> | undefined, limit: number | null): BatchSource<Batch> | undefined {
  if (!source || limit === null) return source;
  const { batchSize, stepsPerEpoch } = source;
  return { batchSize, stepsPerEpoch: Math.min(limit, stepsPerEpoch), batch: (step) => source.batch(step) };
}

/** Whether there are images to validate on, and validations are wanted. */
export function isValidated({ images }: ImageDataset, { limit_val_batches: limit }: Trainer): boolean {
  return limit !== 0 && images.some(({ split }) => split === "val");
}

/** What a recipe has opened: given back in the other order when it is closed, or at once when it cannot be made. */
export async function withOpened<T>(
  make: (opened: { add(give: () => Promise<void> | void): void }, close: () => Promise<void>) => Promise<T>,
): Promise<T> {
  const given: (() => Promise<void> | void)[] = [];
  const close = async () => {
    for (const give of given.splice(0).reverse()) await give();
  };
  try {
    return await make({ add: (give) => given.push(give) }, close);
  } catch (error) {
    await close();
    throw error;
  }
}
