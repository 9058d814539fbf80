import { type Activation, l2Normalize, linear } from "@rsdix/backend";
import { checkOptions, checkRange, fail, show } from "@rsdix/internal";
import { type CheckpointTensor, type ParameterSpec, Parameters } from "@rsdix/models";
import * as tf from "@tensorflow/tfjs-core";

/** The sizes of a head. */
export interface HeadConfig {
  /** Width of a feature. */
  readonly inputWidth: number;
  /** Width of what comes out: classes, or a joint space. */
  readonly outputWidth: number;
  /** Widths of layers between; none by default, which makes the head linear. */
  readonly hidden?: readonly number[];
  /** After each layer between. "gelu" by default. */
  readonly activation?: Activation;
}

/** Also a head without a layer between is told of a wrong one. */
const ACTIVATIONS: Readonly<Record<Activation, true>> = { quickGelu: true, gelu: true, geluTanh: true, relu: true, tanh: true };

/** Features that are put through a head at a time. */
const ROWS = 4096;

/**
 * A linear layer or a small MLP on features that a large model made once: trained in seconds, as often as one likes.
 *
 * @example
 * ```ts
 * import "@tensorflow/tfjs";
 * import { Head } from "@rsdix/train";
 * const head = Head.fromConfig({ inputWidth: 4, outputWidth: 3, hidden: [8] }, 1);
 * const probabilities = await head.predict(Float32Array.of(1, 0, 0, 0, 0, 1, 0, 0));
 * console.log(probabilities.length); // 6: 3 classes for each of 2 features
 * head.dispose();
 * ```
 * @see CLIP, arXiv 2103.00020, section 3.2 (linear probes)
 */
export class Head {
  private readonly layers: number;

  private constructor(
    /** The sizes. */
    readonly config: Required<HeadConfig>,
    /** The weights: `layers.<k>.weight` and `.bias`, as torch's Linear has them. */
    readonly parameters: Parameters,
  ) {
    this.layers = config.hidden.length + 1;
  }

  /**
   * A head with fresh weights, as torch's Linear starts.
   *
   * @param config Sizes.
   * @param seed A whole number; the same seed gives the same weights on every backend.
   * @returns The head, all weights trainable.
   * @throws INVALID_ARGUMENT, UNKNOWN_OPTION for wrong sizes.
   */
  static fromConfig(config: HeadConfig, seed: number): Head {
    const resolved = resolve(config);
    return new Head(resolved, Parameters.initialize(headParameters(resolved), seed));
  }

  /**
   * A head with the weights of a checkpoint, as `parameters.toCheckpoint()` gave them.
   *
   * @param config Sizes; must be those of the checkpoint.
   * @param checkpoint Arrays by name.
   * @returns The head, all weights trainable.
   * @throws CHECKPOINT_MISMATCH naming every missing, unexpected and wrongly shaped array; INVALID_ARGUMENT, UNKNOWN_OPTION.
   */
  static fromCheckpoint(config: HeadConfig, checkpoint: ReadonlyMap<string, CheckpointTensor>): Head {
    const resolved = resolve(config);
    return new Head(resolved, Parameters.fromCheckpoint(headParameters(resolved), checkpoint));
  }

  /**
   * Features to outputs: a class's logits, or a place in a joint space that isn't yet of length 1.
   *
   * @param features Shape `[n, inputWidth]`, float32.
   * @returns Shape `[n, outputWidth]`, float32; the caller disposes it.
   * @throws SHAPE_MISMATCH, INVALID_ARGUMENT for what is no such tensor.
   */
  forward(features: tf.Tensor2D): tf.Tensor2D {
    const { activation } = this.config;
    return tf.tidy(() => {
      let x = features;
      for (let k = 0; k < this.layers; k++) {
        const weight = this.parameters.get(`layers.${k}.weight`) as tf.Tensor as tf.Tensor2D;
        const bias = this.parameters.get(`layers.${k}.bias`) as tf.Tensor as tf.Tensor1D;
        x = linear(x, weight, bias, k < this.layers - 1 ? { activation } : {});
      }
      return x;
    });
  }

  /**
   * How likely each class is.
   *
   * @param features Row-major `[n, inputWidth]`.
   * @returns The softmax of the outputs, row-major `[n, outputWidth]`.
   * @throws SHAPE_MISMATCH when the features are no whole rows; INVALID_ARGUMENT for what is no Float32Array.
   */
  predict(features: Float32Array): Promise<Float32Array> {
    return this.run(features, (x) => tf.softmax(x));
  }

  /**
   * Features in the joint space.
   *
   * @param features Row-major `[n, inputWidth]`.
   * @returns The outputs scaled to length 1, row-major `[n, outputWidth]`.
   * @throws SHAPE_MISMATCH when the features are no whole rows; INVALID_ARGUMENT for what is no Float32Array.
   */
  embed(features: Float32Array): Promise<Float32Array> {
    return this.run(features, (x) => l2Normalize(x));
  }

  /** Frees every weight. */
  dispose(): void {
    this.parameters.dispose();
  }

  /** The same as `dispose`, for `using`. */
  [Symbol.dispose](): void {
    this.dispose();
  }

  private async run(features: Float32Array, finish: (x: tf.Tensor2D) => tf.Tensor2D): Promise<Float32Array> {
    const { inputWidth, outputWidth } = this.config;
    if (show(features) !== "[object Float32Array]")
      fail("INVALID_ARGUMENT", `The head takes features in a Float32Array, got ${show(features)}.`);
    const n = features.length / inputWidth;
    if (!Number.isInteger(n)) fail("SHAPE_MISMATCH", `The head takes features of ${inputWidth} numbers, got ${features.length} numbers.`);
    const result = new Float32Array(n * outputWidth);
    for (let start = 0; start < n; start += ROWS) {
      const rows = features.subarray(start * inputWidth, (start + ROWS) * inputWidth);
      const outputs = tf.tidy(() => finish(this.forward(tf.tensor2d(rows, [rows.length / inputWidth, inputWidth]))));
      try {
        result.set(await outputs.data<"float32">(), start * outputWidth);
      } finally {
        outputs.dispose();
      }
    }
    return result;
  }
}

function resolve(config: HeadConfig): Required<HeadConfig> {
  const given = checkOptions(config, ["inputWidth", "outputWidth", "hidden", "activation"], "A head's configuration");
  const { inputWidth, outputWidth, hidden = [], activation = "gelu" } = given;
  if (!Array.isArray(hidden)) fail("INVALID_ARGUMENT", `hidden must be an array of widths, got ${show(hidden)}.`);
  if (!Object.hasOwn(ACTIVATIONS, activation)) {
    fail("INVALID_ARGUMENT", `A head's activation must be one of ${Object.keys(ACTIVATIONS).join(", ")}, got ${show(activation)}.`);
  }
  for (const [name, width] of Object.entries({ inputWidth, outputWidth })) checkRange(width, name, { min: 1, integer: true });
  for (const width of hidden) checkRange(width, "A width of hidden", { min: 1, integer: true });
  return Object.freeze({ inputWidth, outputWidth, hidden: [...hidden], activation });
}

function headParameters({ inputWidth, outputWidth, hidden }: Required<HeadConfig>): ParameterSpec[] {
  const widths = [inputWidth, ...hidden, outputWidth];
  return widths.slice(1).flatMap((to, k): ParameterSpec[] => {
    const from = widths[k]!;
    const init = { uniform: 1 / Math.sqrt(from) };
    return [
      { name: `layers.${k}.weight`, shape: [from, to], init, transposed: true, decay: true },
      { name: `layers.${k}.bias`, shape: [to], init },
    ];
  });
}
