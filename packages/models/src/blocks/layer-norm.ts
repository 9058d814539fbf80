import { layerNorm } from "@rsdix/backend";
import { checkOptions, checkRange } from "@rsdix/internal";
import type * as tf from "@tensorflow/tfjs-core";
import type { ParameterSpec } from "../initialize";
import { Parameters } from "../parameters";

/** The size of a `LayerNorm`. */
export interface LayerNormConfig {
  /** Numbers that are normalised together: the last axis. */
  readonly width: number;
  /** Added to the variance. Default 1e-5. */
  readonly epsilon?: number;
}

/**
 * Layer normalisation with its scale and offset, named `weight` and `bias` as in PyTorch.
 *
 * @example
 * ```ts
 * import "@tensorflow/tfjs";
 * import * as tf from "@tensorflow/tfjs-core";
 * import { LayerNorm } from "@rsdix/models";
 * const norm = LayerNorm.fromConfig({ width: 2 });
 * norm.forward(tf.tensor2d([[1, 3]])).print(); // [[-1, 1]]
 * norm.dispose();
 * ```
 * @see Layer Normalization, arXiv 1607.06450.
 */
export class LayerNorm {
  private constructor(
    /** The size. */
    readonly config: Required<LayerNormConfig>,
    /** The weights, shared with the model around this one when there is one. */
    readonly parameters: Parameters,
    private readonly prefix: string,
  ) {}

  /**
   * One that starts as scale 1 and offset 0.
   *
   * @param config Width and epsilon.
   * @returns The layer, trainable; there is nothing to draw, so it takes no seed.
   * @throws INVALID_ARGUMENT, UNKNOWN_OPTION when the configuration is wrong.
   */
  static fromConfig(config: LayerNormConfig): LayerNorm {
    return new LayerNorm(resolve(config), Parameters.initialize(LayerNorm.specs(config), 0), "");
  }

  /**
   * The one inside a larger model, which owns the weights.
   *
   * @param config Width and epsilon.
   * @param parameters The larger model's weights, with those of `LayerNorm.specs` among them.
   * @param prefix What stands before `weight` and `bias` among them, for example `"final_norm."`.
   * @returns The layer; it shares the weights.
   * @throws INVALID_ARGUMENT, UNKNOWN_OPTION when the configuration is wrong.
   */
  static inside(config: LayerNormConfig, parameters: Parameters, prefix: string): LayerNorm {
    return new LayerNorm(resolve(config), parameters, prefix);
  }

  /**
   * The weights, for `Parameters.initialize` of a larger model.
   *
   * @param config Width and epsilon.
   * @param prefix What stands before the names; nothing by default.
   * @returns Scale and offset.
   * @throws INVALID_ARGUMENT, UNKNOWN_OPTION when the configuration is wrong.
   */
  static specs(config: LayerNormConfig, prefix = ""): ParameterSpec[] {
    const { width } = resolve(config);
    return [
      { name: `${prefix}weight`, shape: [width], init: "ones" },
      { name: `${prefix}bias`, shape: [width], init: "zeros" },
    ];
  }

  /**
   * (x - mean) / sqrt(variance + epsilon) · weight + bias over the last axis.
   *
   * @param x Shape `[..., width]`, float32.
   * @returns Shape `[..., width]`, float32.
   * @throws SHAPE_MISMATCH when the last axis has another size; INVALID_ARGUMENT when x is not float32.
   */
  forward<T extends tf.Tensor>(x: T): T {
    const vector = (name: string) => this.parameters.get(this.prefix + name) as tf.Tensor as tf.Tensor1D;
    return layerNorm(x, vector("weight"), vector("bias"), this.config.epsilon);
  }

  /** Frees the weights; inside a larger model dispose that one instead. */
  dispose(): void {
    this.parameters.dispose();
  }

  /** The same as `dispose`, for `using`. */
  [Symbol.dispose](): void {
    this.dispose();
  }
}

function resolve(config: LayerNormConfig): Required<LayerNormConfig> {
  const { width, epsilon = 1e-5 } = checkOptions(config, ["width", "epsilon"], "A LayerNorm's configuration");
  checkRange(width, "width", { min: 1, integer: true });
  checkRange(epsilon, "epsilon", { min: 0 });
  return Object.freeze({ width, epsilon });
}
