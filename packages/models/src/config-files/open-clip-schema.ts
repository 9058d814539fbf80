import * as z from "zod/mini";
import { LIMITS, side, whole } from "./schema";

const ratio = z._default(z.number().check(z.gt(0), z.lte(64)), 4);
const kwargs = z.nullish(z.record(z.string(), z.unknown()));

/** Fields of either tower. Those that change nothing that a finished model computes are read and left alone. */
const BOTH = {
  mlp_ratio: ratio,
  act_kwargs: kwargs,
  norm_kwargs: kwargs,
  output_tokens: z.optional(z.unknown()),
};

/** What changes the architecture of either tower, and what it must be. */
const PLAIN_BLOCKS = {
  ls_init_value: null,
  final_ln_after_pool: false,
  block_type: null,
  qk_norm: false,
  scaled_cosine_attn: false,
  scale_heads: false,
  scale_attn_inner: false,
  scale_attn: false,
  scale_fc: false,
};

/** What a vision tower of open_clip itself must be beside its sizes. */
export const PLAIN_VISION = { ...PLAIN_BLOCKS, attentional_pool: false, no_ln_pre: false, pos_embed_type: "learnable", pool_type: "tok" };

/** What a text tower must be beside its sizes and its pooling. */
export const PLAIN_TEXT = { ...PLAIN_BLOCKS, embed_cls: false, proj_type: "linear", hf_model_name: null };

const unchecked = (names: object) => Object.fromEntries(Object.keys(names).map((name) => [name, z.optional(z.unknown())]));

const VISION = z.strictObject({
  ...unchecked(PLAIN_VISION),
  ...BOTH,
  width: whole(LIMITS.width, 768),
  layers: whole(LIMITS.layers, 12),
  head_width: whole(LIMITS.width, 64),
  patch_size: side(16),
  image_size: side(224),
  timm_model_name: z.nullish(z.string()),
  ...unchecked({ timm_pool: 0, timm_proj: 0, timm_proj_bias: 0 }),
  // Of training, of weights to start from, or of a pooling that is refused.
  ...unchecked({
    patch_dropout: 0,
    attn_pooler_queries: 0,
    attn_pooler_heads: 0,
    timm_model_pretrained: 0,
    timm_drop: 0,
    timm_drop_path: 0,
  }),
});

const TEXT = z.strictObject({
  ...unchecked(PLAIN_TEXT),
  ...BOTH,
  context_length: whole(LIMITS.context, 77),
  vocab_size: whole(LIMITS.vocabulary, 49408),
  width: whole(LIMITS.width, 512),
  heads: whole(LIMITS.width, 8),
  layers: whole(LIMITS.layers, 12),
  pool_type: z._default(z.string(), "argmax"),
  eos_id: z._default(z.int().check(z.gte(0), z.lte(LIMITS.vocabulary)), 2),
  no_causal_mask: z._default(z.boolean(), false),
  proj_bias: z._default(z.boolean(), false),
  // Of the tokenizer, or of a tower that is refused.
  ...unchecked({ hf_tokenizer_name: 0, tokenizer_mode: 0, tokenizer_kwargs: 0, pad_id: 0 }),
  ...unchecked({ hf_model_pretrained: 0, hf_proj_type: 0, hf_pooler_type: 0 }),
});

/** A model's part of open_clip_config.json. A field that isn't known may change the architecture, so it is refused. */
export const OPEN_CLIP_MODEL = z.strictObject({
  embed_dim: z.int().check(z.gte(1), z.lte(LIMITS.width)),
  vision_cfg: VISION,
  text_cfg: TEXT,
  quick_gelu: z._default(z.boolean(), false),
  custom_text: z._default(z.boolean(), false),
  init_logit_bias: z.nullish(z.number()),
  nonscalar_logit_scale: z.optional(z.unknown()),
  ...unchecked({ init_logit_scale: 0 }),
});

/** The parts of that file that are read. */
export type OpenClipModel = z.output<typeof OPEN_CLIP_MODEL>;
