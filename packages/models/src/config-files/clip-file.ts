import * as z from "zod/mini";
import { type ClipConfig, LARGEST_ID_EOS, resolveClipConfig } from "../clip-config";
import { refitted } from "./refit";
import { epsilon, LIMITS, parseConfig, requireModelType, requireValues, side, towerOf, whole } from "./schema";

/** What transformers writes of a tower is what differs from these: ViT-B/32's sizes. */
const TEXT = z.object({
  hidden_size: whole(LIMITS.width, 512),
  intermediate_size: whole(LIMITS.width, 2048),
  num_hidden_layers: whole(LIMITS.layers, 12),
  num_attention_heads: whole(LIMITS.width, 8),
  vocab_size: whole(LIMITS.vocabulary, 49408),
  max_position_embeddings: whole(LIMITS.context, 77),
  hidden_act: z._default(z.string(), "quick_gelu"),
  layer_norm_eps: epsilon(1e-5),
  eos_token_id: z._default(z.int().check(z.gte(0), z.lte(LIMITS.vocabulary)), 49407),
});

const VISION = z.object({
  hidden_size: whole(LIMITS.width, 768),
  intermediate_size: whole(LIMITS.width, 3072),
  num_hidden_layers: whole(LIMITS.layers, 12),
  num_attention_heads: whole(LIMITS.width, 12),
  num_channels: whole(LIMITS.width, 3),
  image_size: side(224),
  patch_size: side(32),
  hidden_act: z._default(z.string(), "quick_gelu"),
  layer_norm_eps: epsilon(1e-5),
});

const FILE = z.object({
  projection_dim: whole(LIMITS.width, 512),
  text_config: z.nullish(z.unknown()),
  vision_config: z.nullish(z.unknown()),
  text_config_dict: z.nullish(z.unknown()),
  vision_config_dict: z.nullish(z.unknown()),
});

/**
 * A CLIP's sizes from the `config.json` of transformers.
 *
 * @param json The file's content, parsed: nothing in it is trusted.
 * @returns The configuration; what the file leaves out is what transformers takes for it.
 * @throws FILE_CORRUPT naming a field that is missing or wrong; CHECKPOINT_MISMATCH for another type of model, an activation that isn't
 * known, or another number of channels.
 *
 * @example
 * ```ts
 * import { clipConfigFrom } from "@rsdix/models";
 *
 * const config = clipConfigFrom({ model_type: "clip", text_config: {}, vision_config: { patch_size: 16 } });
 * console.log(config.image.patch, config.text.vocabSize); // 16 49408
 * ```
 *
 * @see https://huggingface.co/docs/transformers/model_doc/clip#transformers.CLIPConfig
 */
export function clipConfigFrom(json: unknown): ClipConfig {
  const what = "A CLIP's config.json";
  requireModelType(json, "clip", what);
  const file = parseConfig(FILE, json, what);
  // Files of 2022 have a second set, which was given by the user when they were made: it wins as a whole, as in transformers.
  const text = parseConfig(TEXT, file.text_config_dict ?? file.text_config ?? {}, `${what}, "text_config",`);
  const vision = parseConfig(VISION, file.vision_config_dict ?? file.vision_config ?? {}, `${what}, "vision_config",`);
  requireValues(vision, { num_channels: 3 }, `${what}, "vision_config",`);
  const largest = text.eos_token_id === LARGEST_ID_EOS;
  return refitted(what, resolveClipConfig, {
    embedDim: file.projection_dim,
    image: { ...towerOf(vision, what), size: vision.image_size, patch: vision.patch_size },
    text: {
      ...towerOf(text, what),
      vocabSize: text.vocab_size,
      contextLength: text.max_position_embeddings,
      ...(largest ? { pooling: "largestId" } : { endTokenId: text.eos_token_id }),
    },
  });
}
