/**
 * GPT-2: a decoder of pre-norm blocks whose output matrix is its token table.
 *
 * Radford et al., "Language Models are Unsupervised Multitask Learners", 2019.
 * References: https://github.com/openai/gpt-2/blob/master/src/model.py ; weights are named as in Hugging Face's GPT2LMHeadModel.
 */

import { embedding, type LinearOptions, layerNorm, linear, recomputed, TransposedWeight } from "@rsdix/backend";
import { checkOptions, fail } from "@rsdix/internal";
import * as tf from "@tensorflow/tfjs-core";
import { attend } from "./blocks/attend";
import { type DropoutOptions, drop } from "./blocks/dropout";
import type { CheckpointTensor } from "./checkpoint/checkpoint";
import type { ModelSource } from "./files/load-files";
import { type Gpt2Config, type ResolvedGpt2Config, resolveGpt2Config, toHuggingFaceGpt2Config } from "./gpt2-config";
import { Gpt2Decoding } from "./gpt2-decoding";
import { checkForward, type Gpt2ForwardOptions, type Gpt2LossOptions, type Gpt2States } from "./gpt2-forward";
import { canonicalGpt2, gpt2Parameters } from "./gpt2-parameters";
import { Parameters } from "./parameters";
import { type Gpt2PretrainedOptions, loadGpt2 } from "./pretrained/load-text";
import type { ModelOrigin } from "./pretrained/open-model";
import { type SaveOptions, type SaveTarget, saveModel } from "./pretrained/save-model";
import { checkTextBatch, type TokenBatch } from "./token-batch";
import { predictionLoss, type TokenRows, tableRows } from "./token-loss";
import type { Gpt2Tokenizer } from "./tokenizers/gpt2-tokenizer";
import { asSequences } from "./towers";
import type { Vocabulary } from "./vocabulary";

/**
 * A GPT-2 language model.
 * @see Radford et al., "Language Models are Unsupervised Multitask Learners", 2019, section 2.3
 * @example
 * ```ts
 * import "@tensorflow/tfjs";
 * import { Gpt2, padTokens } from "@rsdix/models";
 *
 * const gpt2 = Gpt2.fromConfig({ vocabSize: 20, contextLength: 8, width: 16, layers: 1, heads: 2 }, 1);
 * const loss = gpt2.loss(padTokens([[1, 2, 3], [4, 5]], 0));
 * console.log(loss.dataSync()[0]! < 4); // true: about ln 20 before training
 * loss.dispose();
 * gpt2.dispose();
 * ```
 */
export class Gpt2 {
  /** Compute each block again on the way back instead of keeping its inside: less memory a training step, for a second forward pass. */
  gradientCheckpointing = false;
  /** What makes ids of texts; from the model's files, undefined where they have none. It may be set. */
  tokenizer: Gpt2Tokenizer | undefined;
  /** Where the weights are from; undefined for a model that wasn't loaded from files. */
  origin: ModelOrigin | undefined;
  /** Embeddings of texts of different lengths: the shorter ones' ends are no text, which only a loss knows. */
  private readonly padded = new WeakSet<tf.Tensor>();

  private constructor(
    /** The sizes. */
    readonly config: ResolvedGpt2Config,
    /** The weights, shared with the model around this one when there is one. */
    readonly parameters: Parameters,
    private readonly prefix: string,
  ) {}

  /**
   * A model with fresh weights, as Hugging Face initialises them.
   *
   * @param config Sizes; GPT-2 small's where left out.
   * @param seed A whole number; the same seed gives the same weights on every backend.
   * @param vocabulary Hold only these rows of the token table, and predict only these tokens.
   * @returns The model, all weights trainable.
   * @throws INVALID_ARGUMENT, UNKNOWN_OPTION when the configuration is wrong.
   */
  static fromConfig(config: Gpt2Config, seed: number, vocabulary?: Vocabulary): Gpt2 {
    const resolved = resolveGpt2Config(config);
    return new Gpt2(resolved, Parameters.initialize(gpt2Parameters(resolved), seed, vocabulary), "");
  }

