import { type LinearOptions, linear } from "@rsdix/backend";
import { checkOptions, checkRange, checkRank, fail, showShape } from "@rsdix/internal";
import * as tf from "@tensorflow/tfjs-core";
import { checkHeads } from "../check-transformer";
import type { Initializer, ParameterSpec } from "../initialize";
import { Parameters } from "../parameters";
import { attend } from "./attend";
import { checkDropout, type DropoutOptions } from "./dropout";
import { type AttentionNames, type BlockNames, layerNames } from "./names";
import { linearSpecs, xavier } from "./specs";
import { Weights } from "./weights";

/** The sizes of a `MultiHeadAttention`. */
export interface MultiHeadAttentionConfig {
  /** Width of queries, keys, values and output. */
  readonly width: number;
  /** Heads; divides the width. */
  readonly heads: number;
  /** Whose names the weights have. Default "clip". */
  readonly names?: BlockNames;
}

/** What attention takes beside its input. */
export interface AttentionForwardOptions {
  /** Shape `[batch, keys, width]`, float32: what is looked at (cross-attention). The input itself by default (self-attention). */
  readonly memory?: tf.Tensor3D;
  /** Shape `[batch, keys]`, float32: 1 where a key may be looked at, 0 for padding. */
  readonly keyMask?: tf.Tensor2D;
  /** A token looks at itself and those before it; not with a memory. Default false. */
  readonly causal?: boolean;
  /** Dropout of the attention weights, while training. */
  readonly dropout?: Omit<DropoutOptions, "residual" | "embedding">;
}

/** The same over rows of tokens, inside a model. */
export interface AttentionRowsOptions extends Omit<AttentionForwardOptions, "memory"> {
  /** [batch · keys, width]. */
  readonly memory?: tf.Tensor2D;
  /** [batch · tokens, width]: added to the output. */
  readonly residual?: tf.Tensor2D;
}

/**
 * Multi-head attention: to itself, or to a memory. Works and trains on any backend.
 *
 * @example
 * ```ts
 * import "@tensorflow/tfjs";
 * import * as tf from "@tensorflow/tfjs-core";
 * import { MultiHeadAttention } from "@rsdix/models";
 * const attention = MultiHeadAttention.fromConfig({ width: 8, heads: 2 }, 1);
 * const x = tf.randomNormal([2, 5, 8]) as tf.Tensor3D; // two sequences of five tokens
 * console.log(attention.forward(x, { causal: true }).shape); // [2, 5, 8]
 * const memory = tf.randomNormal([2, 9, 8]) as tf.Tensor3D;
 * console.log(attention.forward(x, { memory }).shape); // [2, 5, 8]
 * attention.dispose();
 * ```
 * @see Attention Is All You Need, arXiv 1706.03762, section 3.2.2.
 */
export class MultiHeadAttention {
  private readonly weights: Weights;
  private readonly names: AttentionNames;

  private constructor(
    /** The sizes. */
    readonly config: Required<MultiHeadAttentionConfig>,
    /** The weights, shared with the model around this one when there is one. */
    readonly parameters: Parameters,
    private readonly prefix: string,
  ) {
    this.weights = new Weights(parameters, prefix);
    this.names = layerNames(config.names).attention;
  }

  /**
   * One with fresh weights: Xavier's uniform ones, biases 0, as PyTorch starts it.
   *
   * @param config Sizes and names.
   * @param seed A whole number; the same seed gives the same weights on every backend.
   * @returns The layer, trainable.
   * @throws INVALID_ARGUMENT, UNKNOWN_OPTION when the configuration is wrong.
   */
  static fromConfig(config: MultiHeadAttentionConfig, seed: number): MultiHeadAttention {
    return new MultiHeadAttention(resolve(config), Parameters.initialize(MultiHeadAttention.specs(config), seed), "");
  }

  /**
   * The one inside a larger model, which owns the weights.
   *
   * @param config Sizes and names.
   * @param parameters The larger model's weights, with those of `MultiHeadAttention.specs` among them.
   * @param prefix What stands before the names among them, for example `"head.attention."`.
   * @returns The layer; it shares the weights.
   * @throws INVALID_ARGUMENT, UNKNOWN_OPTION when the configuration is wrong.
   */
  static inside(config: MultiHeadAttentionConfig, parameters: Parameters, prefix: string): MultiHeadAttention {
    return new MultiHeadAttention(resolve(config), parameters, prefix);
  }

  /**
   * The weights, for `Parameters.initialize` of a larger model.
   *
   * @param config Sizes and names.
   * @param prefix What stands before the names; nothing by default.
   * @returns Every weight.
   * @throws INVALID_ARGUMENT, UNKNOWN_OPTION when the configuration is wrong.
   */
  static specs(config: MultiHeadAttentionConfig, prefix = ""): ParameterSpec[] {
    return attentionSpecs(resolve(config), prefix);
  }

