/**
 * SigLIP: a vision transformer that pools by attention and a text transformer, trained with a sigmoid for every pair.
 *
 * Zhai et al., "Sigmoid Loss for Language Image Pre-Training", arXiv 2303.15343.
 * Reference: https://huggingface.co/docs/transformers/model_doc/siglip ; weights are named as in Hugging Face's SiglipModel.
 */

import { l2Normalize } from "@rsdix/backend";
import { fail } from "@rsdix/internal";
import * as tf from "@tensorflow/tfjs-core";
import { MultiHeadAttention } from "./blocks/multi-head-attention";
import { type TransformerBlock, throughBlocks } from "./blocks/transformer-block";
import { Weights } from "./blocks/weights";
import type { CheckpointTensor } from "./checkpoint/checkpoint";
import type { LazyCheckpoint } from "./checkpoint/lazy-checkpoint";
import type { ModelSource } from "./files/load-files";
import { ImageTextModel } from "./image-text-model";
import { Parameters } from "./parameters";
import { usualSiglipProcessor } from "./pretrained/companions";
import { type ImageTextPretrainedOptions, loadSiglip } from "./pretrained/load-image-text";
import { type ResolvedSiglipConfig, resolveSiglipConfig, type SiglipConfig, toHuggingFaceSiglipConfig } from "./siglip-config";
import { poolConfig, siglipParameters } from "./siglip-parameters";
import { checkTokenBatch, type TokenBatch } from "./token-batch";
import {
  asSequences,
  blocksOf,
  checkImageTower,
  checkPixels,
  checkTowerOptions,
  embedPatches,
  embedTokens,
  scaledSimilarities,
  type TowerOptions,
  type TowerStates,
  textVocabulary,
  tokenOfEach,
} from "./towers";

/**
 * A SigLIP model: weights and the two encoders. Works on any backend, trains on any backend.
 *
 * @example
 * ```ts
 * import "@tensorflow/tfjs";
 * import * as tf from "@tensorflow/tfjs-core";
 * import { Siglip } from "@rsdix/models";
 * const tower = { width: 16, layers: 1, heads: 2 };
 * const siglip = Siglip.fromConfig({ image: { ...tower, size: 8, patch: 4 }, text: { ...tower, vocabSize: 10, contextLength: 4 } }, 1);
 * const image = siglip.encodeImage(tf.zeros([2, 3, 8, 8])); // [2, 16]
 * const text = siglip.encodeText({ ids: Int32Array.of(8, 3, 1, 1, 8, 5, 9, 1), shape: [2, 4] }); // [2, 16]
 * console.log(tf.sigmoid(siglip.logits(image, text)).shape); // [2, 2]: how likely each text goes with each image
 * siglip.dispose();
 * ```
 * @see arXiv 2303.15343
 */
export class Siglip extends ImageTextModel {
  private readonly weights: Weights;
  private readonly imageBlocks: readonly TransformerBlock[];
  private readonly textBlocks: readonly TransformerBlock[];
  private readonly poolAttention: MultiHeadAttention;

  private constructor(
    /** The shape of the model. */
    readonly config: ResolvedSiglipConfig,
    /** The weights under their checkpoint names. */
    readonly parameters: Parameters,
  ) {
    super();
    const { image, text } = config;
    this.weights = new Weights(parameters, "");
    this.imageBlocks = blocksOf(parameters, "vision_model", image);
    this.textBlocks = blocksOf(parameters, "text_model", text);
    this.poolAttention = MultiHeadAttention.inside(poolConfig(image), parameters, "vision_model.head.attention.");
  }

  /**
   * A model with fresh weights, as Google's start: Xavier's uniform matrices, scale ln 10, bias -10.
   *
   * @param config Sizes; see `SIGLIP_B_16`.
   * @param seed A whole number; the same seed gives the same weights on every backend.
   * @returns The model, all weights trainable.
   * @throws INVALID_ARGUMENT, UNKNOWN_OPTION for sizes that don't fit together.
   */
  static fromConfig(config: SiglipConfig, seed: number): Siglip {
    const resolved = resolveSiglipConfig(config);
    return new Siglip(resolved, Parameters.initialize(siglipParameters(resolved), seed));
  }