  /**
   * A model with the weights of a file, and its tokenizer where that lies beside it.
   *
   * @param source An id of the Hugging Face hub, a path, a URL, or files that a user chose.
   * @param options Revision, cache, progress; `strict: false` for files that don't fit; `config`, the sizes of a checkpoint that is alone.
   * @returns The model, all weights trainable; `origin` says where it is from and what didn't fit.
   * @throws FILE_NOT_FOUND, OFFLINE, DOWNLOAD_FAILED, FILE_CORRUPT, FILE_TOO_LARGE for files that can't be had or read; CHECKPOINT_MISMATCH for
   *   those of another model; ABORTED; INVALID_ARGUMENT, UNKNOWN_OPTION.
   */
  static async fromPretrained(source: ModelSource, options: Gpt2PretrainedOptions = {}): Promise<Gpt2> {
    return loadGpt2(source, options, (config, parameters) => new Gpt2(config, parameters, ""));
  }

  /**
   * A model with the weights of a checkpoint in Hugging Face's names, with or without `transformer.` before them.
   *
   * @param config Sizes; must be those of the checkpoint.
   * @param checkpoint Arrays by name, for example from `readSafetensors`.
   * @param vocabulary Hold only these rows of the token table, and predict only these tokens.
   * @returns The model, all weights trainable.
   * @throws CHECKPOINT_MISMATCH naming every missing, unexpected and wrongly shaped array.
   */
  static fromCheckpoint(config: Gpt2Config, checkpoint: ReadonlyMap<string, CheckpointTensor>, vocabulary?: Vocabulary): Gpt2 {
    const resolved = resolveGpt2Config(config);
    const arrays = canonicalGpt2(checkpoint);
    return new Gpt2(
      resolved,
      Parameters.fromCheckpoint(gpt2Parameters(resolved), arrays, vocabulary === undefined ? {} : { vocabulary }),
      "",
    );
  }

  /**
   * The GPT-2 inside a larger model, which owns the weights.
   *
   * @param config Sizes.
   * @param parameters The larger model's weights.
   * @param prefix What stands before GPT-2's names among them, for example `"gpt."`.
   * @returns The model; it shares the weights.
   */
  static inside(config: ResolvedGpt2Config, parameters: Parameters, prefix: string): Gpt2 {
    return new Gpt2(config, parameters, prefix);
  }

  /** The tokens that the model holds, reads and predicts. */
  get vocabulary(): Vocabulary {
    return this.parameters.vocabulary!;
  }

  /**
   * Token ids to input embeddings, positions not yet added.
   *
   * @param tokens Token ids [batch, positions], and lengths when rows are padded: what is beyond them may be any id.
   * @returns Embeddings, shape `[batch, positions, width]`, float32.
   * @throws INVALID_ARGUMENT for an id that the model doesn't hold, SHAPE_MISMATCH when ids and shape disagree.
   */
  embed(tokens: TokenRows): tf.Tensor3D {
    const rows = tableRows(this.vocabulary, tokens);
    const x = tf.tidy(() => embedding(this.matrix("wte.weight"), tf.tensor2d(rows, [...tokens.shape], "int32")) as tf.Tensor3D);
    if (tokens.lengths?.some((length) => length < tokens.shape[1])) this.padded.add(x);
    return x;
  }

  /** The weights that are being trained, for an optimiser; each has the shape `[...spec.shape]`, float32. */
  get trainableVariables(): tf.Variable[] {
    return this.parameters.trainable().map(({ variable }) => variable);
  }

  /**
   * Input embeddings to the last hidden states.
   *
   * @param x Input embeddings, shape `[batch, positions, width]`, float32.
   * @param options A mask of the keys, a cache of earlier positions, dropout.
   * @returns Hidden states after the last norm, shape `[batch, positions, width]`, float32.
   * @throws SHAPE_MISMATCH; INVALID_ARGUMENT when x isn't float32, there are more positions than the context, or for dropout with a cache;
   *   UNKNOWN_OPTION.
   */
  forward(x: tf.Tensor3D, options: Gpt2ForwardOptions = {}): tf.Tensor3D {
    return tf.tidy(() => this.states(x, options).last);
  }

