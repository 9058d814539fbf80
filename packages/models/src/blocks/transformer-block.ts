import { type Activation, recomputed } from "@rsdix/backend";
import { checkOptions, fail } from "@rsdix/internal";
import * as tf from "@tensorflow/tfjs-core";
import { checkTransformer } from "../check-transformer";
import type { Initializer, ParameterSpec } from "../initialize";
import { Parameters } from "../parameters";
import { checkDropout, type DropoutOptions, drop } from "./dropout";
import { attentionSpecs, checkTokens, MultiHeadAttention } from "./multi-head-attention";
import { type BlockNames, layerNames } from "./names";
import { linearSpecs, normSpecs, xavier } from "./specs";
import { Weights } from "./weights";

/** The sizes and the kind of a `TransformerBlock`. */
export interface TransformerBlockConfig {
  /** Width of the residual stream. */
  readonly width: number;
  /** Attention heads; divides the width. */
  readonly heads: number;
  /** Width inside the MLP. Default four times the width. */
  readonly mlpWidth?: number;
  /** Of the MLP. Default "gelu". */
  readonly activation?: Activation;
  /** Where the layer norms stand: before attention and MLP ("pre", the default: CLIP, SigLIP), or after their sums ("post": BERT). */
  readonly norm?: "pre" | "post";
  /** Added to the variance in layer norms. Default 1e-5. */
  readonly layerNormEpsilon?: number;
  /** Whose names the weights have. Default "clip". */
  readonly names?: BlockNames;
}

/** What a block takes beside its input. */
export interface BlockForwardOptions {
  /** Shape `[batch, tokens]`, float32: 1 where a token may be looked at, 0 for padding. */
  readonly keyMask?: tf.Tensor2D;
  /** A token looks at itself and those before it. Default false. */
  readonly causal?: boolean;
  /** Dropout of attention weights and of what is added to the residual stream, while training. */
  readonly dropout?: Omit<DropoutOptions, "embedding">;
}

/** How the matrices of a block start. */
export interface BlockStart {
  readonly inputs: Initializer;
  readonly out: Initializer;
  readonly fc1: Initializer;
  readonly fc2: Initializer;
}

/**
 * A transformer's encoder block: self-attention and an MLP, each with a layer norm and a residual. Works and trains on any backend.
 *
 * @example
 * ```ts
 * import "@tensorflow/tfjs";
 * import * as tf from "@tensorflow/tfjs-core";
 * import { TransformerBlock } from "@rsdix/models";
 * const block = TransformerBlock.fromConfig({ width: 8, heads: 2, activation: "geluTanh" }, 1);
 * const x = tf.randomNormal([2, 5, 8]) as tf.Tensor3D; // two sequences of five tokens
 * const keyMask = tf.tensor2d([[1, 1, 1, 1, 1], [1, 1, 1, 0, 0]]);
 * console.log(block.forward(x, { keyMask, dropout: { residual: 0.1, seed: 1, step: 0 } }).shape); // [2, 5, 8]
 * block.dispose();
 * ```
 * @see Attention Is All You Need, arXiv 1706.03762, section 3; On Layer Normalization in the Transformer Architecture, arXiv 2002.04745.
 */
export class TransformerBlock {
  private readonly attention: MultiHeadAttention;
  private readonly weights: Weights;

  private constructor(
    /** The sizes. */
    readonly config: Required<TransformerBlockConfig>,
    /** The weights, shared with the model around this one when there is one. */
    readonly parameters: Parameters,
    private readonly prefix: string,
  ) {
    const { width, heads, names } = config;
    this.weights = new Weights(parameters, prefix);
    this.attention = MultiHeadAttention.inside({ width, heads, names }, parameters, prefix + layerNames(names).attentionPrefix);
  }

