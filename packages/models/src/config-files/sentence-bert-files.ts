import { checkOptions, fail } from "@rsdix/internal";
import * as z from "zod/mini";
import { resolveSentenceBertConfig, type SentenceBertConfig } from "../bert-config";
import { refitted } from "./refit";
import { activationOf, epsilon, LIMITS, parseConfig, requireModelType, requireValues, whole } from "./schema";

const BERT = z.object({
  vocab_size: whole(LIMITS.vocabulary, 30522),
  hidden_size: whole(LIMITS.width, 768),
  num_hidden_layers: whole(LIMITS.layers, 12),
  num_attention_heads: whole(LIMITS.width, 12),
  intermediate_size: whole(LIMITS.width, 3072),
  hidden_act: z._default(z.string(), "gelu"),
  max_position_embeddings: whole(LIMITS.context, 512),
  type_vocab_size: whole(LIMITS.vocabulary, 2),
  layer_norm_eps: epsilon(1e-12),
  initializer_range: epsilon(0.02),
  position_embedding_type: z.nullish(z.string()),
  is_decoder: z.optional(z.boolean()),
});

const MODULES = z.array(z.object({ type: z.string(), path: z.string() })).check(z.maxLength(16));
const POOLING = z.object({ word_embedding_dimension: z.optional(z.int()), pooling_mode: z.optional(z.string()) });
const LIMIT = z.object({
  max_seq_length: z.nullish(z.int().check(z.gte(1), z.lte(LIMITS.context))),
  do_lower_case: z.optional(z.boolean()),
});

/** The files that describe a Sentence-BERT, parsed. */
export interface SentenceBertFiles {
  /** `config.json`, of the BERT itself. */
  readonly config: unknown;
  /** `modules.json`, what follows the BERT; without it a plain BERT, whose states are averaged and not scaled. */
  readonly modules?: unknown;
  /** `1_Pooling/config.json`: in the folder that `modules.json` names. */
  readonly pooling?: unknown;
  /** `sentence_bert_config.json`, the longest text. */
  readonly sentenceBert?: unknown;
}

/** What the files say. */
export interface SentenceBertDescription {
  /** The model's sizes. */
  readonly config: SentenceBertConfig;
  /** Where the tokenizer cuts texts, in tokens, the first and last special ones included. */
  readonly maxTokens: number;
}

/**
 * A Sentence-BERT's sizes, pooling and longest text from the files of sentence-transformers.
 *
 * @param files The files' contents, parsed: nothing in them is trusted.
 * @returns The configuration, and where texts are cut.
 * @throws FILE_CORRUPT naming a field that is missing or wrong; CHECKPOINT_MISMATCH for another type of model, modules other than a
 * transformer, mean pooling and normalisation in this order, or an activation that isn't known.
 *
 * @example
 * ```ts
 * import { sentenceBertConfigFrom } from "@rsdix/models";
 *
 * const { config, maxTokens } = sentenceBertConfigFrom({
 *   config: { model_type: "bert", hidden_size: 384, num_hidden_layers: 6, intermediate_size: 1536 },
 *   modules: [
 *     { idx: 0, name: "0", path: "", type: "sentence_transformers.models.Transformer" },
 *     { idx: 1, name: "1", path: "1_Pooling", type: "sentence_transformers.models.Pooling" },
 *     { idx: 2, name: "2", path: "2_Normalize", type: "sentence_transformers.models.Normalize" },
 *   ],
 *   pooling: { word_embedding_dimension: 384, pooling_mode_mean_tokens: true },
 *   sentenceBert: { max_seq_length: 256, do_lower_case: false },
 * });
 * console.log(config.normalize, maxTokens); // true 256
 * ```
 *
 * @see https://sbert.net/docs/sentence_transformer/usage/custom_models.html
 */
