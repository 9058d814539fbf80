/**
 * ClipCap's two mappers from an image embedding to GPT-2 input embeddings: an MLP, and a transformer with learned constants.
 *
 * Mokady et al., "ClipCap: CLIP Prefix for Image Captioning", arXiv 2111.09734, section 3.2.
 * Weights are named as in RSDiX's published checkpoints.
 */
import { type LinearOptions, l2Normalize, layerNorm, linear, recomputed } from "@rsdix/backend";
import { checkRank, fail, showShape } from "@rsdix/internal";
import * as tf from "@tensorflow/tfjs-core";
import { attend } from "./blocks/attend";
import { checkDropout, type DropoutOptions, drop } from "./blocks/dropout";
import { normSpecs } from "./blocks/specs";
import { checkFloat32 } from "./check-tensors";
import type { ResolvedClipCapConfig } from "./clipcap-config";
import type { Gpt2LossOptions } from "./gpt2-forward";
import { gpt2Parameters } from "./gpt2-parameters";
import type { ParameterSpec } from "./initialize";
import type { Parameters } from "./parameters";

/** Throws unless embeddings are [n, prefixSize], float32. */
export function checkEmbeddings(embeddings: tf.Tensor2D, { prefixSize }: ResolvedClipCapConfig): void {
  checkRank(embeddings, 2, "ClipCap: embeddings", `[n, ${prefixSize}]`);
  if (embeddings.shape[1] !== prefixSize) {
    fail("SHAPE_MISMATCH", `ClipCap: embeddings must be [n, ${prefixSize}], got ${showShape(embeddings)}. Use the CLIP it was made for.`);
  }
  checkFloat32(embeddings, "ClipCap: embeddings");
}

/** What a captioner's loss takes beside its batch. */
export interface ClipCapLossOptions extends Gpt2LossOptions {
  /** Dropout of a transformer mapper's attention weights and of what its blocks add to the residual stream, while training. */
  readonly mapperDropout?: Omit<DropoutOptions, "embedding">;
}

/** Throws on dropout that the mapper has no place for. */
export function checkMapperDropout(dropout: DropoutOptions | undefined, { mapper }: ResolvedClipCapConfig): void {
  if (dropout === undefined) return;
  checkDropout(dropout, ["attention", "residual"], "the mapper of ClipCap.loss");
  if (mapper === "mlp")
    fail("INVALID_ARGUMENT", "ClipCap.loss: mapperDropout is for a transformer mapper, and this one is an MLP; leave it out.");
}

/** Embeddings [n, prefixSize] to GPT-2 positions [n, prefixLength, width]; a transformer's blocks are computed again on the way back if so told. */
export function mapPrefix(
  embeddings: tf.Tensor2D,
  parameters: Parameters,
  config: ResolvedClipCapConfig,
  { gradientCheckpointing }: { readonly gradientCheckpointing: boolean },
  dropout?: DropoutOptions,
): tf.Tensor3D {
  return tf.tidy(() => {
    const x = config.normalizePrefix ? l2Normalize(embeddings) : embeddings;
    return mapped(x, parameters, config, gradientCheckpointing, dropout);
  });
}

function mapped(
  x: tf.Tensor2D,
  parameters: Parameters,
  { prefixLength, gpt2, mapper }: ResolvedClipCapConfig,
  gradientCheckpointing: boolean,
  dropout: DropoutOptions | undefined,
): tf.Tensor3D {
  const n = x.shape[0];
  if (mapper === "mlp") {
    const hidden = dense(x, parameters, "model.0", { activation: "tanh" }); // [n, ⌊width · prefixLength / 2⌋]
    return tf.reshape(dense(hidden, parameters, "model.2"), [n, prefixLength, gpt2.width]); // [n, width · prefixLength] before
  }
  const { clipLength, layers } = mapper;
  const tokens = clipLength + prefixLength;
  const image = tf.reshape(dense(x, parameters, "linear"), [n, clipLength, gpt2.width]);
  const constants = tf.tile(tf.expandDims(parameters.get("clip_project.prefix_const"), 0), [n, 1, 1]); // [n, prefixLength, width]
  let h = tf.reshape(tf.concat([image, constants], 1), [n * tokens, gpt2.width]) as tf.Tensor2D;
  for (let layer = 0; layer < layers; layer++) {
    const name = `transformer.layers.${layer}`;
    const run = (rows: tf.Tensor2D) => block(rows, parameters, name, { batch: n, heads: mapper.heads, dropout });
    h = gradientCheckpointing ? recomputed(run, h, parameters.trainableBelow(`clip_project.${name}.`)) : tf.tidy(() => run(h));
  }
  return tf.slice(tf.reshape(h, [n, tokens, gpt2.width]) as tf.Tensor3D, [0, clipLength, 0], [n, prefixLength, gpt2.width]);
}

