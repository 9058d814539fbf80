import type * as tf from "@tensorflow/tfjs-core";
import type { Span } from "./spans";
import type { Merge, Part } from "./strips";

/** A loss on the similarities S [M, N] of all pairs, as steps on strips and tiles of S. */
export interface Term {
  /** Scalars with a gradient, beside the embeddings: a scale, a bias. */
  readonly parameters: readonly tf.Scalar[];
  /** What must be known before the pass over S; its tensors are given to `strip` and `finish`. */
  start?(): tf.Tensor[];
  /** What one strip of S adds. */
  strip(similarities: tf.Tensor2D, rows: Span, index: number, started: tf.Tensor[]): Part;
  merge: Merge;
  /** The losses, and what their gradient needs. */
  finish(part: Part, started: tf.Tensor[]): Finished;
  /** The way back, for the gradient `dy` of the losses. */
  backward(dy: tf.Tensor1D, state: tf.Tensor[]): TermGradient;
}

/** What is left of the pass over S. */
interface Finished {
  readonly losses: tf.Tensor1D;
  readonly state: tf.Tensor[];
}

/** d/dS of a tile, and what the parameters' gradients need of it, to be summed over all tiles. */
type TileGradient = [gradient: tf.Tensor2D, ...sums: tf.Scalar[]];

/** The gradient of a term, tile by tile. */
export interface TermGradient {
  /** The tiles of a block of columns. `index` is the strip's where whole strips come, that is, where something was kept. */
  block(columns: Span): (similarities: tf.Tensor2D, rows: Span, index: number) => TileGradient;
  /** The gradients of the parameters. */
  parameters(sums: tf.Scalar[]): tf.Scalar[];
}