  /**
   * A block with fresh weights: Xavier's uniform ones, biases 0.
   *
   * @param config Sizes, kind and names.
   * @param seed A whole number; the same seed gives the same weights on every backend.
   * @returns The block, trainable.
   * @throws INVALID_ARGUMENT, UNKNOWN_OPTION when the configuration is wrong.
   */
  static fromConfig(config: TransformerBlockConfig, seed: number): TransformerBlock {
    return new TransformerBlock(resolve(config), Parameters.initialize(TransformerBlock.specs(config), seed), "");
  }

  /**
   * The block inside a larger model, which owns the weights.
   *
   * @param config Sizes, kind and names.
   * @param parameters The larger model's weights, with those of `TransformerBlock.specs` among them.
   * @param prefix What stands before the names among them, for example `"encoder.layers.0."`; it also tells the block's dropout from others'.
   * @returns The block; it shares the weights.
   * @throws INVALID_ARGUMENT, UNKNOWN_OPTION when the configuration is wrong.
   */
  static inside(config: TransformerBlockConfig, parameters: Parameters, prefix: string): TransformerBlock {
    return new TransformerBlock(resolve(config), parameters, prefix);
  }

  /**
   * The weights, for `Parameters.initialize` of a larger model.
   *
   * @param config Sizes, kind and names.
   * @param prefix What stands before the names; nothing by default.
   * @returns Every weight.
   * @throws INVALID_ARGUMENT, UNKNOWN_OPTION when the configuration is wrong.
   */
  static specs(config: TransformerBlockConfig, prefix = ""): ParameterSpec[] {
    return blockSpecs(config, prefix);
  }

  /**
   * One block forward.
   *
   * @param x Shape `[batch, tokens, width]`, float32.
   * @param options Masks and dropout.
   * @returns Shape `[batch, tokens, width]`, float32.
   * @throws SHAPE_MISMATCH when the shapes don't fit; INVALID_ARGUMENT, UNKNOWN_OPTION for wrong options.
   */
  forward(x: tf.Tensor3D, options: BlockForwardOptions = {}): tf.Tensor3D {
    checkOptions(options, ["keyMask", "causal", "dropout"], "TransformerBlock.forward");
    checkDropout(options.dropout, ["attention", "residual"], "TransformerBlock.forward");
    const { width } = this.config;
    checkTokens(x, width, "x");
    const [batch, tokens] = x.shape;
    return tf.tidy(() => tf.reshape(this.rows(tf.reshape(x, [batch * tokens, width]) as tf.Tensor2D, batch, options), x.shape));
  }

  /**
   * `forward` over rows of tokens, as models keep them between blocks.
   *
   * @param x Shape `[batch · tokens, width]`, float32.
   * @param batch Sequences.
   * @param options Masks and dropout.
   * @returns Shape `[batch · tokens, width]`, float32.
   * @throws SHAPE_MISMATCH when the shapes don't fit.
   */
  rows(x: tf.Tensor2D, batch: number, options: BlockForwardOptions = {}): tf.Tensor2D {
    const { norm1, norm2 } = layerNames(this.config.names);
    if (this.config.norm === "pre") {
      const attended = this.attend(this.norm(x, norm1), x, batch, options);
      return this.mlp(this.norm(attended, norm2), attended, options);
    }
    const attended = this.norm(this.attend(x, x, batch, options), norm1);
    return this.norm(this.mlp(attended, attended, options), norm2);
  }

  /**
   * `rows`, whose inside is computed again on the way back instead of kept.
   *
   * @param x Rows of tokens, shape `[batch · tokens, width]`, float32.
   * @param batch How many sequences they are.
   * @param options Masks and dropout.
   * @returns Shape `[batch · tokens, width]`, float32.
   * @throws INVALID_ARGUMENT where a second derivative is asked for.
   */
  recomputedRows(x: tf.Tensor2D, batch: number, { keyMask, ...options }: BlockForwardOptions = {}): tf.Tensor2D {
    const rows = (h: tf.Tensor2D, mask?: tf.Tensor) => this.rows(h, batch, { ...options, ...(mask && { keyMask: mask as tf.Tensor2D }) });
    return recomputed(rows, x, this.parameters.trainableBelow(this.prefix), keyMask ? [keyMask] : []);
  }

