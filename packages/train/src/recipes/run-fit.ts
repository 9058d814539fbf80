import { checkpointFolder } from "../checkpoints/checkpoint-folder";
import type { FitConfigs, FitKind } from "../config/schemas";
import { fit } from "../fit/fit";
import type { FitRecord } from "../fit/records";
import { clipRecipe } from "./clip-recipe";
import { clipCapRecipe } from "./clipcap-recipe";
import type { Recipe, RecipeContext } from "./recipe";
import { inRun } from "./run-folder";
import { decisiveSettings, fingerprintOf, namingChanges, withSettings } from "./run-settings";

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
  const settings = decisiveSettings(config, recipe.train);
  const checkpoints = withSettings(kind, checkpointFolder(inRun(folder, "checkpoints"), { keep: config.trainer.save_last_k }), settings);
  const records = fit(recipe.task, recipe.train, {
    ...recipe.options,
    ...{ checkpoints, resume, signal },
    fingerprint: fingerprintOf(kind, settings),
  });
  yield* namingChanges(records, () => checkpoints.changes(), inRun(folder, "config"));
  await recipe.save(inRun(folder, "model"));
}
