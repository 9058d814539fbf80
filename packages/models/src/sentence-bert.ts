/**
 * Sentence-BERT: a BERT encoder whose hidden states are averaged over each text's tokens.
 *
 * Reimers and Gurevych, "Sentence-BERT: Sentence Embeddings using Siamese BERT-Networks", arXiv 1908.10084; Devlin et al., "BERT", arXiv 1810.04805.
 * Reference: https://huggingface.co/docs/transformers/model_doc/bert ; weights are named as in Hugging Face's BertModel.
 */

import { embedding, l2Normalize } from "@rsdix/backend";
import { checkOptions, fail, show } from "@rsdix/internal";
import * as tf from "@tensorflow/tfjs-core";
import {
  type ResolvedSentenceBertConfig,
  resolveSentenceBertConfig,
  type SentenceBertConfig,
  toSentenceTransformersFiles,
} from "./bert-config";
import { checkDropout, type DropoutOptions, drop } from "./blocks/dropout";
import { normSpecs } from "./blocks/specs";
import { blockSpecs, TransformerBlock, type TransformerBlockConfig, throughBlocks } from "./blocks/transformer-block";
import { Weights } from "./blocks/weights";
import { requireTokenizer } from "./check-companions";
import type { CheckpointTensor } from "./checkpoint/checkpoint";
import { type EmbedOptions, embedAll } from "./embed";
import type { ModelSource } from "./files/load-files";
import type { ParameterSpec } from "./initialize";
import { Parameters } from "./parameters";
import { loadSentenceBert } from "./pretrained/load-text";
import type { ModelOrigin, PretrainedOptions } from "./pretrained/open-model";
import { type SaveOptions, type SaveTarget, saveModel } from "./pretrained/save-model";
import { type TokenRows, tableRows } from "./token-loss";
import type { BertTokenizer } from "./tokenizers/bert-tokenizer";
import { asSequences, embedTokens } from "./towers";
import type { Vocabulary } from "./vocabulary";

/** What an encoding takes beside the tokens. */
export interface SentenceBertOptions {
  /** A type for each id, row-major as they are: 0, the default, for a text's only or first sentence, 1 for its second. */
  readonly tokenTypes?: Int32Array;
  /** Dropout of input embeddings, attention weights and of what blocks add to the residual stream, while training. */
  readonly dropout?: DropoutOptions;
}

/** Sentence embeddings with the states on the way. The caller disposes all of them. */
export interface SentenceBertStates {
  /** Before the first block and after each, layers + 1 of them, shape `[texts, tokens, width]`, float32; what stands at padding means nothing. */
  readonly hidden: tf.Tensor3D[];
  /** The mean of the last hidden states of each text's tokens, shape `[texts, width]`, float32. */
  readonly pooled: tf.Tensor2D;
  /** The same, of length 1 where the model normalises, shape `[texts, width]`, float32. */
  readonly embeddings: tf.Tensor2D;
}

/**
 * A Sentence-BERT model. Works on any backend, trains on any backend.
 *
 * @example
 * ```ts
 * import "@tensorflow/tfjs";
 * import * as tf from "@tensorflow/tfjs-core";
 * import { padTokens, SentenceBert } from "@rsdix/models";
 * const bert = SentenceBert.fromConfig({ vocabSize: 20, contextLength: 8, width: 16, layers: 1, heads: 2 }, 1);
 * const embeddings = bert.encode(padTokens([[2, 5, 6, 3], [2, 7, 3]], 0)); // [2, 16], each of length 1
 * console.log(tf.matMul(embeddings, embeddings, false, true).shape); // [2, 2], cosine similarities
 * embeddings.dispose();
 * bert.dispose();
 * ```
 * @see arXiv 1908.10084
 */
export class SentenceBert {
  /** Compute each block again on the way back instead of keeping its inside: less memory a training step, for a second forward pass. */
  gradientCheckpointing = false;
  /** What makes ids of texts; from the model's files, undefined where they have none. It may be set. */
  tokenizer: BertTokenizer | undefined;
  /** Where the weights are from; undefined for a model that wasn't loaded from files. */
  origin: ModelOrigin | undefined;
  private readonly weights: Weights;
  private readonly blocks: readonly TransformerBlock[];

