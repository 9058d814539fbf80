import type { Activation } from "@rsdix/backend";
import { checkOptions, checkRange, fail } from "@rsdix/internal";
import { checkTowerConfig, checkTransformer, usualMlpWidth } from "./check-transformer";
import { towerJson } from "./hf-activations";

/** The size of one of CLIP's two transformers. */
export interface TowerConfig {
  /** Width of the residual stream. */
  width: number;
  /** Number of blocks, at most 1,024. */
  layers: number;
  /** Attention heads; divides the width. */
  heads: number;
  /** Width of the hidden layer of a block's MLP; four times the width by default. */
  mlpWidth?: number;
  /** "quickGelu" in OpenAI's weights, "gelu" in most others. */
  activation?: Activation;
  /** Added to the variance in layer norms. Default 1e-5. */
  layerNormEpsilon?: number;
}

/** The shape of a CLIP model. */
export interface ClipConfig {
  /** Width of the joint space. */
  embedDim: number;
  /** The vision transformer. */
  image: TowerConfig & {
    /** Pixels a side; a multiple of the patch. */
    size: number;
    /** Pixels a side of a patch. */
    patch: number;
  };
  /** The text transformer. */
  text: TowerConfig & {
    /** Rows of the token table: 49408 with CLIP's BPE. */
    vocabSize: number;
    /** Most tokens of a text, start and end tokens included: 77 in OpenAI's weights. */
    contextLength: number;
    /** Id of the end-of-text token, at whose (first) position a text is pooled: 49407 with CLIP's BPE. */
    endTokenId?: number;
    /**
     * Where a text is pooled: at the first `endTokenId` ("endToken", the default), or at the first of its largest ids ("largestId"), as OpenAI's
     * and open_clip's code does and transformers does for a checkpoint whose eos_token_id is 2. They differ only where a vocabulary was
     * extended beyond the end token.
     */
    pooling?: "endToken" | "largestId";
  };
}

/**
 * ViT-B/32, as OpenAI trained it.
 *
 * @see https://huggingface.co/openai/clip-vit-base-patch32
 */
export const CLIP_VIT_B_32: ClipConfig = {
  embedDim: 512,
  image: { size: 224, patch: 32, width: 768, layers: 12, heads: 12 },
  text: { vocabSize: 49408, contextLength: 77, width: 512, layers: 12, heads: 8 },
};

/**
 * ViT-B/16, as OpenAI trained it.
 *
 * @see https://huggingface.co/openai/clip-vit-base-patch16
 */
export const CLIP_VIT_B_16: ClipConfig = { ...CLIP_VIT_B_32, image: { ...CLIP_VIT_B_32.image, patch: 16 } };

/**
 * ViT-L/14, as OpenAI trained it.
 *
 * @see https://huggingface.co/openai/clip-vit-large-patch14
 */
export const CLIP_VIT_L_14: ClipConfig = {
  embedDim: 768,
  image: { size: 224, patch: 14, width: 1024, layers: 24, heads: 16 },
  text: { vocabSize: 49408, contextLength: 77, width: 768, layers: 12, heads: 12 },
};

/**
 * ViT-L/14 at 336 pixels, as OpenAI trained it.
 *
 * @see https://huggingface.co/openai/clip-vit-large-patch14-336
 */
export const CLIP_VIT_L_14_336: ClipConfig = { ...CLIP_VIT_L_14, image: { ...CLIP_VIT_L_14.image, size: 336 } };

/** A configuration with every default filled in. */
export interface ResolvedClipConfig {
  /** Width of the joint space. */
  embedDim: number;
  /** The vision transformer. */
  image: Required<ClipConfig["image"]>;
  /** The text transformer. */
  text: Required<ClipConfig["text"]>;
}

