import { type LinearOptions, layerNorm, linear } from "@rsdix/backend";
import type * as tf from "@tensorflow/tfjs-core";
import type { Parameters } from "../parameters";

/** The weights below a prefix, and the two layers that most of them belong to. */
export class Weights {
  constructor(
    private readonly parameters: Parameters,
    private readonly prefix: string,
  ) {}

  matrix(name: string): tf.Tensor2D {
    return this.parameters.get(this.prefix + name) as tf.Tensor as tf.Tensor2D;
  }

  vector(name: string): tf.Tensor1D {
    return this.parameters.get(this.prefix + name) as tf.Tensor as tf.Tensor1D;
  }

  /** f(x · weight + bias) + residual. */
  linear(x: tf.Tensor2D, name: string, options: LinearOptions = {}): tf.Tensor2D {
    return linear(x, this.matrix(`${name}.weight`), this.vector(`${name}.bias`), options);
  }

  norm<T extends tf.Tensor>(x: T, name: string, epsilon: number): T {
    return layerNorm(x, this.vector(`${name}.weight`), this.vector(`${name}.bias`), epsilon);
  }
}