export function sentenceBertConfigFrom(files: SentenceBertFiles): SentenceBertDescription {
  const what = "A BERT's config.json";
  checkOptions(files, ["config", "modules", "pooling", "sentenceBert"], "sentenceBertConfigFrom");
  if (files === undefined) fail("INVALID_ARGUMENT", "sentenceBertConfigFrom needs { config }, the parsed config.json.");
  requireModelType(files.config, "bert", what);
  const bert = parseConfig(BERT, files.config, what);
  requireValues(
    { ...bert, position_embedding_type: bert.position_embedding_type ?? "absolute" },
    { position_embedding_type: "absolute", is_decoder: false },
    what,
  );
  const kinds = files.modules === undefined ? ["Transformer", "Pooling"] : sentenceModules(files.modules).map(({ type }) => type);
  if (files.pooling !== undefined) checkPooling(files.pooling, bert.hidden_size);
  else if (files.modules !== undefined) fail("FILE_CORRUPT", "modules.json has a pooling, but the config.json of its folder wasn't given.");
  const limit = parseConfig(LIMIT, files.sentenceBert ?? {}, "sentence_bert_config.json");
  requireValues(limit, { do_lower_case: false }, "sentence_bert_config.json");
  const maxTokens = limit.max_seq_length ?? bert.max_position_embeddings;
  if (maxTokens > bert.max_position_embeddings) {
    fail(
      "FILE_CORRUPT",
      `sentence_bert_config.json allows ${maxTokens} tokens, but the model has ${bert.max_position_embeddings} positions.`,
    );
  }
  const config = refitted(what, resolveSentenceBertConfig, {
    vocabSize: bert.vocab_size,
    contextLength: bert.max_position_embeddings,
    typeVocabSize: bert.type_vocab_size,
    width: bert.hidden_size,
    layers: bert.num_hidden_layers,
    heads: bert.num_attention_heads,
    mlpWidth: bert.intermediate_size,
    activation: activationOf(bert.hidden_act, what),
    layerNormEpsilon: bert.layer_norm_eps,
    initializerRange: bert.initializer_range,
    normalize: kinds.at(-1) === "Normalize",
  });
  return { config, maxTokens };
}

/** A step of a sentence-transformers model. */
export interface SentenceModule {
  /** What it does. */
  readonly type: "Transformer" | "Pooling" | "Normalize";
  /** The folder of its files below the model's, `""` for that itself. */
  readonly path: string;
}

/**
 * The steps of a sentence-transformers model, from its `modules.json`: which folders hold files of its own.
 *
 * @param json The file's content, parsed: nothing in it is trusted.
 * @returns The transformer, the pooling, and normalisation where there is one.
 * @throws FILE_CORRUPT when it is no list of modules, or a path leaves the model's folder; CHECKPOINT_MISMATCH for other modules.
 *
 * @example
 * ```ts
 * import { sentenceModules } from "@rsdix/models";
 *
 * const [, pooling] = sentenceModules([
 *   { idx: 0, name: "0", path: "", type: "sentence_transformers.models.Transformer" },
 *   { idx: 1, name: "1", path: "1_Pooling", type: "sentence_transformers.models.Pooling" },
 * ]);
 * console.log(pooling?.path); // 1_Pooling
 * ```
 *
 * @see https://sbert.net/docs/sentence_transformer/usage/custom_models.html
 */
export function sentenceModules(json: unknown): SentenceModule[] {
  const modules = parseConfig(MODULES, json, "modules.json");
  for (const { path } of modules) {
    if (!/^(\w[\w.-]{0,99})?$/.test(path)) {
      fail("FILE_CORRUPT", `modules.json has the path ${JSON.stringify(path.slice(0, 100))}, which is no folder of the model's.`);
    }
  }
  const kinds = modules.map(({ type }) => type.slice(type.lastIndexOf(".") + 1));
  const shown = kinds.map((kind) => kind.slice(0, 100)).join(", ");
  if (!/^Transformer,Pooling(,Normalize)?$/.test(kinds.join())) {
    fail(
      "CHECKPOINT_MISMATCH",
      `modules.json has ${shown || "no modules"}. Only Transformer, Pooling and then, if at all, Normalize are supported here.`,
    );
  }
  return modules.map(({ path }, i) => ({ type: kinds[i] as SentenceModule["type"], path }));
}

/** Throws unless the states are averaged; files name what they do by flags, newer ones by one name. */
function checkPooling(json: unknown, width: number): void {
  const what = "The pooling's config.json";
  const { word_embedding_dimension: size = width, pooling_mode: mode } = parseConfig(POOLING, json, what);
  requireValues({ word_embedding_dimension: size }, { word_embedding_dimension: width }, what);
  const flags = Object.entries(json as Record<string, unknown>).filter(
    ([name, value]) => name.startsWith("pooling_mode_") && value !== false,
  );
  const names = mode === undefined ? flags.map(([name]) => name.slice("pooling_mode_".length).replace(/_tokens$/, "")) : [mode];
  if (names.join() !== "mean") {
    fail("CHECKPOINT_MISMATCH", `${what} pools by ${names.join(", ").slice(0, 200) || "nothing"}. Only "mean" is supported here.`);
  }
}
