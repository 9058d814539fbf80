import { createHash } from "node:crypto";
import { realpathSync } from "node:fs";
import { resolve } from "node:path";
import { fail, isRecord, type RsdixError } from "@rsdix/internal";
import type { CheckpointStore, RunDetails } from "../checkpoints/checkpoint-store";
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

/**
 * Keeps settings in the checkpoints of a store, with the working folder that their paths go from. A checkpoint whose settings are the same but for how the
 * paths to the same files are written is one of this run: it has its fingerprint.
 *
 * @param folder - where this process works.
 */
export function withSettings(kind: FitKind, store: CheckpointStore, settings: Settings, folder = process.cwd()): StoreWithSettings {
  const now = { settings, folder };
  let earlier: SettingsAt | undefined;
  return {
    save: (state, keep) => store.save({ ...state, details: { ...state.details, settings, workingFolder: folder } }, keep),
    async latest() {
      const state = await store.latest();
      earlier = settingsAt(state?.details);
      const isOurs = earlier && state!.fingerprint === fingerprintOf(kind, earlier.settings) && changesBetween(earlier, now).length === 0;
      return isOurs ? { ...state!, fingerprint: fingerprintOf(kind, settings) } : state;
    },
    clear: () => store.clear(),
    changes: () => earlier && changesBetween(earlier, now),
  };
}

/** Settings, and what their paths go from. */
interface SettingsAt {
  readonly settings: Settings;
  /** Unknown of what was saved without it. */
  readonly folder: string | undefined;
}

function settingsAt({ settings, workingFolder: folder }: RunDetails = {}): SettingsAt | undefined {
  return isRecord(settings) ? { settings, folder: typeof folder === "string" ? folder : undefined } : undefined;
}

/** Settings that may be paths, or lists of paths. */
const PATHS: readonly string[] = [
  ...["annotations_files", "img_dirs", "additional_test_annotation_files", "processor"].map((name) => `data.${name}`),
  ...["model", "checkpoint_path", "sentence_bert_model", "gpt_model", "clip_checkpoint_path", "clipcap_checkpoint_path"].map(
    (name) => `model.${name}`,
  ),
];

/** A setting's texts as whole paths, links followed. */
function wholePaths(value: string | undefined, folder: string | undefined): string | undefined {
  if (value === undefined || folder === undefined) return value;
  return JSON.stringify(JSON.parse(value), (_, item: unknown) => (typeof item === "string" ? wholePath(resolve(folder, item)) : item));
}

function wholePath(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return path; // it isn't there, or is no path
  }
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
function changesBetween(earlier: SettingsAt, present: SettingsAt): string[] {
  const [before, now] = [earlier, present].map(({ settings }) => new Map(namedValues("", settings))) as [
    Map<string, string>,
    Map<string, string>,
  ];
  const isSame = (name: string) => {
    const [was, is] = [before.get(name), now.get(name)];
    return was === is || (PATHS.includes(name) && wholePaths(was, earlier.folder) === wholePaths(is, present.folder));
  };
  const shown = (value: string | undefined) => value ?? "not there";
  return [...new Set([...now.keys(), ...before.keys()])].flatMap((name) =>
    isSame(name) ? [] : [`${name} (${shown(before.get(name))}, now ${shown(now.get(name))})`],
  );
}

/** Values as JSON, which has none for undefined. */
function namedValues(prefix: string, value: Settings): [string, string][] {
  return Object.entries(value).flatMap(([name, item]): [string, string][] => {
    if (isRecord(item)) return namedValues(`${prefix}${name}.`, item);
    return item === undefined ? [] : [[NAMES[name] ?? `${prefix}${name}`, JSON.stringify(item)]];
  });
}

/** What the numbers of the data are called. */
const NAMES: Readonly<Record<string, string>> = { items: "images for training", stepsPerEpoch: "steps of an epoch" };
