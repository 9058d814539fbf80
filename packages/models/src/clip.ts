/**
 * CLIP: a vision transformer and a text transformer that meet in one space.
 *
 * Radford et al., "Learning Transferable Visual Models From Natural Language Supervision", arXiv 2103.00020.
 * Reference: https://github.com/openai/CLIP/blob/main/clip/model.py ; weights are named as in Hugging Face's CLIPModel.
 */

import { embedding, l2Normalize, linear } from "@rsdix/backend";
import { checkOptions, fail, show } from "@rsdix/internal";
import * as tf from "@tensorflow/tfjs-core";
import { type TransformerBlock, throughBlocks } from "./blocks/transformer-block";
import { Weights } from "./blocks/weights";
import type { CheckpointTensor } from "./checkpoint/checkpoint";
import type { LazyCheckpoint } from "./checkpoint/lazy-checkpoint";
import { type ClipConfig, type ResolvedClipConfig, resolveClipConfig, toHuggingFaceClipConfig } from "./clip-config";
import { clipParameters } from "./clip-parameters";
import type { ModelSource } from "./files/load-files";
import { ImageTextModel } from "./image-text-model";
import { Parameters } from "./parameters";
import { usualClipProcessor } from "./pretrained/companions";
import { type ImageTextPretrainedOptions, loadClip } from "./pretrained/load-image-text";
import type { SaveTarget } from "./pretrained/save-model";
import { type ClipSaveOptions, saveOpenClip } from "./pretrained/save-open-clip";
import { checkTokenBatch, type TokenBatch } from "./token-batch";
import type { TextTokenizer } from "./tokenizers/text-tokenizer";
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
 * A CLIP model: weights and the two encoders. Works on any backend, trains on any backend.
 *
 * @example
 * ```ts
 * import "@tensorflow/tfjs";
 * import * as tf from "@tensorflow/tfjs-core";
 * import { Clip } from "@rsdix/models";
 * const tower = { width: 16, layers: 1, heads: 2 };
 * const clip = Clip.fromConfig({ embedDim: 8, image: { ...tower, size: 8, patch: 4 }, text: { ...tower, vocabSize: 10, contextLength: 6 } }, 1);
 * const image = clip.encodeImage(tf.zeros([2, 3, 8, 8])); // [2, 8]
 * const text = clip.encodeText({ ids: Int32Array.of(8, 3, 4, 9, 8, 5, 9, 9), shape: [2, 4] }); // [2, 8]
 * console.log(tf.matMul(image, text, false, true).shape); // [2, 2], cosine similarities
 * clip.dispose();
 * ```
 * @see arXiv 2103.00020
 */
export class Clip extends ImageTextModel {
  private readonly weights: Weights;
  private readonly imageBlocks: readonly TransformerBlock[];
  private readonly textBlocks: readonly TransformerBlock[];

  private constructor(
    /** The shape of the model. */
    readonly config: ResolvedClipConfig,
    /** The weights under their checkpoint names. */
    readonly parameters: Parameters,
  ) {
    super();
    const { image, text } = config;
    this.weights = new Weights(parameters, "");
    this.imageBlocks = blocksOf(parameters, "vision_model", image);
    this.textBlocks = blocksOf(parameters, "text_model", text);
  }

  /**
   * A model with fresh weights, as OpenAI initialises them.
   *
   * @param config Sizes; see `CLIP_VIT_B_32`.
   * @param seed A whole number; the same seed gives the same weights on every backend.
   * @returns The model, all weights trainable.
   * @throws INVALID_ARGUMENT for sizes that don't fit together.
   */
  static fromConfig(config: ClipConfig, seed: number): Clip {
    const resolved = resolveClipConfig(config);
    return new Clip(resolved, Parameters.initialize(clipParameters(resolved), seed));
  }

  /**
   * A model with the weights of a file, whatever library wrote it: transformers, open_clip, OpenAI, RSDiX; with its tokenizer and image processor where
   * they lie beside it.
   *
   * @param source An id of the Hugging Face hub, a path, a URL, or files that a user chose.
   * @param options Revision, cache, progress; another image size, one tower alone, of RSDiX the teacher; `strict: false` for files that don't fit.
   * @returns The model, all weights trainable; `origin` says where it is from and what didn't fit.
   * @throws FILE_NOT_FOUND, OFFLINE, DOWNLOAD_FAILED, FILE_CORRUPT, FILE_TOO_LARGE for files that can't be had or read; CHECKPOINT_MISMATCH for
   *   those of another model; ABORTED; INVALID_ARGUMENT, UNKNOWN_OPTION.
   * @see https://github.com/rsdix/rsdix/blob/main/docs/models/loading.md which forms and names of weights are read
   */
  static async fromPretrained(source: ModelSource, options: ImageTextPretrainedOptions<ClipConfig> = {}): Promise<Clip> {
    return loadClip(source, options, (config, parameters) => new Clip(config, parameters));
  }

