import { type KeyRule, type KeyTable, renamed, same } from "./key-table";

const LAYER = "encoder.layer.{i}";
const NORMS = ["embeddings.LayerNorm", `${LAYER}.attention.output.LayerNorm`, `${LAYER}.output.LayerNorm`];
const OTHERS = [
  ...["word", "position", "token_type"].map((kind) => `embeddings.${kind}_embeddings.weight`),
  ...[
    "attention.self.query",
    "attention.self.key",
    "attention.self.value",
    "attention.output.dense",
    "intermediate.dense",
    "output.dense",
  ].map((part) => `${LAYER}.${part}.{p}`),
];

const common = {
  model: "bert",
  // Sentence-BERT averages the last layer: the pooler and the counters of positions and segments have no use.
  ignored: ["embeddings.position_ids", "embeddings.token_type_ids", "pooler.dense.{p}"],
  anchors: ["embeddings.word_embeddings.weight"],
} as const;

const OLD_NORMS: readonly KeyRule[] = renamed(
  ...NORMS.flatMap((name) => [[`${name}.weight`, `${name}.gamma`] as const, [`${name}.bias`, `${name}.beta`] as const]),
);

/** The layouts of BERT. What stands before all of them (`bert.`, `0.auto_model.`) is a prefix, which is found. */
export const BERT_TABLES: readonly KeyTable[] = [
  { ...common, layout: "huggingface", rules: same(...OTHERS, ...NORMS.map((name) => `${name}.{p}`)) },
  { ...common, layout: "gamma", rules: [...same(...OTHERS), ...OLD_NORMS] },
];
