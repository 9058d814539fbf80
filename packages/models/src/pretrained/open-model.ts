import { checkOptions, fail, show } from "@rsdix/internal";
import { type ConvertedCheckpoint, toHuggingFace } from "../checkpoint/keys/hugging-face";
import type { Role } from "../checkpoint/keys/key-table";
import type { CheckpointLayout } from "../checkpoint/keys/layouts";
import type { LazyCheckpoint, LazyTensor } from "../checkpoint/lazy-checkpoint";
import type { LoadReport } from "../checkpoint/match";
import { type ModelConfig, modelConfigFrom } from "../config-files/model-config";
import { isBeingWritten, MAX_SIDE_BYTES, SIDE_FILES } from "../files/known-files";
import { findFiles, type ModelFilesOptions, type ModelSource } from "../files/load-files";
import type { ModelFiles } from "../files/model-files";
import { neededFiles, openWeights } from "../files/weights";
import type { LoadOptions } from "../load-options";
import { refuseNull } from "../refuse-null";
import { parseJsonText } from "../tokenizers/json-text";

/** How a model is loaded from its files: where they come from, which of them, and whether all must fit. */
export interface PretrainedOptions extends ModelFilesOptions, Pick<LoadOptions, "strict" | "seed" | "vocabulary"> {
  /** The file of weights, where there are several, for example `"last.ckpt"`. */
  readonly weights?: string;
}

/** Where a model's weights are from. */
export interface ModelOrigin {
  /** A path, a URL, or `org/name@commit`. */
  readonly source: string;
  /** The commit of the hub; `undefined` where they are from elsewhere. */
  readonly revision: string | undefined;
  /** How the file named its arrays. */
  readonly layout: CheckpointLayout;
  /** What was missing, unused or mis-shaped; nothing where the load was strict. */
  readonly report: LoadReport;
  /** The small files beside the weights, by name: configurations, tokenizer, image processor. */
  readonly files: ReadonlyMap<string, string | Uint8Array>;
}

/** The kinds of models that have files of their own. */
type Kind = ModelConfig["model"] | "clipcap";

/** A model's files, opened. */
export interface OpenedModel {
  /** Where they are. */
  readonly files: ModelFiles;
  /** Every array, under the file's own names. */
  readonly raw: LazyCheckpoint;
  /** The small files that were there, by name. */
  readonly side: ReadonlyMap<string, string | Uint8Array>;
  /** What is handed on to `Parameters.load`. */
  readonly loading: Pick<LoadOptions, "strict" | "seed" | "vocabulary">;
}

/** What to do where shapes don't tell all sizes; single ones are no options of loading. */
export const GIVE_CONFIG = "all sizes as the option config, or load the folder that the model's config.json is in";

/** Options of finding and opening files. */
export const FILE_OPTIONS = ["revision", "offline", "cacheDir", "endpoint", "token", "onProgress", "signal", "fetch"] as const;
const LOADING = ["strict", "seed", "vocabulary"] as const;

/** The options, of which `own` are those of one kind of model. Throws on what is no object or has others. */
export function checkPretrained<T extends PretrainedOptions>(options: T, own: readonly string[]): T {
  return checkOptions(options, [...FILE_OPTIONS, ...LOADING, "weights", ...own], "fromPretrained");
}

/**
 * Opens a model's files for `build`, and closes them afterwards.
 *
 * @throws What finding, downloading and opening the files throws; UNKNOWN_OPTION.
 */
export async function withOpenedModel<T>(
  source: ModelSource,
  options: PretrainedOptions,
  own: readonly string[],
  build: (opened: OpenedModel) => Promise<T>,
): Promise<T> {
  refuseNull(checkPretrained(options, own), ["strict", "seed", "weights", ...own]); // the others have types of their own
  const { files, tensors, side } = await openAtOnce(source, options);
  try {
    return await build({ files, raw: untilAborted(tensors, options.signal, files.origin), side, loading: picked(options, LOADING) });
  } finally {
    await files.close();
  }
}

/** How often files are opened that another program replaces meanwhile, and what is waited in between: to put a model in its place takes moments. */
const MAX_READINGS = 10;
const PAUSE_MS = 50;

/** Opens all that a model is read from, as it was at one moment: where files were replaced meanwhile, which may be of two models, anew. */
async function openAtOnce(source: ModelSource, options: PretrainedOptions) {
  for (let reading = 1; ; reading++) {
    const files = await findFiles(source, picked(options, FILE_OPTIONS));
    try {
      const opened = await opening(files, options.weights).catch((error: unknown) => ({ error }));
      const change = await files.change();
      if (!change && !("error" in opened)) return { files, ...opened };
      const isBeingSaved = change !== undefined || (await files.names()).some(isBeingWritten);
      const error = "error" in opened ? opened.error : undefined;
      if (!isBeingSaved || (!change && reading === MAX_READINGS)) throw error;
      if (reading === MAX_READINGS) fail("FILE_CORRUPT", `${files.origin} ${change}.`, error);
    } catch (error) {
      await files.close();
      throw error;
    }
    await files.close();
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
  }
}