  /**
   * Every token of `x` looks at the tokens of the memory, or of `x`.
   *
   * @param x Queries, shape `[batch, tokens, width]`, float32.
   * @param options Memory, masks and dropout.
   * @returns Shape `[batch, tokens, width]`, float32.
   * @throws SHAPE_MISMATCH when the shapes don't fit; INVALID_ARGUMENT, UNKNOWN_OPTION for wrong options.
   */
  forward(x: tf.Tensor3D, options: AttentionForwardOptions = {}): tf.Tensor3D {
    checkOptions(options, ["memory", "keyMask", "causal", "dropout"], "MultiHeadAttention.forward");
    checkDropout(options.dropout, ["attention"], "MultiHeadAttention.forward");
    const { width } = this.config;
    const { memory, ...rest } = options;
    checkTokens(x, width, "x");
    const batch = x.shape[0];
    if (memory !== undefined) checkTokens(memory, width, "memory");
    if (memory && rest.causal) fail("INVALID_ARGUMENT", "causal is an order within one sequence; leave it out where there is a memory.");
    if (memory && memory.shape[0] !== batch) {
      fail("SHAPE_MISMATCH", `x and memory must have the same batch, got ${showShape(x)} and ${showShape(memory)}.`);
    }
    return tf.tidy(() => {
      const flat = (t: tf.Tensor3D) => tf.reshape(t, [t.shape[0] * t.shape[1], width]) as tf.Tensor2D;
      const y = this.rows(flat(x), batch, { ...rest, ...(memory && { memory: flat(memory) }) });
      return tf.reshape(y, x.shape);
    });
  }

  /**
   * `forward` over rows of tokens, as models keep them between blocks.
   *
   * @param x Queries, shape `[batch · tokens, width]`, float32.
   * @param batch Sequences.
   * @param options Memory, masks, dropout, and what is added to the output.
   * @returns Shape `[batch · tokens, width]`, float32.
   * @throws SHAPE_MISMATCH when the shapes don't fit.
   */
  rows(x: tf.Tensor2D, batch: number, { memory, residual, ...options }: AttentionRowsOptions = {}): tf.Tensor2D {
    const { inputs, out } = this.names;
    const packed = memory === undefined && inputs.every((name) => name === inputs[0]);
    const parts = packed
      ? linear(x, this.weights.matrix(`${inputs[0]}weight`), this.weights.vector(`${inputs[0]}bias`)) // [batch · tokens, 3 · width]
      : ([this.input(0, x), this.input(1, memory ?? x), this.input(2, memory ?? x)] as const);
    const mixed = attend(parts, { batch, heads: this.config.heads, place: this.prefix, ...options });
    const after: LinearOptions = residual ? { residual } : {};
    return this.weights.linear(mixed, out, after); // [batch · tokens, width]
  }

  /** Frees the weights; inside a larger model dispose that one instead. */
  dispose(): void {
    this.parameters.dispose();
  }

  /** The same as `dispose`, for `using`. */
  [Symbol.dispose](): void {
    this.dispose();
  }

  /** Queries, keys or values: [n, width] by the columns of a layer that are theirs. */
  private input(part: 0 | 1 | 2, x: tf.Tensor2D): tf.Tensor2D {
    const { inputs } = this.names;
    const { width } = this.config;
    const name = inputs[part];
    const [weight, bias] = [this.weights.matrix(`${name}weight`), this.weights.vector(`${name}bias`)];
    const first = width * inputs.slice(0, part).filter((other) => other === name).length;
    if (weight.shape[1] === width) return linear(x, weight, bias);
    return linear(x, tf.slice(weight, [0, first], [width, width]), tf.slice(bias, [first], [width]));
  }
}

/** Every weight of attention; `init` where a model starts otherwise than by Xavier. */
export function attentionSpecs(
  { width, names }: Required<MultiHeadAttentionConfig>,
  prefix: string,
  init?: { readonly inputs: Initializer; readonly out: Initializer },
): ParameterSpec[] {
  const { inputs, out } = layerNames(names).attention;
  return [
    ...[...new Set(inputs)].flatMap((name): ParameterSpec[] => {
      const outputs = width * inputs.filter((other) => other === name).length;
      const start = init?.inputs ?? xavier(width, outputs);
      return [
        { name: `${prefix}${name}weight`, shape: [width, outputs], init: start, transposed: true, decay: true },
        { name: `${prefix}${name}bias`, shape: [outputs], init: "zeros" },
      ];
    }),
    ...linearSpecs(prefix + out, width, width, init?.out ?? xavier(width, width)),
  ];
}

/** Throws unless `x` is [batch, tokens, width]. */
export function checkTokens(x: tf.Tensor3D, width: number, name: string): void {
  checkRank(x, 3, name, `[batch, tokens, ${width}]`);
  if (x.shape[2] !== width) fail("SHAPE_MISMATCH", `${name} must be [batch, tokens, ${width}], got ${showShape(x)}.`);
}

function resolve(config: MultiHeadAttentionConfig): Required<MultiHeadAttentionConfig> {
  const { width, heads, names = "clip" } = checkOptions(config, ["width", "heads", "names"], "A MultiHeadAttention's configuration");
  checkRange(width, "width", { min: 1, integer: true });
  checkRange(heads, "heads", { min: 1, integer: true });
  checkHeads(width, heads);
  layerNames(names);
  return Object.freeze({ width, heads, names });
}
