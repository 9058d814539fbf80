import type { Activation } from "@rsdix/backend";
import { checkOptions, checkRange } from "@rsdix/internal";
import { checkTowerConfig, checkTransformer, usualMlpWidth } from "./check-transformer";
import type { TowerConfig } from "./clip-config";
import { towerJson } from "./hf-activations";

/** The size of one of SigLIP's two transformers. */
export interface SiglipTowerConfig extends TowerConfig {
  /** "geluTanh" by default, as in Google's weights. */
  activation?: Activation;
  /** Added to the variance in layer norms. Default 1e-6. */
  layerNormEpsilon?: number;
}

/** The shape of a SigLIP model. The joint space is as wide as the image tower. */
export interface SiglipConfig {
  /** The vision transformer. */
  image: SiglipTowerConfig & {
    /** Pixels a side; what remains beyond whole patches, on the right and below, is not looked at. */
    size: number;
    /** Pixels a side of a patch. */
    patch: number;
  };
  /** The text transformer. */
  text: SiglipTowerConfig & {
    /** Rows of the token table: 32000 with SigLIP's English vocabulary. */
    vocabSize: number;
    /** Tokens of a text, padding included: 64 in Google's weights. */
    contextLength: number;
  };
}

/**
 * B/16 at 224 pixels, as Google trained it (google/siglip-base-patch16-224).
 *
 * @see https://huggingface.co/google/siglip-base-patch16-224
 */
export const SIGLIP_B_16: SiglipConfig = {
  image: { size: 224, patch: 16, width: 768, layers: 12, heads: 12, mlpWidth: 3072 },
  text: { vocabSize: 32000, contextLength: 64, width: 768, layers: 12, heads: 12, mlpWidth: 3072 },
};

/** A configuration with every default filled in. */
export interface ResolvedSiglipConfig {
  /** The vision transformer. */
  image: Required<SiglipConfig["image"]>;
  /** The text transformer. */
  text: Required<SiglipConfig["text"]>;
}

/** Fills in defaults and checks what can be checked before memory is taken. */
export function resolveSiglipConfig(config: SiglipConfig): ResolvedSiglipConfig {
  const { image, text } = checkOptions(config, ["image", "text"], "A SigLIP configuration");
  checkTowerConfig(image, ["size", "patch"], "A SigLIP configuration's image part");
  checkTowerConfig(text, ["vocabSize", "contextLength"], "A SigLIP configuration's text part");
  const tower = <T extends SiglipTowerConfig>(part: T) => ({
    mlpWidth: usualMlpWidth(part.width),
    activation: "geluTanh" as const,
    layerNormEpsilon: 1e-6,
    ...part,
  });
  const resolved: ResolvedSiglipConfig = { image: tower(image), text: tower(text) };
  for (const name of ["image", "text"] as const) checkTransformer(resolved[name], `${name}.`);
  checkRange(resolved.image.patch, "image.patch", { min: 1, integer: true });
  checkRange(resolved.image.size, "image.size", { min: resolved.image.patch, integer: true });
  checkRange(resolved.text.vocabSize, "text.vocabSize", { min: 2, integer: true });
  checkRange(resolved.text.contextLength, "text.contextLength", { min: 1, integer: true });
  return Object.freeze(resolved);
}

/**
 * The `config.json` that lets transformers load a SigLIP's checkpoint.
 *
 * @param sizes The model's sizes.
 * @returns The object to write as JSON, for `SiglipModel.from_pretrained`.
 * @throws INVALID_ARGUMENT, UNKNOWN_OPTION for sizes that don't fit together.
 * @example
 * ```ts
 * import { SIGLIP_B_16, toHuggingFaceSiglipConfig } from "@rsdix/models";
 * console.log(toHuggingFaceSiglipConfig(SIGLIP_B_16).model_type); // siglip
 * ```
 *
 * @see https://huggingface.co/docs/transformers/model_doc/siglip#transformers.SiglipConfig
 */
export function toHuggingFaceSiglipConfig(sizes: SiglipConfig): Record<string, unknown> {
  const config = resolveSiglipConfig(sizes);
  return {
    architectures: ["SiglipModel"],
    model_type: "siglip",
    vision_config: {
      ...towerJson(config.image),
      model_type: "siglip_vision_model",
      image_size: config.image.size,
      patch_size: config.image.patch,
    },
    text_config: {
      ...towerJson(config.text),
      model_type: "siglip_text_model",
      vocab_size: config.text.vocabSize,
      max_position_embeddings: config.text.contextLength,
      projection_size: config.image.width,
    },
  };
}
