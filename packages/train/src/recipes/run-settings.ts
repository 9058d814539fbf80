import { createHash } from "node:crypto";
import { fail, type RsdixError } from "@rsdix/internal";
import type { CheckpointStore } from "../checkpoints/checkpoint-store";
import type { FitConfigs, FitKind } from "../config/schemas";
import type { Recipe } from "./recipe";

/** What a run's numbers depend on: sections of settings, and numbers of the data. */
type Settings = Readonly<Record<string, unknown>>;

/** What of a configuration, and of the data, a run's numbers depend on: not where it is kept, nor on how many threads decode. */
export function decisiveSettings(config: FitConfigs[FitKind], train: Recipe<unknown>["train"]): Settings {
  const { default_root_dir: _, logger: _logger, save_last_k: _last, ...trainer } = config.trainer;
  const { num_workers: _workers, ...data } = config.data;
  return { ...config, trainer, data, stepsPerEpoch: train.stepsPerEpoch, items: (train as { size?: number }).size };
}

/** Names them: a run only goes on from its own checkpoints. */
export function fingerprintOf(kind: FitKind, settings: Settings): string {
  return `${kind} ${createHash("sha256").update(JSON.stringify(settings)).digest("hex").slice(0, 16)}`;
}

/** Where a run's checkpoints go, with the settings that they were made with: their hash tells that one is another, and not which. */
export interface StoreWithSettings extends CheckpointStore {
  /** What is other now than in the checkpoint that was read last; undefined of one that has no settings. */
  changes(): string[] | undefined;
}

/** Keeps settings in the checkpoints of a store. */
export function withSettings(store: CheckpointStore, settings: Settings): StoreWithSettings {
  let earlier: unknown;
  return {
    save: (state, keep) => store.save({ ...state, details: { ...state.details, settings } }, keep),
    async latest() {
      const state = await store.latest();
      earlier = state?.details.settings;
      return state;
    },
    clear: () => store.clear(),
    changes: () => (isObject(earlier) ? changesBetween(earlier, settings) : undefined),
  };
}

/** Hands records on, and says with the refusal of a checkpoint what was changed since. */
export async function* namingChanges<T>(
  records: AsyncIterable<T>,
  changes: () => string[] | undefined,
  config: string,
): AsyncGenerator<T, void, undefined> {
  try {
    yield* records;
  } catch (error) {
    const { code, message } = error as RsdixError;
    const changed = code === "CHECKPOINT_MISMATCH" ? changes() : undefined;
    if (changed === undefined) throw error;
    const said =
      changed.length === 0
        ? "No setting is another than the checkpoint's: the model's files are."
        : `Changed since: ${changed.join(", ")}. Settings are those of ${config} and of what is given now.`;
    fail(code, `${message} ${said}`, error);
  }
}

/** What is another setting than before: "model.lr (0.001, now 0.1)". */
function changesBetween(earlier: Settings, settings: Settings): string[] {
  const [before, now] = [earlier, settings].map((each) => new Map(namedValues("", each))) as [Map<string, string>, Map<string, string>];
  const shown = (value: string | undefined) => value ?? "not there";
  return [...new Set([...now.keys(), ...before.keys()])].flatMap((name) =>
    before.get(name) === now.get(name) ? [] : [`${name} (${shown(before.get(name))}, now ${shown(now.get(name))})`],
  );
}

/** Values as JSON, which has none for undefined. */
function namedValues(prefix: string, value: Settings): [string, string][] {
  return Object.entries(value).flatMap(([name, item]): [string, string][] => {
    if (isObject(item)) return namedValues(`${prefix}${name}.`, item);
    return item === undefined ? [] : [[NAMES[name] ?? `${prefix}${name}`, JSON.stringify(item)]];
  });
}

/** What the numbers of the data are called. */
const NAMES: Readonly<Record<string, string>> = { items: "images for training", stepsPerEpoch: "steps of an epoch" };

function isObject(value: unknown): value is Settings {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