  /**
   * A model with the weights of a file, whatever library wrote it: transformers, open_clip, RSDiX; with its tokenizer and image processor where
   * they lie beside it.
   *
   * @param source An id of the Hugging Face hub, a path, a URL, or files that a user chose.
   * @param options Revision, cache, progress; another image size, one tower alone, of RSDiX the teacher; `strict: false` for files that don't fit.
   * @returns The model, all weights trainable; `origin` says where it is from and what didn't fit.
   * @throws FILE_NOT_FOUND, OFFLINE, DOWNLOAD_FAILED, FILE_CORRUPT, FILE_TOO_LARGE for files that can't be had or read; CHECKPOINT_MISMATCH for
   *   those of another model; ABORTED; INVALID_ARGUMENT, UNKNOWN_OPTION.
   * @see https://github.com/rsdix/rsdix/blob/main/docs/models/loading.md which forms and names of weights are read
   */
  static async fromPretrained(source: ModelSource, options: ImageTextPretrainedOptions<SiglipConfig> = {}): Promise<Siglip> {
    return loadSiglip(source, options, (config, parameters) => new Siglip(config, parameters));
  }

  /**
   * A model with the weights of a checkpoint in Hugging Face's names and layout.
   *
   * @param config Sizes; must be those of the checkpoint.
   * @param checkpoint Arrays by name, for example from `readSafetensors`.
   * @returns The model, all weights trainable.
   * @throws CHECKPOINT_MISMATCH naming every missing, unexpected and wrongly shaped array.
   */
  static fromCheckpoint(config: SiglipConfig, checkpoint: ReadonlyMap<string, CheckpointTensor>): Siglip {
    const resolved = resolveSiglipConfig(config);
    const ignore = [/\.position_ids$/]; // a buffer that some versions of transformers saved
    return new Siglip(resolved, Parameters.fromCheckpoint(siglipParameters(resolved), checkpoint, { ignore }));
  }

  /**
   * A model with the weights of a file's arrays, read one at a time: `fromCheckpoint` for what isn't in memory.
   *
   * @param config Sizes; must be those of the checkpoint.
   * @param checkpoint Arrays by Hugging Face's names, for example `toHuggingFace(file).tensors`.
   * @returns The model, all weights trainable.
   * @throws CHECKPOINT_MISMATCH naming every missing, unused and mis-shaped array; what reading the file throws.
   */
  static async load(config: SiglipConfig, checkpoint: LazyCheckpoint): Promise<Siglip> {
    const resolved = resolveSiglipConfig(config);
    const { parameters } = await Parameters.load(siglipParameters(resolved), checkpoint, { ignore: [/\.position_ids$/] });
    return new Siglip(resolved, parameters);
  }

  /** The learned logarithm of the inverse temperature, shape `[1]`, float32. */
  get logitScale(): tf.Variable {
    return this.parameters.get("logit_scale");
  }

  /** The learned bias of the logits, shape `[1]`, float32. */
  get logitBias(): tf.Variable {
    return this.parameters.get("logit_bias");
  }

  /**
   * Images to the joint space, with the states on the way.
   *
   * @param pixels Normalised pixels, shape `[n, 3, size, size]`, float32.
   * @param options Dropout, while training.
   * @returns Hidden states, what the attention head makes of them, and the embeddings; the caller disposes all of them.
   * @throws SHAPE_MISMATCH when the pixels have another size; EMPTY_DATA without images; INVALID_ARGUMENT, UNKNOWN_OPTION for wrong options.
   */
  imageStates(pixels: tf.Tensor4D, options: TowerOptions = {}): TowerStates {
    const { size, width, layerNormEpsilon } = this.config.image;
    checkImageTower(this.parameters, "Siglip.encodeImage");
    checkPixels(pixels, size, "Siglip");
    checkTowerOptions(options, "Siglip.encodeImage");
    const n = pixels.shape[0];
    return tf.tidy(() => {
      const name = "vision_model.embeddings.patch_embedding";
      const patches = embedPatches(pixels, this.weights.matrix(`${name}.weight`), this.weights.vector(`${name}.bias`)); // [n·g, width]
      const positions = this.weights.matrix("vision_model.embeddings.position_embedding.weight"); // [g, width]
      const placed = tf.add(tf.reshape(patches, [n, -1, width]), positions); // [n, g, width]
      const states = throughBlocks(this.imageBlocks, tf.reshape(placed, patches.shape), n, options, this.gradientCheckpointing);
      const pooled = this.pool(this.weights.norm(states.at(-1)!, "vision_model.post_layernorm", layerNormEpsilon), n, options);
      return { hidden: asSequences(states, n), pooled, embeddings: l2Normalize(pooled) };
    });
  }

