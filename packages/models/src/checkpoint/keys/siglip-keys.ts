import { blockRules, POSITION_IDS } from "./clip-keys";
import { identity, type KeyRule, type KeyTable, renamed } from "./key-table";

const TRUNK = "visual.trunk";
const BLOCK = `${TRUNK}.blocks.{i}`;
const LAYER = "vision_model.encoder.layers.{i}";

/**
 * SigLIP in open_clip: a vision transformer of timm and a text transformer of open_clip.
 *
 * @see https://github.com/huggingface/pytorch-image-models/blob/main/timm/layers/attention_pool.py
 */
const OPEN_CLIP: readonly KeyRule[] = [
  { op: "leading", ones: -1, ours: "logit_scale", theirs: "logit_scale" }, // [1] in transformers, a scalar in open_clip
  { op: "leading", ones: -1, ours: "logit_bias", theirs: "logit_bias" },
  { op: "leading", ones: 1, ours: "vision_model.embeddings.position_embedding.weight", theirs: `${TRUNK}.pos_embed` },
  {
    op: "rows",
    ours: ["q", "k", "v"].map((part) => [`${LAYER}.self_attn.${part}_proj.{p}`, 1]),
    theirs: [[`${BLOCK}.attn.qkv.{p}`, 3]],
  },
  ...renamed(
    ["vision_model.embeddings.patch_embedding.{p}", `${TRUNK}.patch_embed.proj.{p}`],
    [`${LAYER}.self_attn.out_proj.{p}`, `${BLOCK}.attn.proj.{p}`],
    [`${LAYER}.layer_norm1.{p}`, `${BLOCK}.norm1.{p}`],
    [`${LAYER}.layer_norm2.{p}`, `${BLOCK}.norm2.{p}`],
    [`${LAYER}.mlp.fc1.{p}`, `${BLOCK}.mlp.fc1.{p}`],
    [`${LAYER}.mlp.fc2.{p}`, `${BLOCK}.mlp.fc2.{p}`],
    ["vision_model.post_layernorm.{p}", `${TRUNK}.norm.{p}`],
    ["vision_model.head.probe", `${TRUNK}.attn_pool.latent`],
    ["vision_model.head.attention.out_proj.{p}", `${TRUNK}.attn_pool.proj.{p}`],
    ["vision_model.head.layernorm.{p}", `${TRUNK}.attn_pool.norm.{p}`],
    ["vision_model.head.mlp.fc1.{p}", `${TRUNK}.attn_pool.mlp.fc1.{p}`],
    ["vision_model.head.mlp.fc2.{p}", `${TRUNK}.attn_pool.mlp.fc2.{p}`],
    ["text_model.embeddings.token_embedding.weight", "text.token_embedding.weight"],
    ["text_model.embeddings.position_embedding.weight", "text.positional_embedding"],
    ["text_model.final_layer_norm.{p}", "text.ln_final.{p}"],
    ["text_model.head.{p}", "text.text_projection.{p}"],
  ),
  {
    op: "rows",
    ours: [["vision_model.head.attention.in_proj_{p}", 3]],
    theirs: [
      [`${TRUNK}.attn_pool.q.{p}`, 1],
      [`${TRUNK}.attn_pool.kv.{p}`, 2],
    ],
  },
  ...blockRules("text_model.encoder.layers", "text.transformer.resblocks"),
];

const huggingFace = {
  model: "siglip",
  rules: identity(OPEN_CLIP),
  ignored: POSITION_IDS,
  anchors: ["vision_model.head.probe", "text_model.head.weight"],
} as const;

/** The layouts of SigLIP. */
export const SIGLIP_TABLES: readonly KeyTable[] = [
  {
    ...huggingFace,
    layout: "rsdix",
    prefix: /(^|\.)_(student|teacher)\.$/,
    writes: { student: "_student.", teacher: "_teacher." },
  },
  { ...huggingFace, layout: "huggingface" },
  {
    model: "siglip",
    layout: "openclip",
    rules: OPEN_CLIP,
    ignored: ["text.attn_mask"],
    anchors: [`${TRUNK}.attn_pool.latent`, "text.text_projection.weight"],
  },
];
