/**
 * ClipCap: an image embedding becomes a few GPT-2 input embeddings, and GPT-2 goes on from there.
 *
 * Mokady et al., "ClipCap: CLIP Prefix for Image Captioning", arXiv 2111.09734.
 * Weights are named as in RSDiX's published checkpoints, below `_clipcap.`.
 */

import type { RgbImage } from "@rsdix/image";
import { checkOptions, fail, show } from "@rsdix/internal";
import * as tf from "@tensorflow/tfjs-core";
import {
  type CaptionOptions,
  type CaptionTokenizer,
  captionAll,
  captionNBest,
  checkCaptionOptions,
  type NBestOptions,
  type PartialCaption,
  type ScoredCaption,
  streamCaptions,
} from "./caption";
import { checkCaptionEncoder, checkCaptionTokenizer, checkEmbedded } from "./check-caption";
import type { CheckpointTensor } from "./checkpoint/checkpoint";
import { type ClipCapConfig, type ResolvedClipCapConfig, resolveClipCapConfig } from "./clipcap-config";
import { type ClipCapLossOptions, checkEmbeddings, checkMapperDropout, clipCapParameters, mapPrefix } from "./clipcap-mapper";
import type { ModelSource } from "./files/load-files";
import { Gpt2 } from "./gpt2";
import { canonicalGpt2 } from "./gpt2-parameters";
import type { ImageTextModel } from "./image-text-model";
import { Parameters } from "./parameters";
import { type ClipCapPretrainedOptions, clipCapJson, loadClipCap } from "./pretrained/load-clipcap";
import type { ModelOrigin } from "./pretrained/open-model";
import { type SaveOptions, type SaveTarget, saveModel } from "./pretrained/save-model";
import { checkTextBatch, type TokenBatch, withoutLast } from "./token-batch";
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
  /** What makes ids of texts; from the model's files, undefined where they have none. It may be set. */
  tokenizer: CaptionTokenizer | undefined;
  /** Where the weights are from; undefined for a model that wasn't loaded from files. */
  origin: ModelOrigin | undefined;
  /** What embeds images for `captionImages`; from the captioner's file, or set. It is not disposed with the captioner. */
  encoder: ImageTextModel | undefined;

  private constructor(
    /** The sizes. */
    readonly config: ResolvedClipCapConfig,
    /** All weights: the mapper's below `clip_project.`, GPT-2's below `gpt.`. */
    readonly parameters: Parameters,
  ) {
    this.gpt2 = Gpt2.inside(config.gpt2, parameters, "gpt.");
  }

  /**
   * Compute the blocks of GPT-2 and of a transformer mapper again on the way back instead of keeping their inside: less memory a training step,
   * for a second forward pass.
   */
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
   * A captioner with the weights of a file: RSDiX's, with the encoder that lies in it, or one that `save` wrote.
   *
   * @param source An id of the Hugging Face hub, a path, a URL, or files that a user chose.
   * @param options Revision, cache, progress; the encoder and the tokenizer where the files have none; `strict: false` for files that don't fit.
   * @returns The captioner, all weights trainable; `origin` says where it is from and what didn't fit.
   * @throws FILE_NOT_FOUND, OFFLINE, DOWNLOAD_FAILED, FILE_CORRUPT, FILE_TOO_LARGE for files that can't be had or read; CHECKPOINT_MISMATCH for
   *   those of another model; ABORTED; INVALID_ARGUMENT, UNKNOWN_OPTION.
   */
  static async fromPretrained(source: ModelSource, options: ClipCapPretrainedOptions = {}): Promise<ClipCap> {
    return loadClipCap(source, options, clipCapParameters, (config, parameters) => new ClipCap(config, parameters));
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
    return new ClipCap(
      resolved,
      Parameters.fromCheckpoint(clipCapParameters(resolved), arrays, vocabulary === undefined ? {} : { vocabulary }),
    );
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
   * @throws SHAPE_MISMATCH when they have another width, INVALID_ARGUMENT when they aren't float32.
   */
  prefix(embeddings: tf.Tensor2D): tf.Tensor3D {
    checkEmbeddings(embeddings, this.config);
    return mapPrefix(embeddings, this.parameters, this.config, this);
  }

  /**
   * The mean cross-entropy of the captions' tokens: the last prefix position predicts the first token, and so on. Padding is left out by
   * length, whatever its id.
   *
   * @param embeddings Image embeddings, shape `[n, prefixSize]`, float32.
   * @param captions A caption an image, from `Gpt2Tokenizer.encodeBatch`.
   * @param options Dropout in GPT-2, and in a transformer mapper.
   * @returns A scalar, shape `[]`, float32, in nats.
   * @throws SHAPE_MISMATCH, INVALID_ARGUMENT for a token that the model doesn't hold or wrong dropout, EMPTY_DATA when all captions are empty,
   *   UNKNOWN_OPTION.
   */
  loss(embeddings: tf.Tensor2D, captions: TokenBatch, options: ClipCapLossOptions = {}): tf.Scalar {
    const { mapperDropout, ...rest } = checkOptions(options, ["dropout", "mapperDropout"], "ClipCap.loss");
    checkMapperDropout(mapperDropout, this.config);
    checkEmbeddings(embeddings, this.config);
    checkTextBatch(captions, "ClipCap.loss");
    const [n, length] = captions.shape;
    if (embeddings.shape[0] !== n) {
      fail("SHAPE_MISMATCH", `ClipCap.loss: every image needs a caption, got ${embeddings.shape[0]} embeddings and ${n} captions.`);
    }
    return tf.tidy(() => {
      let x = mapPrefix(embeddings, this.parameters, this.config, this, mapperDropout); // [n, prefixLength, width]
      // The last token is only predicted. What stands in the padding doesn't matter: the order is causal.
      if (length > 1) x = tf.concat([x, this.gpt2.embed(withoutLast(captions))], 1); // [n, prefixLength + length - 1, width]
      return predictionLoss(this.gpt2, this.gpt2.forward(x, rest), captions, this.config.prefixLength - 1);
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
   * Captions for images of any size, through the captioner's own encoder and tokenizer.
   *
   * @param images The images.
   * @param options As those of `caption`.
   * @returns A caption an image.
   * @throws INVALID_ARGUMENT when the captioner has no encoder or no tokenizer; SHAPE_MISMATCH when the encoder gives embeddings of another
   *   width or none; what `caption` throws, of wrong options before images are embedded.
   */
  async captionImages(images: readonly RgbImage[], options: CaptionOptions = {}): Promise<string[]> {
    checkCaptionOptions(options, "captionImages");
    if (!Array.isArray(images)) fail("INVALID_ARGUMENT", `captionImages takes an array of images, got ${show(images)}.`);
    const { encoder, tokenizer } = this;
    if (encoder === undefined || tokenizer === undefined) {
      fail(
        "INVALID_ARGUMENT",
        `The captioner has no ${encoder ? "tokenizer" : "encoder"}: its files had none. Set it, or give it to fromPretrained.`,
      );
    }
    checkCaptionEncoder(encoder, "captionImages");
    checkCaptionTokenizer(tokenizer, "captionImages");
    const { batchSize, signal } = options;
    const embedded = await encoder.embedImages(images, { ...(batchSize && { batchSize }), ...(signal && { signal }) });
    const { prefixSize } = this.config;
    const embeddings = tf.tensor2d(checkEmbedded(embedded, images.length, prefixSize), [images.length, prefixSize]);
    try {
      return await this.caption(embeddings, tokenizer, options);
    } finally {
      embeddings.dispose();
    }
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
   * @throws INVALID_ARGUMENT, UNKNOWN_OPTION for wrong options.
   */
  clone(options: { trainable?: boolean } = {}): ClipCap {
    const copy = new ClipCap(this.config, this.parameters.clone(options));
    copy.gradientCheckpointing = this.gradientCheckpointing;
    copy.tokenizer = this.tokenizer;
    copy.encoder = this.encoder;
    copy.origin = this.origin;
    return copy;
  }

  /**
   * Writes the model to a folder, as `fromPretrained` reads it; its encoder is saved by itself. A tokenizer of your own class isn't written: load
   * with it again (the option `tokenizer`).
   * Await it before weights change: they are read while it is written. One program at a time may save to a folder.
   *
   * @param folder In Node a path or a URL (`file:`), made where there is none; in a browser a folder's handle.
   * @param options In how many bits the weights are kept, and how large a file may be.
   * @returns The names of the files.
   * @throws WRITE_FAILED; ABORTED; INVALID_ARGUMENT, UNKNOWN_OPTION.
   */
  save(folder: SaveTarget, options: SaveOptions = {}): Promise<string[]> {
    return saveModel(folder, this.parameters, { "config.json": clipCapJson(this) }, this.tokenizer, options);
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