  /**
   * A model with the weights of a checkpoint in Hugging Face's names and layout.
   *
   * @param config Sizes; must be those of the checkpoint.
   * @param checkpoint Arrays by name, for example from `readSafetensors`.
   * @returns The model, all weights trainable.
   * @throws CHECKPOINT_MISMATCH naming every missing, unexpected and wrongly shaped array.
   */
  static fromCheckpoint(config: ClipConfig, checkpoint: ReadonlyMap<string, CheckpointTensor>): Clip {
    const resolved = resolveClipConfig(config);
    const ignore = [/\.position_ids$/]; // a buffer that older versions of transformers saved
    return new Clip(resolved, Parameters.fromCheckpoint(clipParameters(resolved), checkpoint, { ignore }));
  }

  /**
   * A model with the weights of a file's arrays, read one at a time: `fromCheckpoint` for what isn't in memory.
   *
   * @param config Sizes; must be those of the checkpoint.
   * @param checkpoint Arrays by Hugging Face's names, for example `toHuggingFace(file).tensors`.
   * @returns The model, all weights trainable.
   * @throws CHECKPOINT_MISMATCH naming every missing, unused and mis-shaped array; what reading the file throws.
   */
  static async load(config: ClipConfig, checkpoint: LazyCheckpoint): Promise<Clip> {
    const resolved = resolveClipConfig(config);
    const { parameters } = await Parameters.load(clipParameters(resolved), checkpoint, { ignore: [/\.position_ids$/] });
    return new Clip(resolved, parameters);
  }

  /** The learned logarithm of the inverse temperature, shape `[]`, float32. */
  get logitScale(): tf.Variable {
    return this.parameters.get("logit_scale");
  }

  /**
   * Images to the joint space, with the states on the way.
   *
   * @param pixels Normalised pixels, shape `[n, 3, size, size]`, float32.
   * @param options Dropout, while training.
   * @returns Hidden states, the class token's after the last norm, and the embeddings; the caller disposes all of them.
   * @throws SHAPE_MISMATCH when the pixels have another size; EMPTY_DATA without images; INVALID_ARGUMENT, UNKNOWN_OPTION for wrong options.
   */
  imageStates(pixels: tf.Tensor4D, options: TowerOptions = {}): TowerStates {
    const { size, width, layerNormEpsilon } = this.config.image;
    checkImageTower(this.parameters, "Clip.encodeImage");
    checkPixels(pixels, size, "encodeImage");
    checkTowerOptions(options, "Clip.encodeImage");
    const n = pixels.shape[0];
    return tf.tidy(() => {
      const patches = embedPatches(pixels, this.parameters.get("vision_model.embeddings.patch_embedding.weight")); // [n·g, width]
      const tokens = tf.reshape(patches, [n, -1, width]); // [n, g, width]
      const first = tf.add(tf.zeros([n, 1, width]), this.parameters.get("vision_model.embeddings.class_embedding"));
      const positions = this.weights.matrix("vision_model.embeddings.position_embedding.weight"); // [1 + g, width]
      const placed = tf.add(tf.concat([first, tokens], 1), positions); // [n, 1 + g, width]
      const rows = tf.reshape(placed, [-1, width]) as tf.Tensor2D; // [n·(1 + g), width]
      const input = this.weights.norm(rows, "vision_model.pre_layrnorm", layerNormEpsilon); // the name is misspelt in the checkpoint
      const states = throughBlocks(this.imageBlocks, input, n, options, this.gradientCheckpointing);
      const classes = tokenOfEach(states.at(-1)!, 0, positions.shape[0]); // [n, width]
      const pooled = this.weights.norm(classes, "vision_model.post_layernorm", layerNormEpsilon);
      const embeddings = l2Normalize(linear(pooled, this.weights.matrix("visual_projection.weight")));
      return { hidden: asSequences(states, n), pooled, embeddings };
    });
  }

