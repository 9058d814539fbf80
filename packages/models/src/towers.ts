import { embedding, linear } from "@rsdix/backend";
import { checkOptions, checkRank, fail, showShape } from "@rsdix/internal";
import * as tf from "@tensorflow/tfjs-core";
import { checkDropout, type DropoutOptions } from "./blocks/dropout";
import { TransformerBlock, type TransformerBlockConfig } from "./blocks/transformer-block";
import { checkFloat32 } from "./check-tensors";
import type { TowerConfig } from "./clip-config";
import type { Parameters } from "./parameters";
import type { TokenBatch } from "./token-batch";
import type { Vocabulary } from "./vocabulary";

/** What a tower takes beside its input. */
export interface TowerOptions {
  /** Dropout of attention weights and of what blocks add to the residual stream, while training. */
  readonly dropout?: Omit<DropoutOptions, "embedding">;
}

/** A tower's states, layer by layer. The caller disposes all of them. */
export interface TowerStates {
  /** Before the first block and after each, layers + 1 of them, shape `[n, tokens, width]`, float32; before the last norm. */
  readonly hidden: tf.Tensor3D[];
  /** What is made of all tokens, before it goes to the joint space, shape `[n, width]`, float32. */
  readonly pooled: tf.Tensor2D;
  /** In the joint space, of length 1, shape `[n, embedDim]`, float32. */
  readonly embeddings: tf.Tensor2D;
}

/** The names of a tower's weights, its projection's among them. */
export const TOWER_NAMES: Readonly<Record<"image" | "text", RegExp>> = {
  image: /^(vision_model|visual_projection)\./,
  text: /^(text_model|text_projection)\./,
};

/** What stands before the names of a tower's blocks. */
export function blockNames(tower: string, { layers }: TowerConfig): string[] {
  return Array.from({ length: layers }, (_, i) => `${tower}.encoder.layers.${i}.`);
}

/** What a tower's blocks are. */
export function blockConfig({ width, heads, mlpWidth, activation, layerNormEpsilon }: Required<TowerConfig>): TransformerBlockConfig {
  return { width, heads, mlpWidth, activation, layerNormEpsilon };
}

/** A tower's blocks. */
export function blocksOf(parameters: Parameters, tower: string, config: Required<TowerConfig>): TransformerBlock[] {
  return blockNames(tower, config).map((name) => TransformerBlock.inside(blockConfig(config), parameters, name));
}

/** Throws on options that a tower doesn't have. */
export function checkTowerOptions(options: TowerOptions, where: string): void {
  checkOptions(options, ["dropout"], where);
  checkDropout(options.dropout, ["attention", "residual"], where);
}

/** The rows of the token table; throws where the model was loaded without its text tower. */
export function textVocabulary({ vocabulary }: Parameters, where: string): Vocabulary {
  return (
    vocabulary ?? fail("INVALID_ARGUMENT", `${where}: this model was loaded without its text tower. Load it with towers: "both" or "text".`)
  );
}

/** Throws where the model was loaded without its image tower. */
export function checkImageTower(parameters: Parameters, where: string): void {
  if (parameters.specs.some(({ name }) => name.startsWith("vision_model."))) return;
  fail("INVALID_ARGUMENT", `${where}: this model was loaded without its image tower. Load it with towers: "both" or "image".`);
}

/** Throws unless pixels are [n, 3, size, size], n at least 1. */
export function checkPixels(pixels: tf.Tensor4D, size: number, where: string): void {
  checkRank(pixels, 4, "pixels", `[n, 3, ${size}, ${size}]`);
  checkFloat32(pixels, `${where}: pixels`);
  if (pixels.shape.slice(1).join() !== [3, size, size].join()) {
    fail(
      "SHAPE_MISMATCH",
      `${where}: pixels must be [n, 3, ${size}, ${size}], got ${showShape(pixels)}. Resize and crop the images first.`,
    );
  }
  if (pixels.shape[0] === 0) fail("EMPTY_DATA", `${where}: pixels must hold at least one image, got ${showShape(pixels)}.`);
}

/**
 * Patches as tokens: a convolution whose stride is its size, so that it is one product. `weight` is [width, 3, patch, patch] as in checkpoints.
 * -> [n · g, width], g patches an image.
 */
export function embedPatches(pixels: tf.Tensor4D, weight: tf.Tensor, bias?: tf.Tensor1D): tf.Tensor2D {
  const [width, , patch] = weight.shape as [number, number, number, number];
  const matrix = tf.reshape(weight, [width, -1]) as tf.Tensor2D; // [width, 3·patch·patch]
  return linear(cutPatches(pixels, patch), matrix, bias, { transposed: true });
}

/** [n, 3, s, s] -> [n·g, 3·p·p], g = ⌊s/p⌋². Two 4-D transposes: one of six dimensions is slow or missing on most backends. */
function cutPatches(pixels: tf.Tensor4D, p: number): tf.Tensor2D {
  const [n, channels, size] = pixels.shape;
  const side = Math.floor(size / p);
  const whole = side * p === size ? pixels : tf.slice(pixels, [0, 0, 0, 0], [n, channels, side * p, side * p]);
  const rows = tf.reshape(whole, [n * channels * side, p, side, p]);
  const cells = tf.transpose(rows, [0, 2, 1, 3]); // [n·3·side, side, p, p]
  const grouped = tf.transpose(tf.reshape(cells, [n, channels, side * side, p * p]), [0, 2, 1, 3]); // [n, g, 3, p·p]
  return tf.reshape(grouped, [n * side * side, channels * p * p]);
}

/** Token ids and positions as rows [batch · length, width]: `rows` of the token table, and the first of the position table. */
export function embedTokens(
  table: tf.Tensor2D,
  positions: tf.Tensor2D,
  rows: Int32Array,
  [batch, length]: TokenBatch["shape"],
): tf.Tensor2D {
  const width = table.shape[1];
  const words = embedding(table, tf.tensor2d(rows, [batch, length], "int32")); // [batch, length, width]
  const placed = tf.add(words, tf.slice(positions, [0, 0], [length, width]));
  return tf.reshape(placed, [batch * length, width]);
}

/** Every `count`-th row from `first` on: one token of each sequence. */
export function tokenOfEach(x: tf.Tensor2D, first: number, count: number): tf.Tensor2D {
  return embedding(x, tf.range(first, x.shape[0], count, "int32")) as tf.Tensor2D;
}

/** States [n · tokens, width] as users see them. */
export function asSequences(states: readonly tf.Tensor2D[], n: number): tf.Tensor3D[] {
  return states.map((x) => tf.reshape(x, [n, x.shape[0] / n, x.shape[1]]) as tf.Tensor3D);
}

/** exp(scale) · image · textᵀ, [images, texts], of embeddings [n, width]. */
export function scaledSimilarities(image: tf.Tensor2D, text: tf.Tensor2D, width: number, scale: tf.Tensor): tf.Tensor2D {
  for (const [name, x] of Object.entries({ image, text })) {
    checkRank(x, 2, name, `[n, ${width}]`);
    if (x.shape[1] !== width) fail("SHAPE_MISMATCH", `${name} must be embeddings of the model, [n, ${width}], got ${showShape(x)}.`);
    checkFloat32(x, name);
  }
  return tf.mul(linear(image, text, undefined, { transposed: true }), tf.exp(scale)) as tf.Tensor2D;
}
