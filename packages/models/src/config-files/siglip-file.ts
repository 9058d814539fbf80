import * as z from "zod/mini";
import { resolveSiglipConfig, type SiglipConfig } from "../siglip-config";
import { refitted } from "./refit";
import { epsilon, LIMITS, parseConfig, requireModelType, requireValues, side, towerOf, whole } from "./schema";

/** What transformers writes of a tower is what differs from these: B/16's sizes. */
const TOWER = {
  hidden_size: whole(LIMITS.width, 768),
  intermediate_size: whole(LIMITS.width, 3072),
  num_hidden_layers: whole(LIMITS.layers, 12),
  num_attention_heads: whole(LIMITS.width, 12),
  hidden_act: z._default(z.string(), "gelu_pytorch_tanh"),
  layer_norm_eps: epsilon(1e-6),
};

const TEXT = z.object({
  ...TOWER,
  vocab_size: whole(LIMITS.vocabulary, 32000),
  max_position_embeddings: whole(LIMITS.context, 64),
  projection_size: z.nullish(z.int().check(z.gte(1), z.lte(LIMITS.width))),
});

const VISION = z.object({
  ...TOWER,
  num_channels: whole(LIMITS.width, 3),
  image_size: side(224),
  patch_size: side(16),
  vision_use_head: z.optional(z.boolean()),
});

const FILE = z.object({ text_config: z.nullish(z.unknown()), vision_config: z.nullish(z.unknown()) });

/**
 * A SigLIP's sizes from the `config.json` of transformers.
 *
 * @param json The file's content, parsed: nothing in it is trusted.
 * @returns The configuration; what the file leaves out is what transformers takes for it.
 * @throws FILE_CORRUPT naming a field that is missing or wrong; CHECKPOINT_MISMATCH for another type of model (SigLIP 2's of variable
 * resolution among them), an activation that isn't known, a tower without head, or towers that don't meet in one space.
 *
 * @example
 * ```ts
 * import { siglipConfigFrom } from "@rsdix/models";
 *
 * console.log(siglipConfigFrom({ model_type: "siglip", vision_config: { image_size: 256 } }).image.size); // 256
 * ```
 *
 * @see https://huggingface.co/docs/transformers/model_doc/siglip#transformers.SiglipConfig
 */
export function siglipConfigFrom(json: unknown): SiglipConfig {
  const what = "A SigLIP's config.json";
  requireModelType(json, "siglip", what);
  const file = parseConfig(FILE, json, what);
  const text = parseConfig(TEXT, file.text_config ?? {}, `${what}, "text_config",`);
  const vision = parseConfig(VISION, file.vision_config ?? {}, `${what}, "vision_config",`);
  requireValues(vision, { num_channels: 3, vision_use_head: true }, `${what}, "vision_config",`);
  requireValues(
    { projection_size: text.projection_size ?? text.hidden_size },
    { projection_size: vision.hidden_size },
    `${what}, "text_config",`,
  );
  return refitted(what, resolveSiglipConfig, {
    image: { ...towerOf(vision, what), size: vision.image_size, patch: vision.patch_size },
    text: { ...towerOf(text, what), vocabSize: text.vocab_size, contextLength: text.max_position_embeddings },
  });
}