  /**
   * Texts to the joint space, with the states on the way. Pooled at the last position, and every position is read, padding too: that is how
   * SigLIP is trained.
   *
   * @param tokens Token ids, `[texts, contextLength]` row after row: the text, its end token and padding.
   * @param options Dropout, while training.
   * @returns Hidden states, the last position's after the last norm, and the embeddings; the caller disposes all of them.
   * @throws SHAPE_MISMATCH when the texts are not padded to the context; INVALID_ARGUMENT for an id that the model doesn't hold or wrong options;
   *   EMPTY_DATA without texts; UNKNOWN_OPTION.
   */
  textStates(tokens: Pick<TokenBatch, "ids" | "shape">, options: TowerOptions = {}): TowerStates {
    const { contextLength, layerNormEpsilon } = this.config.text;
    checkTokenBatch(tokens, "Siglip.encodeText");
    const [batch, length] = tokens.shape;
    if (tokens.ids.length !== batch * length || length !== contextLength) {
      fail(
        "SHAPE_MISMATCH",
        `Siglip: expected ${batch} texts of ${contextLength} ids, got ${tokens.ids.length} ids in texts of ${length}. Pad texts to the context.`,
      );
    }
    checkTowerOptions(options, "Siglip.encodeText");
    const rows = textVocabulary(this.parameters, "Siglip.encodeText").rowsOf(tokens.ids);
    return tf.tidy(() => {
      const table = (part: string) => this.weights.matrix(`text_model.embeddings.${part}_embedding.weight`);
      const states = throughBlocks(
        this.textBlocks,
        embedTokens(table("token"), table("position"), rows, tokens.shape),
        batch,
        options,
        this.gradientCheckpointing,
      );
      const last = tokenOfEach(states.at(-1)!, length - 1, length); // [texts, width]
      const pooled = this.weights.norm(last, "text_model.final_layer_norm", layerNormEpsilon);
      return { hidden: asSequences(states, batch), pooled, embeddings: l2Normalize(this.weights.linear(pooled, "text_model.head")) };
    });
  }

  /**
   * How well images and texts go together: exp(logitScale) · cosine + logitBias. Its sigmoid is a probability for each pair.
   *
   * @param image Image embeddings of length 1, shape `[images, image.width]`, float32.
   * @param text Text embeddings of length 1, shape `[texts, image.width]`, float32.
   * @returns Shape `[images, texts]`, float32.
   * @throws SHAPE_MISMATCH when a width isn't the model's, INVALID_ARGUMENT when they aren't float32.
   */
  logits(image: tf.Tensor2D, text: tf.Tensor2D): tf.Tensor2D {
    return tf.tidy(() => tf.add(scaledSimilarities(image, text, this.config.image.width, this.logitScale), this.logitBias) as tf.Tensor2D);
  }

  /**
   * A copy with weights of its own, for an EMA teacher.
   *
   * @param options `trainable` overrides the copied flags.
   * @returns The copy.
   * @throws INVALID_ARGUMENT, UNKNOWN_OPTION.
   */
  clone(options: { trainable?: boolean } = {}): Siglip {
    return new Siglip(this.config, this.parameters.clone(options)).like(this);
  }

  protected usualProcessor(): object {
    return usualSiglipProcessor(this.config.image.size);
  }

  protected configJson(): Record<string, unknown> {
    return toHuggingFaceSiglipConfig(this.config);
  }

  /** A learned query (the probe) looks at all patches, and an MLP follows: x [n · g, width] -> [n, width]. */
  private pool(x: tf.Tensor2D, n: number, { dropout }: TowerOptions): tf.Tensor2D {
    const { width, layerNormEpsilon, activation } = this.config.image;
    const probe = tf.reshape(this.parameters.get("vision_model.head.probe"), [1, width]);
    const queries = tf.add(tf.zeros([n, width]), probe) as tf.Tensor2D; // the same for every image
    const looked = this.poolAttention.rows(queries, n, { memory: x, ...(dropout && { dropout }) }); // [n, width]
    const normed = this.weights.norm(looked, "vision_model.head.layernorm", layerNormEpsilon);
    const hidden = this.weights.linear(normed, "vision_model.head.mlp.fc1", { activation });
    return this.weights.linear(hidden, "vision_model.head.mlp.fc2", { residual: looked });
  }
}
