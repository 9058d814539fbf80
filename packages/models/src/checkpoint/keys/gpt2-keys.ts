import { type KeyRule, type KeyTable, renamed, same } from "./key-table";

const ARRAYS = [
  "wte.weight",
  "wpe.weight",
  ...["ln_1", "attn.c_attn", "attn.c_proj", "ln_2", "mlp.c_fc", "mlp.c_proj"].map((part) => `h.{i}.${part}.{p}`),
  "ln_f.{p}",
];

/** GPT2LMHeadModel's arrays; `written` says whether the output matrix, which is the token table, is written a second time. */
export function gpt2Rules(written: boolean): KeyRule[] {
  const head = { op: "tied", ours: "transformer.wte.weight", theirs: "lm_head.weight", written } as const;
  return [...same(...ARRAYS.map((name) => `transformer.${name}`)), head];
}

/** Causal masks, which transformers kept among the arrays until 4.31. */
export const GPT2_MASKS = ["transformer.h.{i}.attn.bias", "transformer.h.{i}.attn.masked_bias"];

/** The layouts of GPT-2; bare is GPT2Model's, which OpenAI's own checkpoints on the hub have. */
export const GPT2_TABLES: readonly KeyTable[] = [
  { model: "gpt2", layout: "huggingface", rules: gpt2Rules(false), ignored: GPT2_MASKS, anchors: ["transformer.wte.weight"] },
  {
    model: "gpt2",
    layout: "bare",
    rules: [
      ...renamed(...ARRAYS.map((name) => [`transformer.${name}`, name] as const)),
      { op: "tied", ours: "transformer.wte.weight", theirs: "lm_head.weight", written: false },
    ],
    ignored: ["h.{i}.attn.bias", "h.{i}.attn.masked_bias"],
    anchors: ["wte.weight"],
  },
];
