/**
 * ClipCap: an image embedding becomes a few GPT-2 input embeddings, and GPT-2 goes on from there.
 *
 * Mokady et al., "ClipCap: CLIP Prefix for Image Captioning", arXiv 2111.09734.
 * Weights are named as in RSDiX's published checkpoints, below `_clipcap.`.
 */
import { l2Normalize } from "@rsdix/backend";
import { checkOptions, checkRank, fail, showShape } from "@rsdix/internal";
import * as tf from "@tensorflow/tfjs-core";
import {
  type CaptionOptions,
  type CaptionTokenizer,
  captionAll,
  captionNBest,
  type NBestOptions,
  type PartialCaption,
  type ScoredCaption,
  streamCaptions,
} from "./caption";
import type { CheckpointTensor } from "./checkpoint/checkpoint";
import { type ClipCapConfig, type ResolvedClipCapConfig, resolveClipCapConfig } from "./clipcap-config";
import { mapPrefix, mapperParameters } from "./clipcap-mapper";
import { Gpt2, type Gpt2LossOptions } from "./gpt2";
import { canonicalGpt2, gpt2Parameters } from "./gpt2-parameters";
import type { ParameterSpec } from "./initialize";
import { Parameters } from "./parameters";
import type { TokenBatch } from "./token-batch";
import { predictionLoss } from "./token-loss";
import type { Vocabulary } from "./vocabulary";

/**
 * A captioner over the embeddings of a frozen image tower.
 *
 * @example
 * ```ts
 * import "@tensorflow/tfjs";
 * import * as tf from "@tensorflow/tfjs-core";
 * import { ClipCap, Gpt2Tokenizer } from "@rsdix/models";
 *
 * const tokenizer = Gpt2Tokenizer.fromBpe({ merges: [] }); // a toy of single bytes
 * const gpt2 = { vocabSize: tokenizer.vocabSize, contextLength: 24, width: 16, layers: 1, heads: 2 };
 * const clipcap = ClipCap.fromConfig({ prefixSize: 8, prefixLength: 4, gpt2 }, 1);
 * const embeddings = tf.randomNormal([2, 8]) as tf.Tensor2D;
 * const loss = clipcap.loss(embeddings, tokenizer.encodeBatch(["a sea.", "a forest."]));
 * const captions = await clipcap.caption(embeddings, tokenizer, { beams: 3, maxTokens: 10 });
 * console.log(loss.dataSync()[0]! > 0, captions.length); // true 2
 * tf.dispose([embeddings, loss]);
 * clipcap.dispose();
 * ```
 *
 * @see https://arxiv.org/abs/2111.09734
 */
export class ClipCap {
  /** The decoder; its weights are part of `parameters`. */
  readonly gpt2: Gpt2;

  private constructor(
    /** The sizes. */
    readonly config: ResolvedClipCapConfig,
    /** All weights: the mapper's below `clip_project.`, GPT-2's below `gpt.`. */
    readonly parameters: Parameters,
  ) {
    this.gpt2 = Gpt2.inside(config.gpt2, parameters, "gpt.");
  }

  /** Compute GPT-2's blocks again on the way back instead of keeping their inside: less memory a training step, for a second forward pass. */
  get gradientCheckpointing(): boolean {
    return this.gpt2.gradientCheckpointing;
  }

  set gradientCheckpointing(value: boolean) {
    this.gpt2.gradientCheckpointing = value;
  }

  /**
   * A captioner with fresh weights.
   *
   * @param config Sizes.
   * @param seed A whole number; the same seed gives the same weights on every backend.
   * @param vocabulary Hold only these rows of GPT-2's token table, and predict only these tokens.
   * @returns The model, all weights trainable; `parameters.setTrainable(/^gpt\./, false)` trains the mapper alone.
   * @throws INVALID_ARGUMENT, UNKNOWN_OPTION when the configuration is wrong.
   */
  static fromConfig(config: ClipCapConfig, seed: number, vocabulary?: Vocabulary): ClipCap {
    const resolved = resolveClipCapConfig(config);
    return new ClipCap(resolved, Parameters.initialize(clipCapParameters(resolved), seed, vocabulary));
  }

  /**
   * A captioner with the weights of a checkpoint.
   *
   * @param config Sizes; must be those of the checkpoint.
   * @param checkpoint Arrays by name: `clip_project.…` and `gpt.…` (see `belowPrefix` for what stands before them in a published file).
   * @param vocabulary Hold only these rows of GPT-2's token table, and predict only these tokens.
   * @returns The model, all weights trainable.
   * @throws CHECKPOINT_MISMATCH naming every missing, unexpected and wrongly shaped array.
   */
  static fromCheckpoint(config: ClipCapConfig, checkpoint: ReadonlyMap<string, CheckpointTensor>, vocabulary?: Vocabulary): ClipCap {
    const resolved = resolveClipCapConfig(config);
    const arrays = canonicalGpt2(checkpoint, "gpt.");
    return new ClipCap(resolved, Parameters.fromCheckpoint(clipCapParameters(resolved), arrays, vocabulary ? { vocabulary } : {}));
  }

  /** The weights that are being trained, for an optimiser; each has the shape `[...spec.shape]`, float32. */
  get trainableVariables(): tf.Variable[] {
    return this.parameters.trainable().map(({ variable }) => variable);
  }

