import { identity, type KeyRule, type KeyTable, renamed, same } from "./key-table";

/**
 * One transformer of open_clip (and of OpenAI's CLIP, whose code it grew from) against one of transformers' CLIP.
 *
 * @see https://github.com/openai/CLIP/blob/main/clip/model.py
 * @see https://github.com/mlfoundations/open_clip/blob/main/src/open_clip/transformer.py
 */
export function blockRules(ours: string, theirs: string): KeyRule[] {
  const parts = ["q", "k", "v"].map((part) => [`${ours}.{i}.self_attn.${part}_proj.{p}`, 1] as const);
  return [
    { op: "rows", ours: parts, theirs: [[`${theirs}.{i}.attn.in_proj_{p}`, 3]] },
    ...renamed(
      [`${ours}.{i}.self_attn.out_proj.{p}`, `${theirs}.{i}.attn.out_proj.{p}`],
      [`${ours}.{i}.layer_norm1.{p}`, `${theirs}.{i}.ln_1.{p}`],
      [`${ours}.{i}.layer_norm2.{p}`, `${theirs}.{i}.ln_2.{p}`],
      [`${ours}.{i}.mlp.fc1.{p}`, `${theirs}.{i}.mlp.c_fc.{p}`],
      [`${ours}.{i}.mlp.fc2.{p}`, `${theirs}.{i}.mlp.c_proj.{p}`],
    ),
  ];
}

const OPENAI: readonly KeyRule[] = [
  ...same("logit_scale"),
  { op: "transpose", ours: "visual_projection.weight", theirs: "visual.proj" },
  { op: "transpose", ours: "text_projection.weight", theirs: "text_projection" },
  ...renamed(
    ["vision_model.embeddings.class_embedding", "visual.class_embedding"],
    ["vision_model.embeddings.patch_embedding.weight", "visual.conv1.weight"],
    ["vision_model.embeddings.position_embedding.weight", "visual.positional_embedding"],
    ["vision_model.pre_layrnorm.{p}", "visual.ln_pre.{p}"],
    ["vision_model.post_layernorm.{p}", "visual.ln_post.{p}"],
    ["text_model.embeddings.token_embedding.weight", "token_embedding.weight"],
    ["text_model.embeddings.position_embedding.weight", "positional_embedding"],
    ["text_model.final_layer_norm.{p}", "ln_final.{p}"],
  ),
  ...blockRules("vision_model.encoder.layers", "visual.transformer.resblocks"),
  ...blockRules("text_model.encoder.layers", "transformer.resblocks"),
];

/** Counters that transformers kept among the arrays until 4.31. */
export const POSITION_IDS = ["vision_model.embeddings.position_ids", "text_model.embeddings.position_ids"];

const huggingFace = {
  model: "clip",
  rules: identity(OPENAI),
  ignored: POSITION_IDS,
  anchors: ["vision_model.embeddings.class_embedding", "text_model.embeddings.token_embedding.weight"],
} as const;

const openClip = { model: "clip", rules: OPENAI, anchors: ["visual.class_embedding", "token_embedding.weight"] } as const;

/** The layouts of CLIP. */
export const CLIP_TABLES: readonly KeyTable[] = [
  {
    ...huggingFace,
    layout: "rsdix",
    prefix: /(^|\.)_(student|teacher)\.$/,
    writes: { student: "_student.", teacher: "_teacher." },
  },
  { ...huggingFace, layout: "huggingface" },
  { ...openClip, layout: "openclip", ignored: ["attn_mask"] },
  { ...openClip, layout: "openai", ignored: ["input_resolution", "context_length", "vocab_size"] },
];
