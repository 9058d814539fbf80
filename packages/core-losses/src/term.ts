import type * as tf from "@tensorflow/tfjs-core";
import type { Span } from "./spans";
import type { Merge, Part } from "./strips";

/** One loss on the similarities S [M, N] of all pairs, as steps on strips and tiles of S. */
export interface Term {
  /** Scalars with a gradient, beside the embeddings: a scale, a bias. */
  readonly parameters: readonly tf.Scalar[];
  /** What must be known before the pass over S; its tensors are given to `strip` and `finish`. */
  start?(): tf.Tensor[];
  /** What one strip of S adds. */
  strip(similarities: tf.Tensor2D, rows: Span, index: number, started: tf.Tensor[]): Part;
  merge: Merge;
  /** The losses, and what their gradient needs. */
  finish(part: Part, started: tf.Tensor[]): { losses: tf.Tensor1D; state: tf.Tensor[] };
  /** The way back, for the gradient `dy` of the losses. */
  backward(dy: tf.Tensor1D, state: tf.Tensor[]): TermGradient;
}

/** The gradient of a term, tile by tile. */
export interface TermGradient {
  /** d/dS of the tiles of a block of columns. `index` is the strip's where whole strips come, that is, where something was kept. */
  block(columns: Span): (similarities: tf.Tensor2D, rows: Span, index: number) => tf.Tensor2D;
  /** What is to be added to d/dS on its diagonal [min(M, N)]: it is sparse, and cheaper apart. */
  readonly diagonal?: tf.Tensor1D;
  /** What the parameters' gradients need of a tile, to be summed over all of them. */
  sums(gradient: tf.Tensor2D, similarities: tf.Tensor2D): tf.Scalar[];
  /** The gradients of the parameters. */
  parameters(sums: tf.Scalar[]): tf.Scalar[];
}
