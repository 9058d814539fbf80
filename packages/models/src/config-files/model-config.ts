import { fail } from "@rsdix/internal";
import * as z from "zod/mini";
import type { SentenceBertConfig } from "../bert-config";
import type { ClipConfig } from "../clip-config";
import type { Gpt2Config } from "../gpt2-config";
import type { SiglipConfig } from "../siglip-config";
import { clipConfigFrom } from "./clip-file";
import { gpt2ConfigFrom } from "./gpt2-file";
import { openClipConfigFrom } from "./open-clip-file";
import { type Described, parseConfig } from "./schema";
import { type SentenceBertDescription, type SentenceBertFiles, sentenceBertConfigFrom } from "./sentence-bert-files";
import { siglipConfigFrom } from "./siglip-file";

/** A model that a configuration file describes. */
export type ModelConfig =
  | Described<"clip", ClipConfig>
  | Described<"siglip", SiglipConfig>
  | Described<"gpt2", Gpt2Config>
  | (Described<"bert", SentenceBertConfig> & SentenceBertDescription);

const READERS = {
  clip: (json) => ({ model: "clip", config: clipConfigFrom(json) }),
  siglip: (json) => ({ model: "siglip", config: siglipConfigFrom(json) }),
  gpt2: (json) => ({ model: "gpt2", config: gpt2ConfigFrom(json) }),
  bert: (json, files) => ({ model: "bert", ...sentenceBertConfigFrom({ ...files, config: json }) }),
} as const satisfies Record<ModelConfig["model"], (json: unknown, files: Omit<SentenceBertFiles, "config">) => ModelConfig>;

/**
 * The model that a `config.json` of transformers or an `open_clip_config.json` describes, by what the file says of itself.
 *
 * @param json The file's content, parsed: nothing in it is trusted.
 * @param files For a Sentence-BERT, its other files.
 * @returns The model's kind and configuration.
 * @throws CHECKPOINT_MISMATCH with the list of known types when the file is of another; FILE_CORRUPT naming a field that is missing or wrong.
 *
 * @example
 * ```ts
 * import { modelConfigFrom } from "@rsdix/models";
 *
 * const found = modelConfigFrom({ model_type: "gpt2", n_layer: 24, n_embd: 1024, n_head: 16 });
 * if (found.model === "gpt2") console.log(found.config.layers); // 24
 * ```
 *
 * @see https://huggingface.co/docs/transformers/main_classes/configuration; https://github.com/mlfoundations/open_clip/tree/main/src/open_clip/model_configs
 */
export function modelConfigFrom(json: unknown, files: Omit<SentenceBertFiles, "config"> = {}): ModelConfig {
  const what = "The model's config.json";
  const { model_cfg: openClip, model_type: type } = parseConfig(
    z.object({ model_cfg: z.optional(z.unknown()), model_type: z.optional(z.string()) }),
    json,
    what,
  );
  if (openClip !== undefined) return openClipConfigFrom(json);
  if (type === undefined) return fail("FILE_CORRUPT", `${what} can't be used: it has neither a model_type nor a model_cfg.`);
  if (!Object.hasOwn(READERS, type)) {
    const known = Object.keys(READERS).join(", ");
    return fail("CHECKPOINT_MISMATCH", `${what} is of a model of type "${type.slice(0, 100)}". Those known are: ${known}.`);
  }
  return READERS[type as keyof typeof READERS](json, files);
}