async function opening(files: ModelFiles, weights: string | undefined) {
  await files.fetch(await neededFiles(files, weights === undefined));
  const { tensors } = await openWeights(files, weights);
  return { tensors, side: await sideFiles(files) };
}

/** Stops between two arrays: files on disk know nothing of a signal. */
function untilAborted(tensors: LazyCheckpoint, signal: AbortSignal | undefined, origin: string): LazyCheckpoint {
  if (!signal) return tensors;
  const check = () => {
    if (signal.aborted) fail("ABORTED", `Loading ${origin} was stopped.`, signal.reason);
  };
  check();
  const read = (tensor: LazyTensor) => () => {
    check();
    return tensor.read();
  };
  return new Map([...tensors].map(([name, tensor]) => [name, { dtype: tensor.dtype, shape: tensor.shape, read: read(tensor) }]));
}

function picked<T extends object, K extends keyof T>(from: T, names: readonly K[]): Pick<T, K> {
  return Object.fromEntries(names.flatMap((name) => (from[name] === undefined ? [] : [[name, from[name]]]))) as Pick<T, K>;
}

async function sideFiles(files: ModelFiles): Promise<Map<string, string | Uint8Array>> {
  const names = await files.names();
  const found = new Map<string, string | Uint8Array>();
  for (const name of SIDE_FILES.filter((each) => names.includes(each))) {
    if (name.endsWith(".model")) {
      const source = (await files.open(name))!; // it is among the names
      if (source.size > MAX_SIDE_BYTES)
        fail("FILE_TOO_LARGE", `${name} of ${files.origin} has ${source.size} bytes, which no tokenizer has.`);
      found.set(name, await source.read(0, source.size));
    } else found.set(name, (await files.text(name))!);
  }
  return found;
}

/**
 * What the model's configuration file says; undefined where there is none, as beside checkpoints of OpenAI and RSDiX.
 *
 * @throws CHECKPOINT_MISMATCH when it is of another kind of model; FILE_CORRUPT.
 */
export function describedConfig<K extends ModelConfig["model"]>(
  { side, files }: OpenedModel,
  kind: K,
): Extract<ModelConfig, { model: K }> | undefined {
  const json = configJsonOf(side);
  if (json === undefined) return undefined;
  const described = modelConfigFrom(json, {
    modules: jsonOf(side, "modules.json"),
    pooling: jsonOf(side, "1_Pooling/config.json"),
    sentenceBert: jsonOf(side, "sentence_bert_config.json"),
  });
  if (described.model === kind) return described as Extract<ModelConfig, { model: K }>;
  return fail("CHECKPOINT_MISMATCH", `${files.origin} is a model of type "${described.model}", not "${kind}": load it as one.`);
}

/**
 * The model's configuration file: open_clip's where there is one, else transformers'. Undefined where there is none.
 *
 * @throws FILE_CORRUPT for one of open_clip's that describes no model, by its own name: what comes after it calls either file config.json.
 */
export function configJsonOf(side: OpenedModel["side"]): unknown {
  const openClip = jsonOf(side, "open_clip_config.json");
  if (openClip === undefined) return jsonOf(side, "config.json");
  const { model_cfg: model, model_type: type } = (openClip ?? {}) as { model_cfg?: unknown; model_type?: unknown };
  if (model !== undefined || type !== undefined) return openClip;
  return fail(
    "FILE_CORRUPT",
    "The model's open_clip_config.json can't be used: it has no model_cfg. Mend it, or get the model's files again.",
  );
}

/** A small file's JSON; undefined where there is none. */
export function jsonOf(side: OpenedModel["side"], name: string): unknown {
  const text = side.get(name);
  return typeof text === "string" ? parseJsonText(text, name) : undefined;
}

/** The arrays of one kind of model under our names, whatever the file calls them. */
export function arraysOf({ raw }: OpenedModel, model: Kind, role?: Role): ConvertedCheckpoint {
  if (role !== undefined && role !== "student" && role !== "teacher") {
    fail("INVALID_ARGUMENT", `role must be "student" or "teacher", got ${show(role)}.`);
  }
  return toHuggingFace(raw, { model, ...(role && { role }) });
}

/** Where the weights are from. */
export function originOf({ files, side }: OpenedModel, layout: CheckpointLayout, report: LoadReport): ModelOrigin {
  return { source: files.origin, revision: files.revision, layout, report, files: side };
}
