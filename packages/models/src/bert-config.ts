import type { Activation } from "@rsdix/backend";
import { checkOptions, checkRange, fail } from "@rsdix/internal";
import { checkTransformer, usualMlpWidth } from "./check-transformer";
import { HF_ACTIVATIONS } from "./hf-activations";

/** The sizes of a BERT encoder and what becomes of its hidden states; what is left out is all-MiniLM-L6-v2's. */
export interface SentenceBertConfig {
  /** Rows of the token table. Default 30,522, BERT's uncased WordPiece. */
  readonly vocabSize?: number;
  /** The most positions. Default 512. */
  readonly contextLength?: number;
  /** Rows of the token-type table. Default 2. */
  readonly typeVocabSize?: number;
  /** Width of the residual stream, and of an embedding. Default 384. */
  readonly width?: number;
  /** Blocks, at most 1,024. Default 6. */
  readonly layers?: number;
  /** Attention heads a block; must divide the width. Default 12. */
  readonly heads?: number;
  /** Width inside the MLP. Default four times the width. */
  readonly mlpWidth?: number;
  /** Of the MLP. Default "gelu", the exact one. */
  readonly activation?: Activation;
  /** Added to the variance in layer norms. Default 1e-12. */
  readonly layerNormEpsilon?: number;
  /** Standard deviation of fresh weights. Default 0.02. */
  readonly initializerRange?: number;
  /** Scale embeddings to length 1. Default true. */
  readonly normalize?: boolean;
}

/** A `SentenceBertConfig` with nothing left out. */
export type ResolvedSentenceBertConfig = Required<SentenceBertConfig>;

/**
 * sentence-transformers/all-MiniLM-L6-v2; its tokenizer cuts texts after 256 tokens.
 *
 * @see https://huggingface.co/sentence-transformers/all-MiniLM-L6-v2
 */
export const ALL_MINILM_L6_V2: SentenceBertConfig = { width: 384, layers: 6, heads: 12, mlpWidth: 1536, normalize: true };

/**
 * sentence-transformers/paraphrase-TinyBERT-L6-v2; its tokenizer cuts texts after 128 tokens, and its embeddings are of any length.
 *
 * @see https://huggingface.co/sentence-transformers/paraphrase-TinyBERT-L6-v2
 */
export const PARAPHRASE_TINYBERT_L6_V2: SentenceBertConfig = { width: 768, layers: 6, heads: 12, mlpWidth: 3072, normalize: false };

const ALL_MINILM = {
  vocabSize: 30522,
  contextLength: 512,
  typeVocabSize: 2,
  width: 384,
  layers: 6,
  heads: 12,
  activation: "gelu" as const,
  layerNormEpsilon: 1e-12,
  initializerRange: 0.02,
  normalize: true,
};

/** Fills in all-MiniLM-L6-v2's sizes and checks them. */
export function resolveSentenceBertConfig(config: SentenceBertConfig): ResolvedSentenceBertConfig {
  const given = checkOptions(config, [...Object.keys(ALL_MINILM), "mlpWidth"], "A Sentence-BERT configuration");
  const resolved = { ...ALL_MINILM, mlpWidth: usualMlpWidth(given.width ?? ALL_MINILM.width), ...given };
  for (const name of ["vocabSize", "contextLength", "typeVocabSize"] as const) checkRange(resolved[name], name, { min: 1, integer: true });
  checkTransformer(resolved);
  checkRange(resolved.initializerRange, "initializerRange", { min: 0 });
  if (typeof resolved.normalize !== "boolean") {
    fail("INVALID_ARGUMENT", `normalize must be true or false, got ${String(resolved.normalize)}.`);
  }
  return Object.freeze(resolved);
}

/**
 * The files, beside its weights, that let sentence-transformers load a Sentence-BERT.
 *
 * @param config The model's sizes.
 * @returns What to write as JSON, by file name.
 * @throws INVALID_ARGUMENT, UNKNOWN_OPTION when the configuration is wrong.
 * @example
 * ```ts
 * import { ALL_MINILM_L6_V2, toSentenceTransformersFiles } from "@rsdix/models";
 * console.log(Object.keys(toSentenceTransformersFiles(ALL_MINILM_L6_V2))); // [ 'config.json', 'modules.json', '1_Pooling/config.json' ]
 * ```
 *
 * @see https://sbert.net/docs/sentence_transformer/usage/custom_models.html
 */
export function toSentenceTransformersFiles(config: SentenceBertConfig): Record<string, unknown> {
  const resolved = resolveSentenceBertConfig(config);
  const steps = ["Transformer", "Pooling", ...(resolved.normalize ? ["Normalize"] : [])];
  const modules = steps.map((type, idx) => ({
    idx,
    name: String(idx),
    path: idx === 0 ? "" : `${idx}_${type}`,
    type: `sentence_transformers.models.${type}`,
  }));
  return {
    "config.json": {
      architectures: ["BertModel"],
      model_type: "bert",
      vocab_size: resolved.vocabSize,
      hidden_size: resolved.width,
      num_hidden_layers: resolved.layers,
      num_attention_heads: resolved.heads,
      intermediate_size: resolved.mlpWidth,
      hidden_act: HF_ACTIVATIONS[resolved.activation],
      max_position_embeddings: resolved.contextLength,
      type_vocab_size: resolved.typeVocabSize,
      layer_norm_eps: resolved.layerNormEpsilon,
      initializer_range: resolved.initializerRange,
      pad_token_id: 0,
    },
    "modules.json": modules,
    "1_Pooling/config.json": { word_embedding_dimension: resolved.width, pooling_mode_mean_tokens: true },
  };
}