  private constructor(
    /** The shape of the model. */
    readonly config: ResolvedSentenceBertConfig,
    /** The weights under their checkpoint names. */
    readonly parameters: Parameters,
  ) {
    this.weights = new Weights(parameters, "");
    this.blocks = blockNames(config).map((name) => TransformerBlock.inside(blockConfig(config), parameters, name));
  }

  /**
   * A model with fresh weights, as Hugging Face initialises them.
   *
   * @param config Sizes; all-MiniLM-L6-v2's where left out. See `ALL_MINILM_L6_V2` and `PARAPHRASE_TINYBERT_L6_V2`.
   * @param seed A whole number; the same seed gives the same weights on every backend.
   * @param vocabulary Hold only these rows of the token table.
   * @returns The model, all weights trainable.
   * @throws INVALID_ARGUMENT, UNKNOWN_OPTION when the configuration is wrong.
   */
  static fromConfig(config: SentenceBertConfig, seed: number, vocabulary?: Vocabulary): SentenceBert {
    const resolved = resolveSentenceBertConfig(config);
    return new SentenceBert(resolved, Parameters.initialize(bertParameters(resolved), seed, vocabulary));
  }

  /**
   * A model with the weights of a file, and its tokenizer where that lies beside it.
   *
   * @param source An id of the Hugging Face hub, a path, a URL, or files that a user chose.
   * @param options Revision, cache, progress; `strict: false` for files that don't fit.
   * @returns The model, all weights trainable; `origin` says where it is from and what didn't fit.
   * @throws FILE_NOT_FOUND, OFFLINE, DOWNLOAD_FAILED, FILE_CORRUPT, FILE_TOO_LARGE for files that can't be had or read; CHECKPOINT_MISMATCH for
   *   those of another model; ABORTED; INVALID_ARGUMENT, UNKNOWN_OPTION.
   */
  static async fromPretrained(source: ModelSource, options: PretrainedOptions = {}): Promise<SentenceBert> {
    return loadSentenceBert(source, options, bertParameters, (config, parameters) => new SentenceBert(config, parameters));
  }

  /**
   * A model with the weights of a checkpoint in Hugging Face's names and layout. BERT's pooler, which embeddings of sentences don't use, is left
   * out.
   *
   * @param config Sizes; must be those of the checkpoint.
   * @param checkpoint Arrays by name, for example from `readSafetensors`.
   * @param vocabulary Hold only these rows of the token table.
   * @returns The model, all weights trainable.
   * @throws CHECKPOINT_MISMATCH naming every missing, unexpected and wrongly shaped array.
   */
  static fromCheckpoint(
    config: SentenceBertConfig,
    checkpoint: ReadonlyMap<string, CheckpointTensor>,
    vocabulary?: Vocabulary,
  ): SentenceBert {
    const resolved = resolveSentenceBertConfig(config);
    const ignore = [/^pooler\./, /\.position_ids$/, /\.token_type_ids$/]; // the last two are buffers that some versions of transformers saved
    const options = { ignore, ...(vocabulary && { vocabulary }) };
    return new SentenceBert(resolved, Parameters.fromCheckpoint(bertParameters(resolved), checkpoint, options));
  }

  /** The weights that are being trained, for an optimiser; each has the shape `[...spec.shape]`, float32. */
  get trainableVariables(): tf.Variable[] {
    return this.parameters.trainable().map(({ variable }) => variable);
  }

  /**
   * Texts to embeddings: the mean of the last hidden states over each text's tokens.
   *
   * @param tokens Token ids `[texts, tokens]`, with BERT's [CLS] and [SEP], and lengths where texts are padded: what is beyond them may be any id.
   * @param options Token types, and dropout while training.
   * @returns Embeddings, shape `[texts, width]`, float32; of length 1 where the model normalises.
   * @throws SHAPE_MISMATCH when sizes disagree; INVALID_ARGUMENT for more tokens than the context, an id or type that the model doesn't hold, or
   *   wrong options; EMPTY_DATA for a text without tokens; UNKNOWN_OPTION.
   */
  encode(tokens: TokenRows, options: SentenceBertOptions = {}): tf.Tensor2D {
    return tf.tidy(() => this.states(tokens, options).embeddings);
  }

