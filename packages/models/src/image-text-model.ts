import { ImageProcessor, type RgbImage } from "@rsdix/image";
import { checkOptions, fail, show } from "@rsdix/internal";
import * as tf from "@tensorflow/tfjs-core";
import { checkProcessor, pixelsOf, requireTokenizer } from "./check-companions";
import { checkProgress } from "./check-progress";
import { type EmbedOptions, embedAll } from "./embed";
import type { Parameters } from "./parameters";
import { processorJson } from "./pretrained/companions";
import type { ModelOrigin } from "./pretrained/open-model";
import { type SaveOptions, type SaveTarget, saveModel } from "./pretrained/save-model";
import type { TokenBatch } from "./token-batch";
import type { TextTokenizer } from "./tokenizers/text-tokenizer";
import { TOWER_NAMES, type TowerOptions, type TowerStates } from "./towers";
import { zeroShotProbabilities, zeroShotPrompts } from "./zero-shot";

/** What an `ImageTextModel` reads of its configuration. */
interface ImageTextConfig {
  readonly image: { readonly size: number };
  readonly text: { readonly contextLength: number };
}

/** How `classify` works. */
export interface ClassifyOptions extends EmbedOptions {
  /** The prompt for each class, with `{class}` in the place of its name; "Aerial photograph of {class}" by default. */
  readonly template?: string;
}

/**
 * What CLIP and SigLIP have in common beside their architecture: what surrounds the two encoders. For code that takes either.
 *
 * @example
 * ```ts
 * import "@tensorflow/tfjs";
 * import { Clip, ClipTokenizer, type ImageTextModel } from "@rsdix/models";
 *
 * const tokenizer = ClipTokenizer.fromBpe({ merges: [] }); // a toy of single bytes; fromPretrained brings the model's own
 * const tower = { width: 16, layers: 1, heads: 2 };
 * const text = { ...tower, vocabSize: tokenizer.vocabSize, contextLength: 32 };
 * const model: ImageTextModel = Clip.fromConfig({ embedDim: 8, image: { ...tower, size: 8, patch: 4 }, text }, 1);
 * model.tokenizer = tokenizer;
 * const image = { width: 20, height: 10, data: new Uint8Array(600) };
 * console.log((await model.classify([image], ["sea", "sand", "snow"])).length); // 3 probabilities
 * model.dispose();
 * ```
 *
 * @see arXiv 2103.00020 (CLIP), arXiv 2303.15343 (SigLIP)
 */
export abstract class ImageTextModel {
  /** Compute each block again on the way back instead of keeping its inside: less memory a training step, for a second forward pass. */
  gradientCheckpointing = false;
  /** What makes ids of texts; from the model's files, undefined where they have none. It may be set. */
  tokenizer: TextTokenizer | undefined;
  /** Where the weights are from; undefined for a model that wasn't loaded from files. */
  origin: ModelOrigin | undefined;
  private madeProcessor: ImageProcessor | undefined;

  /** The shape of the model. */
  abstract readonly config: ImageTextConfig;
  /** The weights under their checkpoint names. */
  abstract readonly parameters: Parameters;
  /** The learned logarithm of the inverse temperature, shape `[]` or `[1]`, float32. */
  abstract get logitScale(): tf.Variable;
  /**
   * Images to the joint space, with the states on the way.
   *
   * @param pixels Normalised pixels, shape `[n, 3, size, size]`, float32.
   * @param options Dropout, while training.
   * @returns Hidden states, what is made of them, and the embeddings; the caller disposes all of them.
   */
  abstract imageStates(pixels: tf.Tensor4D, options?: TowerOptions): TowerStates;
  /**
   * Texts to the joint space, with the states on the way.
   *
   * @param tokens Token ids, `[texts, tokens]` row after row, padded as the model takes them.
   * @param options Dropout, while training.
   * @returns Hidden states, what is made of them, and the embeddings; the caller disposes all of them.
   */
  abstract textStates(tokens: Pick<TokenBatch, "ids" | "shape">, options?: TowerOptions): TowerStates;
  /** What such models are usually given, as a `preprocessor_config.json` says it. */
  protected abstract usualProcessor(): object;
  /** The `config.json` that lets transformers load the model. */
  protected abstract configJson(): Record<string, unknown>;

  /**
   * Images to the joint space.
   *
   * @param pixels Normalised pixels, shape `[n, 3, size, size]`, float32 (see `processor`, or `toBatch` of @rsdix/image).
   * @param options Dropout, while training.
   * @returns Embeddings of length 1, shape `[n, embedDim]`, float32.
   * @throws SHAPE_MISMATCH when the pixels have another size; EMPTY_DATA without images; INVALID_ARGUMENT, UNKNOWN_OPTION for wrong options.
   */
  encodeImage(pixels: tf.Tensor4D, options: TowerOptions = {}): tf.Tensor2D {
    return tf.tidy(() => this.imageStates(pixels, options).embeddings);
  }

  /**
   * Texts to the joint space. CLIP looks at a text up to its end token; SigLIP at every position, padding too, since it is trained so.
   *
   * @param tokens Token ids, `[texts, tokens]` row after row: for CLIP each row with an end token, for SigLIP padded to the context.
   * @param options Dropout, while training.
   * @returns Embeddings of length 1, shape `[texts, embedDim]`, float32.
   * @throws SHAPE_MISMATCH when ids and sizes disagree, or a text is longer than the context (SigLIP: not as long); INVALID_ARGUMENT for a row
   *   without CLIP's end token, an id that the model doesn't hold, or wrong options; EMPTY_DATA without texts; UNKNOWN_OPTION.
   */
  encodeText(tokens: Pick<TokenBatch, "ids" | "shape">, options: TowerOptions = {}): tf.Tensor2D {
    return tf.tidy(() => this.textStates(tokens, options).embeddings);
  }