  /**
   * Image embeddings to GPT-2 input embeddings, through the mapper. They are scaled to length 1 first, here and nowhere else, so that
   * training and captioning can't differ.
   *
   * @param embeddings Image embeddings, shape `[n, prefixSize]`, float32.
   * @returns Shape `[n, prefixLength, width]`, float32.
   * @throws SHAPE_MISMATCH when they have another width.
   */
  prefix(embeddings: tf.Tensor2D): tf.Tensor3D {
    const { prefixSize, normalizePrefix } = this.config;
    checkRank(embeddings, 2, "embeddings", `[n, ${prefixSize}]`);
    if (embeddings.shape[1] !== prefixSize) {
      fail("SHAPE_MISMATCH", `ClipCap: embeddings must be [n, ${prefixSize}], got ${showShape(embeddings)}. Use the CLIP it was made for.`);
    }
    return tf.tidy(() => mapPrefix(normalizePrefix ? l2Normalize(embeddings) : embeddings, this.parameters, this.config));
  }

  /**
   * The mean cross-entropy of the captions' tokens: the last prefix position predicts the first token, and so on. Padding is left out by
   * length, whatever its id.
   *
   * @param embeddings Image embeddings, shape `[n, prefixSize]`, float32.
   * @param captions A caption an image, from `Gpt2Tokenizer.encodeBatch`.
   * @param options Dropout in GPT-2.
   * @returns A scalar, shape `[]`, float32, in nats.
   * @throws SHAPE_MISMATCH, INVALID_ARGUMENT for a token that the model doesn't hold or wrong dropout, EMPTY_DATA when all captions are empty,
   *   UNKNOWN_OPTION.
   */
  loss(embeddings: tf.Tensor2D, captions: TokenBatch, options: Gpt2LossOptions = {}): tf.Scalar {
    checkOptions(options, ["dropout"], "ClipCap.loss");
    const [n, length] = captions.shape;
    if (embeddings.shape[0] !== n) {
      fail("SHAPE_MISMATCH", `ClipCap.loss: every image needs a caption, got ${embeddings.shape[0]} embeddings and ${n} captions.`);
    }
    return tf.tidy(() => {
      let x = this.prefix(embeddings); // [n, prefixLength, width]
      // The last token is only predicted. What stands in the padding doesn't matter: the order is causal.
      if (length > 1) x = tf.concat([x, this.gpt2.embed(withoutLast(captions))], 1); // [n, prefixLength + length - 1, width]
      return predictionLoss(this.gpt2, this.gpt2.forward(x, options), captions, this.config.prefixLength - 1);
    });
  }

  /**
   * Captions for images, decoded in batches with a cache.
   *
   * @param embeddings Image embeddings, shape `[n, prefixSize]`, float32.
   * @param tokenizer The tokenizer of the captions that the model was trained on.
   * @param options Greedy (the default), beams or nucleus sampling; see `CaptionOptions`.
   * @returns A caption an image, up to and including its first full stop.
   * @throws INVALID_ARGUMENT, UNKNOWN_OPTION for wrong options, SHAPE_MISMATCH for embeddings of another width, NOT_A_NUMBER, ABORTED.
   */
  caption(embeddings: tf.Tensor2D, tokenizer: CaptionTokenizer, options: CaptionOptions = {}): Promise<string[]> {
    return captionAll(this, embeddings, tokenizer, options);
  }

  /**
   * The best captions for each image, of beam search, with their scores.
   *
   * @param embeddings Image embeddings, shape `[n, prefixSize]`, float32.
   * @param tokenizer The tokenizer of the captions that the model was trained on.
   * @param options How many beams, how many captions; see `NBestOptions`.
   * @returns For each image its captions, best first; fewer only when there are no more.
   * @throws INVALID_ARGUMENT, UNKNOWN_OPTION for wrong options, SHAPE_MISMATCH for embeddings of another width, NOT_A_NUMBER, ABORTED.
   */
  captionNBest(embeddings: tf.Tensor2D, tokenizer: CaptionTokenizer, options: NBestOptions): Promise<ScoredCaption[][]> {
    return captionNBest(this, embeddings, tokenizer, options);
  }

  /**
   * Captions while they are decoded: after each token those that have changed. Leaving the loop early frees everything.
   *
   * @param embeddings Image embeddings, shape `[n, prefixSize]`, float32; must live until the end.
   * @param tokenizer The tokenizer of the captions that the model was trained on.
   * @param options As those of `caption`.
   * @returns Captions so far, never half a character; the last of each image is what `caption` gives.
   * @throws From the first step on: INVALID_ARGUMENT, UNKNOWN_OPTION for wrong options, SHAPE_MISMATCH for embeddings of another width,
   *   NOT_A_NUMBER, ABORTED.
   */
  captionStream(
    embeddings: tf.Tensor2D,
    tokenizer: CaptionTokenizer,
    options: Omit<CaptionOptions, "onProgress"> = {},
  ): AsyncGenerator<PartialCaption, void, undefined> {
    return streamCaptions(this, embeddings, tokenizer, options);
  }

  /**
   * A copy with weights of its own.
   *
   * @param options `trainable` overrides the copied flags.
   * @returns The copy.
   */
  clone(options: { trainable?: boolean } = {}): ClipCap {
    return new ClipCap(this.config, this.parameters.clone(options));
  }

  /** Frees the weights, GPT-2's included. */
  dispose(): void {
    this.parameters.dispose();
  }

  /** The same as `dispose`, for `using`. */
  [Symbol.dispose](): void {
    this.dispose();
  }
}

/** A batch less its last column. */
function withoutLast({ ids, lengths, shape: [n, length] }: TokenBatch): TokenBatch {
  return {
    ids: ids.filter((_, i) => i % length < length - 1),
    lengths: lengths.map((tokens) => Math.min(tokens, length - 1)),
    shape: [n, length - 1],
  };
}

function clipCapParameters(config: ResolvedClipCapConfig): ParameterSpec[] {
  return [...mapperParameters(config), ...gpt2Parameters(config.gpt2, "gpt.")];
}