  /**
   * Texts to embeddings, with the states on the way.
   *
   * @param tokens Token ids `[texts, tokens]`, and lengths where texts are padded.
   * @param options Token types, and dropout while training.
   * @returns Hidden states, their means and the embeddings; the caller disposes all of them.
   * @throws SHAPE_MISMATCH, INVALID_ARGUMENT, EMPTY_DATA, UNKNOWN_OPTION, as `encode` does.
   */
  states(tokens: TokenRows, options: SentenceBertOptions = {}): SentenceBertStates {
    checkOptions(options, ["tokenTypes", "dropout"], "SentenceBert.encode");
    const { tokenTypes, dropout } = options;
    checkDropout(dropout, ["attention", "residual", "embedding"], "SentenceBert.encode");
    const rows = tableRows(this.parameters.vocabulary!, tokens);
    const [batch, length] = tokens.shape;
    const lengths = tokens.lengths ?? new Int32Array(batch).fill(length);
    this.checkTexts(tokens, lengths, tokenTypes);
    return tf.tidy(() => {
      const mask = tf.tensor2d(maskOf(lengths, length), [batch, length]); // 1 for a text's tokens, 0 for padding
      const blockOptions = { keyMask: mask, ...(dropout && { dropout }) };
      const states = throughBlocks(this.blocks, this.embed(rows, tokens, options), batch, blockOptions, this.gradientCheckpointing);
      const hidden = asSequences(states, batch);
      const counted = tf.mul(hidden.at(-1)!, tf.reshape(mask, [batch, length, 1])); // [texts, tokens, width]
      const pooled = tf.div(tf.sum(counted, 1), tf.sum(mask, 1, true)) as tf.Tensor2D; // [texts, width]
      return { hidden, pooled, embeddings: this.config.normalize ? l2Normalize(pooled) : tf.clone(pooled) };
    });
  }

  /**
   * A copy with weights of its own.
   *
   * @param options `trainable` overrides the copied flags.
   * @returns The copy.
   * @throws INVALID_ARGUMENT, UNKNOWN_OPTION.
   */
  clone(options: { trainable?: boolean } = {}): SentenceBert {
    const copy = new SentenceBert(this.config, this.parameters.clone(options));
    copy.gradientCheckpointing = this.gradientCheckpointing;
    copy.tokenizer = this.tokenizer;
    copy.origin = this.origin;
    return copy;
  }

  /**
   * Embeddings of texts as plain numbers, in batches; they go through the model's tokenizer.
   *
   * @param texts The texts; longer ones than the tokenizer's context are cut.
   * @param options Batch size and progress.
   * @returns Embeddings, row-major `[n, width]`; of length 1 where the model normalises.
   * @throws INVALID_ARGUMENT when the model has no tokenizer, or for a token that it doesn't hold; ABORTED; UNKNOWN_OPTION.
   */
  async embedTexts(texts: readonly string[], options: EmbedOptions = {}): Promise<Float32Array> {
    const tokenizer = requireTokenizer(this.tokenizer);
    const contextLength = Math.min(tokenizer.contextLength, this.config.contextLength);
    return embedAll(texts, options, (batch) => this.encode(tokenizer.encodeBatch(batch, { contextLength, truncate: true })));
  }

  /**
   * Writes the model to a folder, as sentence-transformers reads it: weights, configuration, and tokenizer.
   * Await it before weights change: they are read while it is written. One program at a time may save to a folder.
   *
   * @param folder In Node a path or a URL (`file:`), made where there is none; in a browser a folder's handle.
   * @param options In how many bits the weights are kept, and how large a file may be.
   * @returns The names of the files.
   * @throws WRITE_FAILED; ABORTED; INVALID_ARGUMENT, UNKNOWN_OPTION.
   */
  save(folder: SaveTarget, options: SaveOptions = {}): Promise<string[]> {
    return saveModel(folder, this.parameters, toSentenceTransformersFiles(this.config), this.tokenizer, options);
  }

