import { checkOptions, fail } from "@rsdix/internal";
import type { ModelType } from "../checkpoint/keys/key-table";
import { detectLayout } from "../checkpoint/keys/layouts";
import { modelConfigFrom } from "../config-files/model-config";
import type { ModelSource } from "../files/load-files";
import { isClipCapJson } from "./load-clipcap";
import { configJsonOf, FILE_OPTIONS, type OpenedModel, type PretrainedOptions, withOpenedModel } from "./open-model";

/**
 * Which model a source holds: by its configuration, or by its arrays' names where it has none.
 *
 * @param source An id of the Hugging Face hub, a path, a URL, or files that a user chose.
 * @param options Revision, cache, progress, and which file of weights.
 * @returns The model: `ClipCap` for "clipcap", `SentenceBert` for "bert", and so on. Of a file with several the captioner, else the one with the most arrays.
 * @throws CHECKPOINT_MISMATCH when it is none that is known; what finding and opening the files throws; UNKNOWN_OPTION.
 * @example
 * ```ts
 * import "@tensorflow/tfjs";
 * import { mkdtemp } from "node:fs/promises";
 * import { tmpdir } from "node:os";
 * import { join } from "node:path";
 * import { detectModel, Gpt2 } from "@rsdix/models";
 * const gpt2 = Gpt2.fromConfig({ vocabSize: 20, contextLength: 8, width: 8, layers: 1, heads: 2 }, 1);
 * const folder = await mkdtemp(join(tmpdir(), "model-"));
 * await gpt2.save(folder);
 * console.log(await detectModel(folder)); // gpt2
 * gpt2.dispose();
 * ```
 *
 * @see https://huggingface.co/docs/transformers/model_doc/auto
 */
export async function detectModel(
  source: ModelSource,
  options: Omit<PretrainedOptions, "strict" | "seed" | "vocabulary"> = {},
): Promise<ModelType> {
  checkOptions(options, [...FILE_OPTIONS, "weights"], "detectModel");
  return withOpenedModel(source, options, [], async (opened) => modelOf(opened));
}

/** The model of opened files. */
function modelOf(opened: OpenedModel): ModelType {
  const found = modelsIn(opened);
  if (found.includes("clipcap")) return "clipcap"; // its encoder, which may lie in the same file, has more arrays
  return found[0] ?? fail("CHECKPOINT_MISMATCH", `${opened.files.origin} is no model that is known.`);
}

/** The models of opened files: the one that a configuration names, or all that the arrays' names tell of, the largest first. */
export function modelsIn({ side, raw }: OpenedModel): ModelType[] {
  const json = configJsonOf(side);
  if (isClipCapJson(json)) return ["clipcap"];
  return json === undefined ? detectLayout(raw.keys()).map(({ model }) => model) : [modelConfigFrom(json).model];
}