  /** Frees the weights; inside a larger model dispose that one instead. */
  dispose(): void {
    this.parameters.dispose();
  }

  /** The same as `dispose`, for `using`. */
  [Symbol.dispose](): void {
    this.dispose();
  }

  private attend(x: tf.Tensor2D, residual: tf.Tensor2D, batch: number, options: BlockForwardOptions): tf.Tensor2D {
    return this.added(residual, "attention", options, (rest) => this.attention.rows(x, batch, { ...options, ...rest }));
  }

  private mlp(x: tf.Tensor2D, residual: tf.Tensor2D, options: BlockForwardOptions): tf.Tensor2D {
    const { fc1, fc2 } = layerNames(this.config.names);
    const hidden = this.weights.linear(x, fc1, { activation: this.config.activation }); // [batch · tokens, mlpWidth]
    return this.added(residual, "mlp", options, (rest) => this.weights.linear(hidden, fc2, rest));
  }

  /** What a layer adds to the residual stream: in the same operation, unless some of it is dropped. */
  private added(
    residual: tf.Tensor2D,
    place: string,
    { dropout }: BlockForwardOptions,
    layer: (rest: { residual?: tf.Tensor2D }) => tf.Tensor2D,
  ): tf.Tensor2D {
    if (!dropout?.residual) return layer({ residual });
    return tf.add(residual, drop(layer({}), dropout, "residual", this.prefix + place));
  }

  private norm(x: tf.Tensor2D, name: string): tf.Tensor2D {
    return this.weights.norm(x, name, this.config.layerNormEpsilon);
  }
}

/** Every weight of a block, in the order of Hugging Face's; `start` where a model starts otherwise than by Xavier. */
export function blockSpecs(config: TransformerBlockConfig, prefix: string, start?: BlockStart): ParameterSpec[] {
  const resolved = resolve(config);
  const { width, mlpWidth } = resolved;
  const names = layerNames(resolved.names);
  return [
    ...attentionSpecs(resolved, prefix + names.attentionPrefix, start),
    ...normSpecs(prefix + names.norm1, width),
    ...linearSpecs(prefix + names.fc1, width, mlpWidth, start?.fc1 ?? xavier(width, mlpWidth)),
    ...linearSpecs(prefix + names.fc2, mlpWidth, width, start?.fc2 ?? xavier(mlpWidth, width)),
    ...normSpecs(prefix + names.norm2, width),
  ];
}

/**
 * The states between blocks: the input, and what follows each block; layers + 1 of them. What a block computes on the way is freed, and with
 * `gradientCheckpointing` not kept for the way back either.
 */
export function throughBlocks(
  blocks: readonly TransformerBlock[],
  input: tf.Tensor2D,
  batch: number,
  options: BlockForwardOptions,
  gradientCheckpointing: boolean,
): tf.Tensor2D[] {
  const states = [input];
  for (const block of blocks) {
    const x = states.at(-1)!;
    states.push(gradientCheckpointing ? block.recomputedRows(x, batch, options) : tf.tidy(() => block.rows(x, batch, options)));
  }
  return states;
}

function resolve(config: TransformerBlockConfig): Required<TransformerBlockConfig> {
  const known = ["width", "heads", "mlpWidth", "activation", "norm", "layerNormEpsilon", "names"];
  const given = checkOptions(config, known, "A TransformerBlock's configuration");
  const { width, heads, mlpWidth = 4 * width, activation = "gelu", norm = "pre", layerNormEpsilon = 1e-5, names = "clip" } = given;
  checkTransformer({ width, heads, mlpWidth, activation, layerNormEpsilon, layers: 1 });
  if (norm !== "pre" && norm !== "post") fail("INVALID_ARGUMENT", `norm must be "pre" or "post", got "${String(norm)}".`);
  layerNames(names);
  return Object.freeze({ width, heads, mlpWidth, activation, norm, layerNormEpsilon, names });
}
