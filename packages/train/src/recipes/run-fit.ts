import { createHash } from "node:crypto";
import { checkpointFolder } from "../checkpoints/checkpoint-folder";
import type { FitConfigs, FitKind } from "../config/schemas";
import { fit } from "../fit/fit";
import type { FitRecord } from "../fit/records";
import { clipRecipe } from "./clip-recipe";
import { clipCapRecipe } from "./clipcap-recipe";
import type { Recipe, RecipeContext } from "./recipe";
import { inRun } from "./run-folder";

/** Opens data and models of a configuration. */
export async function openRecipe<K extends FitKind>(kind: K, config: FitConfigs[K], context: RecipeContext): Promise<Recipe<unknown>> {
  return (
    kind === "clip"
      ? await clipRecipe(config as FitConfigs["clip"], context)
      : await clipCapRecipe(config as FitConfigs["clipcap"], context)
  ) as Recipe<unknown>;
}

/** How a run goes on. */
export interface RunFitOptions {
  /** The run's folder, which has been made. */
  readonly folder: string;
  /** Go on from its newest checkpoint. */
  readonly resume: boolean;
  readonly signal: AbortSignal;
}

/** Trains into a run's folder: checkpoints on the way, the model at the end. */
export async function* runFit<K extends FitKind>(
  kind: K,
  config: FitConfigs[K],
  recipe: Recipe<unknown>,
  { folder, resume, signal }: RunFitOptions,
): AsyncGenerator<FitRecord, void, undefined> {
  yield* fit(recipe.task, recipe.train, {
    ...recipe.options,
    checkpoints: checkpointFolder(inRun(folder, "checkpoints"), { keep: config.trainer.save_last_k }),
    resume,
    fingerprint: fingerprintOf(kind, config, recipe),
    signal,
  });
  await recipe.save(inRun(folder, "model"));
}

/** Names what a run's numbers depend on: not where it is kept, nor on how many threads decode. */
function fingerprintOf<K extends FitKind>(kind: K, config: FitConfigs[K], { train }: Recipe<unknown>): string {
  const decisive = { ...decisiveOf(config), stepsPerEpoch: train.stepsPerEpoch, items: (train as { size?: number }).size };
  return `${kind} ${createHash("sha256").update(JSON.stringify(decisive)).digest("hex").slice(0, 16)}`;
}

/** What of a configuration a run's numbers depend on. */
export function decisiveOf(config: FitConfigs[FitKind]): object {
  const { default_root_dir: _, logger: _logger, save_last_k: _last, ...trainer } = config.trainer;
  const { num_workers: _workers, ...data } = config.data;
  return { ...config, trainer, data };
}