  /** Frees every weight. */
  dispose(): void {
    this.parameters.dispose();
  }

  /** The same as `dispose`, for `using`. */
  [Symbol.dispose](): void {
    this.dispose();
  }

  /** Words, positions and types, added and normalised: [texts · tokens, width]. */
  private embed(rows: Int32Array, { shape }: TokenRows, { tokenTypes, dropout }: SentenceBertOptions): tf.Tensor2D {
    const table = (name: string) => this.weights.matrix(`embeddings.${name}_embeddings.weight`);
    const placed = embedTokens(table("word"), table("position"), rows, shape);
    const types = embedding(table("token_type"), tf.tensor1d(tokenTypes ?? new Int32Array(rows.length), "int32")) as tf.Tensor2D;
    const normed = this.weights.norm(tf.add(placed, types) as tf.Tensor2D, "embeddings.LayerNorm", this.config.layerNormEpsilon);
    return drop(normed, dropout, "embedding", "embeddings");
  }

  private checkTexts({ ids, shape: [, length] }: TokenRows, lengths: Int32Array, tokenTypes: Int32Array | undefined): void {
    const { contextLength, typeVocabSize } = this.config;
    if (length > contextLength) fail("INVALID_ARGUMENT", `This BERT takes ${contextLength} tokens, got ${length}. Shorten the texts.`);
    const empty = lengths.findIndex((tokens) => tokens < 1);
    if (empty >= 0) fail("EMPTY_DATA", `Text ${empty} has no tokens; there is nothing to average. [CLS] and [SEP] count.`);
    if (tokenTypes !== undefined && !(tokenTypes instanceof Int32Array)) {
      fail("INVALID_ARGUMENT", `tokenTypes must be an Int32Array with a type for each id, got ${show(tokenTypes)}.`);
    }
    if (tokenTypes && tokenTypes.length !== ids.length) {
      fail("SHAPE_MISMATCH", `There must be a token type for each of the ${ids.length} ids, got ${tokenTypes.length}.`);
    }
    const wrong = tokenTypes?.find((type) => type < 0 || type >= typeVocabSize);
    if (wrong !== undefined) fail("INVALID_ARGUMENT", `Token types are from 0 to ${typeVocabSize - 1}, got ${wrong}.`);
  }
}

function maskOf(lengths: Int32Array, length: number): Float32Array {
  const mask = new Float32Array(lengths.length * length);
  for (const [text, tokens] of lengths.entries()) mask.fill(1, text * length, text * length + tokens);
  return mask;
}

function blockNames({ layers }: ResolvedSentenceBertConfig): string[] {
  return Array.from({ length: layers }, (_, i) => `encoder.layer.${i}.`);
}

function blockConfig({ width, heads, mlpWidth, activation, layerNormEpsilon }: ResolvedSentenceBertConfig): TransformerBlockConfig {
  return { width, heads, mlpWidth, activation, layerNormEpsilon, norm: "post", names: "bert" };
}

/** Every weight of the model, in the checkpoint's order. */
export function bertParameters(config: ResolvedSentenceBertConfig): ParameterSpec[] {
  const { vocabSize, contextLength, typeVocabSize, width, initializerRange } = config;
  const init = { normal: initializerRange };
  const table = (name: string, rows: number) => ({ name: `embeddings.${name}_embeddings.weight`, shape: [rows, width], init });
  return [
    { ...table("word", vocabSize), vocabulary: true },
    table("position", contextLength),
    table("token_type", typeVocabSize),
    ...normSpecs("embeddings.LayerNorm", width),
    ...blockNames(config).flatMap((name) => blockSpecs(blockConfig(config), name, { inputs: init, out: init, fc1: init, fc2: init })),
  ];
}