  /**
   * Input embeddings to the hidden states of every layer.
   *
   * @param x Input embeddings, shape `[batch, positions, width]`, float32.
   * @param options A mask of the keys, a cache of earlier positions, dropout.
   * @returns The states between blocks and after the last norm; the caller disposes all of them.
   * @throws SHAPE_MISMATCH, INVALID_ARGUMENT, UNKNOWN_OPTION, as `forward` does.
   */
  states(x: tf.Tensor3D, options: Gpt2ForwardOptions = {}): Gpt2States {
    checkForward(x, options, this.config);
    const { width, layers } = this.config;
    const { cache, dropout } = options;
    const [batch, length] = x.shape;
    const start = cache?.length ?? 0;
    return tf.tidy(() => {
      const positions = embedding(this.matrix("wpe.weight"), tf.range(start, start + length, 1, "int32")); // [positions, width]
      const placed = tf.reshape(tf.add(x, positions), [batch * length, width]) as tf.Tensor2D; // [batch · positions, width]
      const states = [drop(placed, dropout, "embedding", `${this.prefix}embeddings`)];
      for (let layer = 0; layer < layers; layer++) states.push(this.checkpointed(states.at(-1)!, batch, layer, options));
      const last = tf.reshape(this.norm(states.at(-1)!, "ln_f"), [batch, length, width]) as tf.Tensor3D;
      return { hidden: asSequences(states, batch), last };
    });
  }

  /**
   * Hidden states to scores of the next token; the matrix is the token table (a tied head).
   *
   * @param hidden Hidden states, shape `[n, width]`, float32.
   * @returns Logits, shape `[n, vocabulary.length]`, float32; column r is the token `vocabulary.idsOf([r])`.
   * @throws SHAPE_MISMATCH for states that are not `[n, width]`.
   */
  logits(hidden: tf.Tensor2D): tf.Tensor2D {
    return linear(hidden, this.matrix("wte.weight"), undefined, { transposed: true });
  }

  /**
   * Language modelling: the mean cross-entropy of every token but each text's first, given those before it.
   *
   * @param tokens Token ids [batch, positions] and lengths; padding is left out by length, whatever its id.
   * @param options Dropout.
   * @returns A scalar, shape `[]`, float32, in nats.
   * @throws INVALID_ARGUMENT for an id that the model doesn't hold or wrong dropout, EMPTY_DATA when no text has a second token, UNKNOWN_OPTION.
   */
  loss(tokens: TokenBatch, options: Gpt2LossOptions = {}): tf.Scalar {
    checkOptions(options, ["dropout"], "Gpt2.loss");
    checkTextBatch(tokens, "Gpt2.loss");
    return tf.tidy(() => predictionLoss(this, this.forward(this.embed(tokens), options), tokens, -1));
  }

  /**
   * Starts decoding after a prompt, with a cache.
   *
   * @param prompt Input embeddings, shape `[rows, positions, width]`, float32; every row is as long as the others. It stays the caller's.
   * @returns The state, for `greedy`, `beamSearch` or `nucleus`; the caller disposes it.
   * @throws SHAPE_MISMATCH; INVALID_ARGUMENT when there are more positions than the context, or for the embeddings of texts that were padded to
   *   one length.
   */
  decode(prompt: tf.Tensor3D): Gpt2Decoding {
    const padded =
      "Gpt2.decode: these texts were padded to one length, which they would go on from. Decode texts of the same length together.";
    if (this.padded.has(prompt)) fail("INVALID_ARGUMENT", padded);
    return new Gpt2Decoding(this, new TransposedWeight(this.matrix("wte.weight")), prompt);
  }

  /**
   * A copy with weights of its own, for an EMA teacher.
   *
   * @param options `trainable` overrides the copied flags.
   * @returns The copy, of a GPT-2 inside a larger model too: with all of that one's weights, to be disposed by itself.
   * @throws INVALID_ARGUMENT, UNKNOWN_OPTION for wrong options.
   */
  clone(options: { trainable?: boolean } = {}): Gpt2 {
    const copy = new Gpt2(this.config, this.parameters.clone(options), this.prefix);
    copy.gradientCheckpointing = this.gradientCheckpointing;
    copy.tokenizer = this.tokenizer;
    copy.origin = this.origin;
    return copy;
  }

