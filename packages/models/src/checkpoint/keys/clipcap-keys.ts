import { GPT2_MASKS, gpt2Rules } from "./gpt2-keys";
import { below, type KeyRule, type KeyTable, same } from "./key-table";

/** A mapper's arrays: of the two-layer MLP, or of the transformer. */
const MAPPER = [
  ...["model.0.{p}", "model.2.{p}"],
  ...["linear.{p}", "prefix_const"],
  ...["norm1", "norm2", "attn.to_queries", "attn.to_keys_values", "attn.project", "mlp.fc1", "mlp.fc2"].map(
    (part) => `transformer.layers.{i}.${part}.{p}`,
  ),
].map((name) => `clip_project.${name}`);

const rules = (written: boolean): KeyRule[] => [...same(...MAPPER), ...below("gpt.", gpt2Rules(written))];

const common = {
  model: "clipcap",
  ignored: GPT2_MASKS.map((name) => `gpt.${name}`),
  anchors: ["clip_project.model.0.weight", "clip_project.prefix_const"],
} as const;

/**
 * The layouts of ClipCap: our own names are those of its authors, and RSDiX puts `_clipcap.` before them.
 *
 * @see https://github.com/rmokady/CLIP_prefix_caption/blob/main/train.py
 */
export const CLIPCAP_TABLES: readonly KeyTable[] = [
  {
    ...common,
    layout: "rsdix",
    rules: rules(true),
    prefix: /(^|\.)_clipcap\.$/,
    writes: { student: "_clipcap.", teacher: "_clipcap." },
  },
  { ...common, layout: "huggingface", rules: rules(false) },
];