/** Fills in defaults and checks what can be checked before memory is taken. */
export function resolveClipConfig(config: ClipConfig): ResolvedClipConfig {
  const { embedDim, image, text } = checkOptions(config, ["embedDim", "image", "text"], "A CLIP configuration");
  checkTowerConfig(image, ["size", "patch"], "A CLIP configuration's image part");
  checkTowerConfig(text, ["vocabSize", "contextLength", "endTokenId", "pooling"], "A CLIP configuration's text part");
  const tower = <T extends TowerConfig>(part: T) => ({
    mlpWidth: usualMlpWidth(part.width),
    activation: "quickGelu" as const,
    layerNormEpsilon: 1e-5,
    ...part,
  });
  const resolved: ResolvedClipConfig = {
    embedDim,
    image: tower(image),
    text: { endTokenId: text.vocabSize - 1, pooling: "endToken", ...tower(text) },
  };
  checkRange(resolved.embedDim, "embedDim", { min: 1, integer: true });
  for (const name of ["image", "text"] as const) checkTransformer(resolved[name], `${name}.`);
  checkRange(resolved.image.patch, "image.patch", { min: 1, integer: true });
  checkRange(resolved.image.size, "image.size", { min: resolved.image.patch, integer: true });
  if (resolved.image.size % resolved.image.patch !== 0) {
    fail("INVALID_ARGUMENT", `image.size must be a multiple of image.patch, got ${resolved.image.size} and ${resolved.image.patch}.`);
  }
  checkRange(resolved.text.vocabSize, "text.vocabSize", { min: 2, integer: true });
  checkRange(resolved.text.contextLength, "text.contextLength", { min: 2, integer: true });
  checkRange(resolved.text.endTokenId, "text.endTokenId", { min: 0, max: resolved.text.vocabSize - 1, integer: true });
  if (resolved.text.pooling !== "endToken" && resolved.text.pooling !== "largestId") {
    fail("INVALID_ARGUMENT", `text.pooling must be "endToken" or "largestId", got "${String(resolved.text.pooling)}".`);
  }
  return Object.freeze(resolved);
}

/** The eos_token_id by which transformers knows that a text is pooled at its largest id: old checkpoints had it by mistake. */
export const LARGEST_ID_EOS = 2;

/**
 * The `config.json` that lets transformers load a CLIP's checkpoint.
 *
 * @param sizes The model's sizes.
 * @returns The object to write as JSON, for `CLIPModel.from_pretrained`.
 * @throws INVALID_ARGUMENT for sizes that don't fit together, and for an end token of id 2, which transformers doesn't take for one.
 * @example
 * ```ts
 * import { CLIP_VIT_B_32, toHuggingFaceClipConfig } from "@rsdix/models";
 * console.log(toHuggingFaceClipConfig(CLIP_VIT_B_32).projection_dim); // 512
 * ```
 *
 * @see https://huggingface.co/docs/transformers/model_doc/clip#transformers.CLIPConfig
 */
export function toHuggingFaceClipConfig(sizes: ClipConfig): Record<string, unknown> {
  const config = resolveClipConfig(sizes);
  const { pooling, endTokenId } = config.text;
  if (pooling === "endToken" && endTokenId === LARGEST_ID_EOS) {
    fail(
      "INVALID_ARGUMENT",
      `transformers takes an end token of id ${endTokenId} for a sign to pool at the largest id: give it another id.`,
    );
  }
  const tower = (part: Required<TowerConfig>) => ({ ...towerJson(part), projection_dim: config.embedDim });
  return {
    architectures: ["CLIPModel"],
    model_type: "clip",
    projection_dim: config.embedDim,
    vision_config: {
      ...tower(config.image),
      model_type: "clip_vision_model",
      image_size: config.image.size,
      patch_size: config.image.patch,
    },
    text_config: {
      ...tower(config.text),
      model_type: "clip_text_model",
      vocab_size: config.text.vocabSize,
      max_position_embeddings: config.text.contextLength,
      ...(config.text.endTokenId > 0 && { bos_token_id: config.text.endTokenId - 1 }),
      eos_token_id: pooling === "largestId" ? LARGEST_ID_EOS : endTokenId,
    },
  };
}