/** Rows of tokens [n · tokens, width]: pre-norm, ReLU, queries, keys and values without a bias. */
function block(
  x: tf.Tensor2D,
  parameters: Parameters,
  name: string,
  { batch, heads, dropout }: { batch: number; heads: number; dropout: DropoutOptions | undefined },
): tf.Tensor2D {
  /** What a layer adds to the residual stream: in the same operation, unless some of it is dropped. */
  const added = (input: tf.Tensor2D, layer: string, residual: tf.Tensor2D) => {
    if (!dropout?.residual) return dense(input, parameters, `${name}.${layer}`, { residual });
    const whole = dense(input, parameters, `${name}.${layer}`);
    return tf.add<tf.Tensor2D>(residual, drop(whole, dropout, "residual", `clip_project.${name}.${layer}`));
  };
  const h = norm(x, parameters, `${name}.norm1`);
  const queries = linear(h, matrix(parameters, `${name}.attn.to_queries.weight`));
  const [keys, values] = tf.split(linear(h, matrix(parameters, `${name}.attn.to_keys_values.weight`)), 2, 1) as [tf.Tensor2D, tf.Tensor2D];
  const mixed = attend([queries, keys, values], { batch, heads, place: `clip_project.${name}.attn.`, ...(dropout && { dropout }) });
  const attended = added(mixed, "attn.project", x);
  const hidden = dense(norm(attended, parameters, `${name}.norm2`), parameters, `${name}.mlp.fc1`, { activation: "relu" });
  return added(hidden, "mlp.fc2", attended);
}

/** Every weight of a captioner: the mapper's below `clip_project.`, GPT-2's below `gpt.`. */
export function clipCapParameters(config: ResolvedClipCapConfig): ParameterSpec[] {
  return [...mapperParameters(config), ...gpt2Parameters(config.gpt2, "gpt.")];
}

function mapperParameters({ prefixSize, prefixLength, gpt2, mapper }: ResolvedClipCapConfig): ParameterSpec[] {
  const { width } = gpt2;
  const out = width * prefixLength;
  if (mapper === "mlp") {
    const hidden = Math.floor(out / 2);
    return [...denseParameters("model.0", prefixSize, hidden), ...denseParameters("model.2", hidden, out)];
  }
  return [
    ...denseParameters("linear", prefixSize, mapper.clipLength * width),
    { name: "clip_project.prefix_const", shape: [prefixLength, width], init: { normal: 1 } },
    ...Array.from({ length: mapper.layers }, (_, layer) => blockParameters(`transformer.layers.${layer}`, width)).flat(),
  ];
}

function blockParameters(name: string, width: number): ParameterSpec[] {
  return [
    ...normSpecs(`clip_project.${name}.norm1`, width),
    weightOf(`${name}.attn.to_queries`, width, width),
    weightOf(`${name}.attn.to_keys_values`, width, 2 * width),
    ...denseParameters(`${name}.attn.project`, width, width),
    ...normSpecs(`clip_project.${name}.norm2`, width),
    ...denseParameters(`${name}.mlp.fc1`, width, 2 * width),
    ...denseParameters(`${name}.mlp.fc2`, 2 * width, width),
  ];
}

/** The start of torch's Linear: uniform within 1/sqrt(in), weights and biases. */
function denseParameters(name: string, from: number, to: number): ParameterSpec[] {
  return [weightOf(name, from, to), { name: `clip_project.${name}.bias`, shape: [to], init: { uniform: 1 / Math.sqrt(from) } }];
}

function weightOf(name: string, from: number, to: number): ParameterSpec {
  return { name: `clip_project.${name}.weight`, shape: [from, to], init: { uniform: 1 / Math.sqrt(from) }, transposed: true, decay: true };
}

function dense(x: tf.Tensor2D, parameters: Parameters, name: string, options: LinearOptions = {}): tf.Tensor2D {
  return linear(x, matrix(parameters, `${name}.weight`), vector(parameters, `${name}.bias`), options);
}

function norm(x: tf.Tensor2D, parameters: Parameters, name: string): tf.Tensor2D {
  return layerNorm(x, vector(parameters, `${name}.weight`), vector(parameters, `${name}.bias`));
}

function matrix(parameters: Parameters, name: string): tf.Tensor2D {
  return parameters.get(`clip_project.${name}`) as tf.Tensor as tf.Tensor2D;
}

function vector(parameters: Parameters, name: string): tf.Tensor1D {
  return parameters.get(`clip_project.${name}`) as tf.Tensor as tf.Tensor1D;
}