  /**
   * Writes the model to a folder, as transformers reads it: weights, configuration, and tokenizer.
   * Await it before weights change: they are read while it is written. One program at a time may save to a folder.
   *
   * @param folder In Node a path or a URL (`file:`), made where there is none; in a browser a folder's handle.
   * @param options In how many bits the weights are kept, and how large a file may be.
   * @returns The names of the files.
   * @throws WRITE_FAILED; ABORTED; INVALID_ARGUMENT, UNKNOWN_OPTION.
   */
  save(folder: SaveTarget, options: SaveOptions = {}): Promise<string[]> {
    return saveModel(folder, this.parameters, { "config.json": toHuggingFaceGpt2Config(this.config) }, this.tokenizer, options);
  }

  /** Frees the weights. */
  dispose(): void {
    this.parameters.dispose();
  }

  /** The same as `dispose`, for `using`. */
  [Symbol.dispose](): void {
    this.dispose();
  }

  /** A block; its inside is kept for the way back, or computed again there. */
  private checkpointed(x: tf.Tensor2D, batch: number, layer: number, options: Gpt2ForwardOptions): tf.Tensor2D {
    if (!this.gradientCheckpointing || options.cache) return tf.tidy(() => this.block(x, batch, layer, options));
    const { keyMask, ...rest } = options;
    const block = (h: tf.Tensor2D, mask?: tf.Tensor) =>
      this.block(h, batch, layer, { ...rest, ...(mask && { keyMask: mask as tf.Tensor2D }) });
    return recomputed(block, x, this.parameters.trainableBelow(`${this.prefix}transformer.h.${layer}.`), keyMask ? [keyMask] : []);
  }

  private block(x: tf.Tensor2D, batch: number, layer: number, { keyMask, cache, dropout }: Gpt2ForwardOptions): tf.Tensor2D {
    const name = `h.${layer}`;
    const options = { batch, heads: this.config.heads, ...(keyMask && { keyMask }) };
    const qkv = this.dense(this.norm(x, `${name}.ln_1`), `${name}.attn.c_attn`); // [batch · positions, 3 · width]
    const place = `${this.prefix}${name}.attn.`;
    const mixed = cache ? cache.attend(layer, qkv, options) : attend(qkv, { ...options, causal: true, place, ...(dropout && { dropout }) });
    const attended = this.added(x, mixed, `${name}.attn.c_proj`, dropout); // [batch · positions, width]
    const hidden = this.dense(this.norm(attended, `${name}.ln_2`), `${name}.mlp.c_fc`, { activation: "geluTanh" });
    return this.added(attended, hidden, `${name}.mlp.c_proj`, dropout);
  }

  /** What a layer adds to the residual stream: in the same operation, unless some of it is dropped. */
  private added(residual: tf.Tensor2D, h: tf.Tensor2D, name: string, dropout: DropoutOptions | undefined): tf.Tensor2D {
    if (!dropout?.residual) return this.dense(h, name, { residual });
    return tf.add(residual, drop(this.dense(h, name), dropout, "residual", this.prefix + name));
  }

  private norm(h: tf.Tensor2D, name: string): tf.Tensor2D {
    return layerNorm(h, this.vector(`${name}.weight`), this.vector(`${name}.bias`), this.config.layerNormEpsilon);
  }

  private dense(h: tf.Tensor2D, name: string, options: LinearOptions = {}): tf.Tensor2D {
    return linear(h, this.matrix(`${name}.weight`), this.vector(`${name}.bias`), options);
  }

  private matrix(name: string): tf.Tensor2D {
    return this.parameters.get(`${this.prefix}transformer.${name}`) as tf.Tensor as tf.Tensor2D;
  }

  private vector(name: string): tf.Tensor1D {
    return this.parameters.get(`${this.prefix}transformer.${name}`) as tf.Tensor as tf.Tensor1D;
  }
}
