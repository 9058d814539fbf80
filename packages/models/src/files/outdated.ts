import { KEPT_FILES, VOCABULARIES } from "../tokenizers/from-files";
import { own, parseJsonText } from "../tokenizers/json-text";
import { SIDE_FILES } from "./known-files";

/** What says again, in other libraries' words, what is in `config.json`, `preprocessor_config.json` and the tokenizer's files. */
const SAID_AGAIN = ["open_clip_config.json", "processor_config.json", "sentence_bert_config.json"];

/** What shows that a model lies in a folder. */
export const MODEL_SIGNS = [
  ...["config.json", "open_clip_config.json", "modules.json", "model.safetensors", "model.safetensors.index.json"],
  ...["open_clip_model.safetensors", "open_clip_pytorch_model.bin", "pytorch_model.bin", "pytorch_model.bin.index.json"],
];

/**
 * Names of files that an older model may have left in a folder, with which the new one would be read wrongly or not at all: what says again
 * what the new configuration says, the other files of a tokenizer where the new model has its own, and all of a model of another type. The
 * tokenizer that lies in a folder stays where a model of the same type that has none comes to it; of a folder with a model whose type isn't
 * known it goes, since it may be of any.
 *
 * @param small The new model's small files, by name.
 * @param older The `config.json` that lies in the folder, where there is one.
 * @param hasModel Whether there is a model at all (`MODEL_SIGNS`): a tokenizer alone was put there for the model to come.
 */
export function outdatedFiles(
  small: ReadonlyMap<string, string | Uint8Array>,
  older: string | undefined,
  hasModel: boolean,
): readonly string[] {
  const type = modelType(older);
  const isSame = !hasModel || (type !== undefined && type === modelType(small.get("config.json")));
  const isOther = type !== undefined && !isSame;
  const hasTokenizer = VOCABULARIES.some((name) => small.has(name));
  const isOpenClip = small.has("open_clip_config.json"); // which would be read after the other one
  const names = [
    ...SAID_AGAIN,
    ...(isOpenClip ? ["config.json", "preprocessor_config.json"] : []),
    ...(hasTokenizer || !isSame ? KEPT_FILES : []),
    ...(isOther ? SIDE_FILES : []),
  ];
  return [...new Set(names)].filter((name) => !small.has(name));
}

/** The type that a configuration names; `undefined` of one that can't be read, which may be anybody's. */
function modelType(config: string | Uint8Array | undefined): unknown {
  if (typeof config !== "string") return undefined;
  try {
    return own(parseJsonText(config, "config.json"), "model_type");
  } catch {
    return undefined;
  }
}