  /**
   * Texts to the joint space, with the states on the way. Pooled at the first end token, or where `config.text.pooling` says.
   *
   * @param tokens Token ids, `[texts, tokens]` row after row, each row with an end token; what follows it is ignored.
   * @param options Dropout, while training.
   * @returns Hidden states, the end token's after the last norm, and the embeddings; the caller disposes all of them.
   * @throws SHAPE_MISMATCH when ids and sizes disagree or a text is longer than the context; INVALID_ARGUMENT for a row without an end token, an
   *   id that the model doesn't hold, or wrong options; EMPTY_DATA without texts; UNKNOWN_OPTION.
   */
  textStates(tokens: Pick<TokenBatch, "ids" | "shape">, options: TowerOptions = {}): TowerStates {
    const { contextLength, layerNormEpsilon } = this.config.text;
    checkTokenBatch(tokens, "Clip.encodeText");
    const [batch, length] = tokens.shape;
    if (tokens.ids.length !== batch * length || length > contextLength) {
      fail(
        "SHAPE_MISMATCH",
        `encodeText: expected ${batch} · ${length} ids and at most ${contextLength} a text, got ${tokens.ids.length} ids.`,
      );
    }
    checkTowerOptions(options, "Clip.encodeText");
    const ends = endPositions(tokens, this.config.text);
    const rows = textVocabulary(this.parameters, "Clip.encodeText").rowsOf(tokens.ids);
    return tf.tidy(() => {
      const table = (part: string) => this.weights.matrix(`text_model.embeddings.${part}_embedding.weight`);
      const input = embedTokens(table("token"), table("position"), rows, tokens.shape); // [batch · length, width]
      const states = throughBlocks(this.textBlocks, input, batch, { ...options, causal: true }, this.gradientCheckpointing);
      const last = embedding(states.at(-1)!, tf.tensor1d(ends, "int32")) as tf.Tensor2D; // [batch, width]
      const pooled = this.weights.norm(last, "text_model.final_layer_norm", layerNormEpsilon);
      const embeddings = l2Normalize(linear(pooled, this.weights.matrix("text_projection.weight")));
      return { hidden: asSequences(states, batch), pooled, embeddings };
    });
  }

  /**
   * How well images and texts go together: exp(logitScale) · cosine. A row's softmax tells which text an image goes with.
   *
   * @param image Image embeddings of length 1, shape `[images, embedDim]`, float32.
   * @param text Text embeddings of length 1, shape `[texts, embedDim]`, float32.
   * @returns Shape `[images, texts]`, float32.
   * @throws SHAPE_MISMATCH when a width isn't the model's, INVALID_ARGUMENT when they aren't float32.
   */
  logits(image: tf.Tensor2D, text: tf.Tensor2D): tf.Tensor2D {
    return tf.tidy(() => scaledSimilarities(image, text, this.config.embedDim, this.logitScale));
  }

  /**
   * A copy with weights of its own, for an EMA teacher.
   *
   * @param options `trainable` overrides the copied flags.
   * @returns The copy.
   * @throws INVALID_ARGUMENT, UNKNOWN_OPTION.
   */
  clone(options: { trainable?: boolean } = {}): Clip {
    return new Clip(this.config, this.parameters.clone(options)).like(this);
  }

  protected override checkTokenizer(tokenizer: TextTokenizer): void {
    const { endTokenId, pooling } = this.config.text;
    const end = tokenizer.tokenId("<|endoftext|>");
    if (pooling === "largestId" || end === endTokenId) return;
    const got = end === undefined ? "has no <|endoftext|>" : `ends texts with id ${end}`;
    const where = `config.text.endTokenId is ${endTokenId}, of a vocabulary of ${this.config.text.vocabSize}`;
    fail("INVALID_ARGUMENT", `The tokenizer is another model's: of ${tokenizer.vocabSize} tokens it ${got}, and ${where}.`);
  }

  protected usualProcessor(): object {
    return usualClipProcessor(this.config.image.size);
  }

  /**
   * Writes the model to a folder, as transformers or open_clip reads it: weights, configuration, image processor, and tokenizer.
   * Await it before weights change: they are read while it is written. One program at a time may save to a folder.
   *
   * @param folder In Node a path or a URL (`file:`), made where there is none; in a browser a folder's handle.
   * @param options Whose layout it has, in how many bits the weights are kept, and how large a file may be.
   * @returns The names of the files.
   * @throws WRITE_FAILED; UNKNOWN_OPTION; INVALID_ARGUMENT, also for a model that open_clip's configuration can't describe.
   */
  override async save(folder: SaveTarget, options: ClipSaveOptions = {}): Promise<string[]> {
    const { layout = "huggingface", ...rest } = checkOptions(options, ["layout", "storage", "maxShardBytes", "signal"], "save");
    if (layout === "huggingface") return super.save(folder, rest);
    if (layout === "openclip") return saveOpenClip(folder, this, rest);
    return fail("INVALID_ARGUMENT", `layout must be "huggingface" or "openclip", got ${show(layout)}.`);
  }

  protected configJson(): Record<string, unknown> {
    return toHuggingFaceClipConfig(this.config);
  }
}

/** The row, among all tokens, at which each text is pooled. */
function endPositions({ ids, shape: [batch, length] }: Pick<TokenBatch, "ids" | "shape">, config: ResolvedClipConfig["text"]): Int32Array {
  return Int32Array.from({ length: batch }, (_, row) => {
    const text = ids.subarray(row * length, (row + 1) * length);
    const { pooling, endTokenId } = config;
    const end = text.indexOf(pooling === "largestId" ? text.reduce((largest, id) => Math.max(largest, id), 0) : endTokenId);
    if (end < 0) fail("INVALID_ARGUMENT", `encodeText: text ${row} has no end token (id ${endTokenId}).`);
    return row * length + end;
  });
}
