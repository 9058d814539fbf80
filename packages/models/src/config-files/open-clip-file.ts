import type { Activation } from "@rsdix/backend";
import { fail } from "@rsdix/internal";
import * as z from "zod/mini";
import { type ClipConfig, resolveClipConfig } from "../clip-config";
import { resolveSiglipConfig, type SiglipConfig } from "../siglip-config";
import { OPEN_CLIP_MODEL, type OpenClipModel, PLAIN_TEXT, PLAIN_VISION } from "./open-clip-schema";
import { refitted } from "./refit";
import { type Described, parseConfig, requireValues } from "./schema";
import { timmSiglip } from "./timm-towers";

/** What an `open_clip_config.json` describes: a CLIP of open_clip's own towers, or a SigLIP with a vision tower of timm. */
export type OpenClipConfig = Described<"clip", ClipConfig> | Described<"siglip", SiglipConfig>;

const WHAT = "open_clip_config.json";

/**
 * A CLIP's or SigLIP's sizes from the `open_clip_config.json` that lies beside open_clip's weights on the Hugging Face hub, or from one of
 * open_clip's own model configurations.
 *
 * @param json The file's content, parsed: nothing in it is trusted.
 * @returns Which of the two models it is, and its configuration.
 * @throws FILE_CORRUPT naming a field that is missing, wrong or not known; CHECKPOINT_MISMATCH for an architecture that the models here
 * don't have: other pooling, layer scale, towers of Hugging Face or other ones of timm, CoCa.
 *
 * @example
 * ```ts
 * import { openClipConfigFrom } from "@rsdix/models";
 *
 * const text_cfg = { context_length: 77, vocab_size: 49408, width: 512, heads: 8, layers: 12 };
 * const vision_cfg = { image_size: 224, layers: 12, width: 768, patch_size: 32 };
 * const { model, config } = openClipConfigFrom({ model_cfg: { embed_dim: 512, quick_gelu: true, vision_cfg, text_cfg } });
 * console.log(model, config.image.heads, config.image.activation); // clip 12 quickGelu
 * ```
 *
 * @see https://github.com/mlfoundations/open_clip/tree/main/src/open_clip/model_configs
 */
export function openClipConfigFrom(json: unknown): OpenClipConfig {
  const { model_cfg: inner } = parseConfig(z.object({ model_cfg: z.optional(z.unknown()) }), json, WHAT);
  const model = parseConfig(OPEN_CLIP_MODEL, inner ?? json, WHAT);
  requireValues(model.text_cfg, PLAIN_TEXT, `${WHAT}, "text_cfg",`);
  requireValues(model, { nonscalar_logit_scale: false }, WHAT);
  return model.vision_cfg.timm_model_name ? siglip(model, model.vision_cfg.timm_model_name) : clip(model);
}

function clip(model: OpenClipModel): OpenClipConfig {
  const { vision_cfg: vision, text_cfg: text, embed_dim: embedDim } = model;
  requireValues(vision, PLAIN_VISION, `${WHAT}, "vision_cfg",`);
  requireValues(text, { no_causal_mask: false, proj_bias: false }, `${WHAT}, "text_cfg",`);
  // With custom_text the text tower's names are others, with a bias the loss is SigLIP's: no published CLIP of these towers has either.
  requireValues(
    { custom_text: model.custom_text, init_logit_bias: model.init_logit_bias ?? null },
    { custom_text: false, init_logit_bias: null },
    WHAT,
  );
  if (text.pool_type !== "argmax" && text.pool_type !== "eos") {
    fail("CHECKPOINT_MISMATCH", `${WHAT} pools texts by "${text.pool_type.slice(0, 100)}". Only "argmax" and "eos" are supported here.`);
  }
  const { width } = vision;
  const common = (part: typeof vision | typeof text) => ({
    layers: part.layers,
    activation: activation(part, model.quick_gelu),
    layerNormEpsilon: normEpsilon(part),
  });
  const config: ClipConfig = {
    embedDim,
    image: {
      ...common(vision),
      size: vision.image_size,
      patch: vision.patch_size,
      width,
      heads: Math.max(1, Math.floor(width / vision.head_width)),
      mlpWidth: Math.floor(width * vision.mlp_ratio),
    },
    text: {
      ...textSizes(text),
      ...common(text),
      ...(text.pool_type === "eos" ? { endTokenId: text.eos_id } : { pooling: "largestId" }),
    },
  };
  return { model: "clip", config: refitted(WHAT, resolveClipConfig, config) };
}

function siglip(model: OpenClipModel, timmName: string): OpenClipConfig {
  const { vision_cfg: vision, text_cfg: text, embed_dim: embedDim } = model;
  const image = timmSiglip(timmName, WHAT);
  requireValues({ timm_pool: "avg", timm_proj: "linear", ...vision }, { timm_pool: "map", timm_proj: "none" }, `${WHAT}, "vision_cfg",`);
  requireValues(text, { no_causal_mask: true, proj_bias: true, pool_type: "last" }, `${WHAT}, "text_cfg",`);
  requireValues({ custom_text: model.custom_text, embed_dim: embedDim }, { custom_text: true, embed_dim: image.width }, WHAT);
  if (typeof model.init_logit_bias !== "number") fail("CHECKPOINT_MISMATCH", `${WHAT} has no init_logit_bias, which SigLIP's loss needs.`);
  const config: SiglipConfig = {
    image: { ...image, size: vision.image_size },
    // The towers of timm don't know quick_gelu; the text tower does.
    text: { ...textSizes(text), layers: text.layers, activation: activation(text, model.quick_gelu), layerNormEpsilon: normEpsilon(text) },
  };
  return { model: "siglip", config: refitted(WHAT, resolveSiglipConfig, config) };
}

function textSizes(text: OpenClipModel["text_cfg"]) {
  const { width } = text;
  return {
    vocabSize: text.vocab_size,
    contextLength: text.context_length,
    width,
    heads: text.heads,
    mlpWidth: Math.floor(width * text.mlp_ratio),
  };
}

function activation({ act_kwargs: options }: { act_kwargs?: Record<string, unknown> | null | undefined }, quick: boolean): Activation {
  const { approximate = "none", ...others } = options ?? {};
  const known = approximate === "none" || approximate === "tanh";
  if (!known || Object.keys(others).length > 0 || (quick && options)) {
    fail("CHECKPOINT_MISMATCH", `${WHAT} has act_kwargs ${JSON.stringify(options).slice(0, 200)}, which the activations here don't have.`);
  }
  if (quick) return "quickGelu";
  return approximate === "tanh" ? "geluTanh" : "gelu";
}

function normEpsilon({ norm_kwargs: options }: { norm_kwargs?: Record<string, unknown> | null | undefined }): number {
  const { eps } = parseConfig(
    z.strictObject({ eps: z._default(z.number().check(z.gte(0), z.lte(1)), 1e-5) }),
    options ?? {},
    `${WHAT}, "norm_kwargs",`,
  );
  return eps;
}