  /**
   * What makes pixels of images: from the model's files, or what such models are usually given. It may be set.
   *
   * @throws INVALID_ARGUMENT when it's set to what is no image processor.
   */
  get processor(): ImageProcessor {
    this.madeProcessor ??= ImageProcessor.fromConfig(this.usualProcessor());
    return this.madeProcessor;
  }

  set processor(processor: ImageProcessor) {
    checkProcessor(processor);
    this.madeProcessor = processor;
  }

  /** The weights that are being trained, for an optimiser; each has the shape `[...spec.shape]`, float32. */
  get trainableVariables(): tf.Variable[] {
    return this.parameters.trainable().map(({ variable }) => variable);
  }

  /**
   * Freezes or thaws a tower, or the weights of a name.
   *
   * @param part `"image"` or `"text"` with its projection, or a pattern of names.
   * @param trainable Whether they are trained.
   * @throws INVALID_ARGUMENT when there is no such part, no name matches, or `trainable` isn't said.
   */
  setTrainable(part: "image" | "text" | RegExp, trainable: boolean): void {
    const pattern = typeof part === "string" && Object.hasOwn(TOWER_NAMES, part) ? TOWER_NAMES[part] : part;
    if (!(pattern instanceof RegExp)) fail("INVALID_ARGUMENT", `The parts are "image", "text" or a pattern of names, got ${show(part)}.`);
    this.parameters.setTrainable(pattern, trainable);
  }

  /**
   * Embeddings of images of any size as plain numbers, in batches; they go through the model's image processor.
   *
   * @param images The images.
   * @param options Batch size and progress.
   * @returns Embeddings of length 1, row-major `[n, embedDim]`.
   * @throws INVALID_ARGUMENT for what is no image; SHAPE_MISMATCH when the processor makes images of another size than the model's; ABORTED; UNKNOWN_OPTION.
   */
  async embedImages(images: readonly RgbImage[], options: EmbedOptions = {}): Promise<Float32Array> {
    const { size } = this.config.image;
    return embedAll(images, options, (batch) => this.encodeImage(pixelsOf(this.processor, batch, size)));
  }

  /**
   * Embeddings of texts as plain numbers, in batches; they go through the model's tokenizer.
   *
   * @param texts The texts; longer ones than the context are cut.
   * @param options Batch size and progress.
   * @returns Embeddings of length 1, row-major `[n, embedDim]`.
   * @throws INVALID_ARGUMENT when the model has no tokenizer or another model's, or for a token that it doesn't hold; ABORTED; UNKNOWN_OPTION.
   */
  async embedTexts(texts: readonly string[], options: EmbedOptions = {}): Promise<Float32Array> {
    const tokenizer = requireTokenizer(this.tokenizer);
    this.checkTokenizer(tokenizer);
    const { contextLength } = this.config.text;
    return embedAll(texts, options, (batch) => this.encodeText(tokenizer.encodeBatch(batch, { contextLength, truncate: true })));
  }

  /**
   * Which class each image is of, without training: the softmax over classes of exp(logitScale) · cosine to their prompts.
   *
   * @param images Images of any size.
   * @param classes Names as they read in a sentence: "baseball field", not "BaseballField".
   * @param options The prompt, batch size and progress.
   * @returns Probabilities, row-major `[images, classes]`.
   * @throws EMPTY_DATA without classes; what `embedImages` and `embedTexts` throw.
   */
  async classify(images: readonly RgbImage[], classes: readonly string[], options: ClassifyOptions = {}): Promise<Float32Array> {
    const { template, ...rest } = checkOptions(options, ["template", "batchSize", "onProgress", "signal"], "classify");
    const named = zeroShotPrompts(classes, template);
    if (named.length === 0) fail("EMPTY_DATA", "classify needs at least one class.");
    checkProgress(rest.onProgress);
    const prompts = await this.embedTexts(named, { ...rest, onProgress: () => {} });
    const embedded = await this.embedImages(images, rest);
    const [logitScale] = await this.logitScale.data<"float32">();
    return zeroShotProbabilities(embedded, prompts, { dim: prompts.length / classes.length, logitScale: logitScale! });
  }

  /**
   * Writes the model to a folder, as transformers reads it: weights, configuration, image processor, and tokenizer.
   * Await it before weights change: they are read while it is written. One program at a time may save to a folder.
   *
   * @param folder In Node a path or a URL (`file:`), made where there is none; in a browser a folder's handle.
   * @param options In how many bits the weights are kept, and how large a file may be.
   * @returns The names of the files.
   * @throws WRITE_FAILED; ABORTED; INVALID_ARGUMENT, UNKNOWN_OPTION.
   */
  save(folder: SaveTarget, options: SaveOptions = {}): Promise<string[]> {
    return saveModel(
      folder,
      this.parameters,
      { "config.json": this.configJson(), "preprocessor_config.json": processorJson(this.processor.config) },
      this.tokenizer,
      options,
    );
  }

  /** What isn't a weight, from another model of the same kind. */
  protected like(model: ImageTextModel): this {
    this.gradientCheckpointing = model.gradientCheckpointing;
    this.tokenizer = model.tokenizer;
    this.origin = model.origin;
    this.madeProcessor = model.madeProcessor;
    return this;
  }

  /** Throws on a tokenizer whose texts the model can't take, before the first of them. */
  protected checkTokenizer(_tokenizer: TextTokenizer): void {}

  /** Frees every weight. */
  dispose(): void {
    this.parameters.dispose();
  }

  /** The same as `dispose`, for `using`. */
  [Symbol.dispose](): void {
    this.dispose();
  }
}
