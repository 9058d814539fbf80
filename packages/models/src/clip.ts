/**
 * CLIP: a vision transformer and a text transformer that meet in one space.
 *
 * Radford et al., "Learning Transferable Visual Models From Natural Language Supervision", arXiv 2103.00020.
 * Reference: https://github.com/openai/CLIP/blob/main/clip/model.py ; weights are named as in Hugging Face's CLIPModel.
 */
import {
  embedding,
  type LinearOptions,
  l2Normalize,
  layerNorm,
  linear,
  recomputed,
  type SelfAttentionOptions,
  selfAttention,
} from "@rsdix/backend";
import { checkRank, fail, showShape } from "@rsdix/internal";
import * as tf from "@tensorflow/tfjs-core";
import type { CheckpointTensor } from "./checkpoint/checkpoint";
import { type ClipConfig, type ResolvedClipConfig, resolveClipConfig, type TowerConfig } from "./clip-config";
import type { ParameterSpec } from "./initialize";
import { Parameters } from "./parameters";
import type { TokenBatch } from "./token-batch";

/** ln(1 / 0.07), the logit scale that CLIP starts from. */
const INITIAL_LOGIT_SCALE = Math.log(1 / 0.07);

/**
 * A CLIP model: weights and the two encoders. Works on any backend, trains on any backend.
 *
 * @example
 * ```ts
 * import "@tensorflow/tfjs";
 * import * as tf from "@tensorflow/tfjs-core";
 * import { Clip } from "@rsdix/models";
 * const tower = { width: 16, layers: 1, heads: 2 };
 * const clip = Clip.fromConfig({ embedDim: 8, image: { ...tower, size: 8, patch: 4 }, text: { ...tower, vocabSize: 10, contextLength: 6 } }, 1);
 * const image = clip.encodeImage(tf.zeros([2, 3, 8, 8])); // [2, 8]
 * const text = clip.encodeText({ ids: Int32Array.of(8, 3, 4, 9, 8, 5, 9, 9), shape: [2, 4] }); // [2, 8]
 * console.log(tf.matMul(image, text, false, true).shape); // [2, 2], cosine similarities
 * clip.dispose();
 * ```
 * @see arXiv 2103.00020
 */
export class Clip {
  /** Compute each block again on the way back instead of keeping its inside: a training step takes less memory and about a third longer. */
  gradientCheckpointing = false;

  private constructor(
    /** The shape of the model. */
    readonly config: ResolvedClipConfig,
    /** The weights under their checkpoint names. */
    readonly parameters: Parameters,
  ) {}

  /**
   * A model with fresh weights, as OpenAI initialises them.
   *
   * @param config Sizes; see `CLIP_VIT_B_32`.
   * @param seed A whole number; the same seed gives the same weights on every backend.
   * @returns The model, all weights trainable.
   * @throws INVALID_ARGUMENT for sizes that don't fit together.
   */
  static fromConfig(config: ClipConfig, seed: number): Clip {
    const resolved = resolveClipConfig(config);
    return new Clip(resolved, Parameters.initialize(clipParameters(resolved), seed));
  }

  /**
   * A model with the weights of a checkpoint in Hugging Face's names and layout.
   *
   * @param config Sizes; must be those of the checkpoint.
   * @param checkpoint Arrays by name, for example from `readSafetensors`.
   * @returns The model, all weights trainable.
   * @throws CHECKPOINT_MISMATCH naming every missing, unexpected and wrongly shaped array.
   */
  static fromCheckpoint(config: ClipConfig, checkpoint: ReadonlyMap<string, CheckpointTensor>): Clip {
    const resolved = resolveClipConfig(config);
    const ignore = [/\.position_ids$/]; // a buffer that older versions of transformers saved
    return new Clip(resolved, Parameters.fromCheckpoint(clipParameters(resolved), checkpoint, { ignore }));
  }

  /** The learned logarithm of the inverse temperature, shape `[]`, float32. */
  get logitScale(): tf.Variable {
    return this.parameters.get("logit_scale");
  }

  /**
   * Images to the joint space.
   *
   * @param pixels Normalised pixels, shape `[n, 3, size, size]`, float32 (see `toBatch` of @rsdix/image).
   * @returns Embeddings of length 1, shape `[n, embedDim]`, float32.
   * @throws SHAPE_MISMATCH when the pixels have another size.
   */
  encodeImage(pixels: tf.Tensor4D): tf.Tensor2D {
    const { size, patch, width } = this.config.image;
    checkRank(pixels, 4, "pixels", `[n, 3, ${size}, ${size}]`);
    const [n, ...image] = pixels.shape;
    if (image.join() !== [3, size, size].join()) {
      fail(
        "SHAPE_MISMATCH",
        `encodeImage: pixels must be [n, 3, ${size}, ${size}], got ${showShape(pixels)}. Resize and crop the images first.`,
      );
    }
    return tf.tidy(() => {
      const patches = linear(cutPatches(pixels, patch), this.patchWeight(), undefined, { transposed: true }); // [n·g, width]
      const tokens = tf.reshape(patches, [n, -1, width]); // [n, g, width]
      const first = tf.add(tf.zeros([n, 1, width]), this.parameters.get("vision_model.embeddings.class_embedding"));
      const positions = this.matrix("vision_model.embeddings.position_embedding.weight"); // [1 + g, width]
      const placed = tf.add(tf.concat([first, tokens], 1), positions); // [n, 1 + g, width]
      let x = tf.reshape(placed, [-1, width]) as tf.Tensor2D; // [n·(1 + g), width]
      x = this.norm(x, "vision_model.pre_layrnorm"); // the name is misspelt in the checkpoint
      x = this.blocks(x, n, "vision_model", this.config.image, false);
      const pooled = embedding(x, tf.range(0, x.shape[0], positions.shape[0], "int32")) as tf.Tensor2D; // [n, width]
      return l2Normalize(linear(this.norm(pooled, "vision_model.post_layernorm"), this.matrix("visual_projection.weight")));
    });
  }

  /**
   * Texts to the joint space. Pooled at the first end token, as CLIP does.
   *
   * @param tokens Token ids, `[texts, tokens]` row after row, each row with an end token; what follows it is ignored.
   * @returns Embeddings of length 1, shape `[batch, embedDim]`, float32.
   * @throws SHAPE_MISMATCH when ids and sizes disagree or a text is longer than the context; INVALID_ARGUMENT for a row without an end token or an
   *   id that the model doesn't hold.
   */
  encodeText(tokens: Pick<TokenBatch, "ids" | "shape">): tf.Tensor2D {
    const { width, contextLength, endTokenId } = this.config.text;
    const [batch, length] = tokens.shape;
    if (tokens.ids.length !== batch * length || length > contextLength) {
      fail(
        "SHAPE_MISMATCH",
        `encodeText: expected ${batch} · ${length} ids and at most ${contextLength} a text, got ${tokens.ids.length} ids.`,
      );
    }
    const ends = Int32Array.from({ length: batch }, (_, row) => {
      const end = tokens.ids.indexOf(endTokenId, row * length);
      if (end < 0 || end >= (row + 1) * length) fail("INVALID_ARGUMENT", `encodeText: text ${row} has no end token (id ${endTokenId}).`);
      return end;
    });
    const rows = this.parameters.vocabulary!.rowsOf(tokens.ids);
    return tf.tidy(() => {
      const table = this.matrix("text_model.embeddings.token_embedding.weight");
      const positions = this.matrix("text_model.embeddings.position_embedding.weight"); // [contextLength, width]
      const words = embedding(table, tf.tensor2d(rows, [batch, length], "int32")); // [batch, length, width]
      const placed = tf.add(words, tf.slice(positions, [0, 0], [length, width]));
      let x = tf.reshape(placed, [batch * length, width]) as tf.Tensor2D;
      x = this.blocks(x, batch, "text_model", this.config.text, true);
      const pooled = embedding(x, tf.tensor1d(ends, "int32")) as tf.Tensor2D; // [batch, width]
      return l2Normalize(linear(this.norm(pooled, "text_model.final_layer_norm"), this.matrix("text_projection.weight")));
    });
  }

  /**
   * A copy with weights of its own, for an EMA teacher.
   *
   * @param options `trainable` overrides the copied flags.
   * @returns The copy.
   */
  clone(options: { trainable?: boolean } = {}): Clip {
    return new Clip(this.config, this.parameters.clone(options));
  }

  /** Frees every weight. */
  dispose(): void {
    this.parameters.dispose();
  }

  /** The same as `dispose`, for `using`. */
  [Symbol.dispose](): void {
    this.dispose();
  }

  /** Rows of tokens [batch · tokens, width] through a tower. */
  private blocks(input: tf.Tensor2D, batch: number, tower: string, config: Required<TowerConfig>, causal: boolean): tf.Tensor2D {
    let x = input;
    for (let i = 0; i < config.layers; i++) {
      const name = `${tower}.encoder.layers.${i}`;
      const block = (h: tf.Tensor2D) => {
        const attended = this.attend(h, name, { batch, heads: config.heads, causal });
        const hidden = this.linear(this.norm(attended, `${name}.layer_norm2`), `${name}.mlp.fc1`, { activation: config.activation });
        return this.linear(hidden, `${name}.mlp.fc2`, { residual: attended });
      };
      x = this.gradientCheckpointing ? recomputed(block, x, this.parameters.trainableBelow(`${name}.`)) : block(x);
    }
    return x;
  }

  private attend(x: tf.Tensor2D, name: string, options: SelfAttentionOptions): tf.Tensor2D {
    const h = this.norm(x, `${name}.layer_norm1`);
    const project = (part: string) => this.linear(h, `${name}.self_attn.${part}`); // [batch · tokens, width]
    const mixed = selfAttention([project("q_proj"), project("k_proj"), project("v_proj")], options);
    return this.linear(mixed, `${name}.self_attn.out_proj`, { residual: x });
  }

  private linear(x: tf.Tensor2D, name: string, options: LinearOptions = {}): tf.Tensor2D {
    return linear(x, this.matrix(`${name}.weight`), this.vector(`${name}.bias`), options);
  }

  private norm(x: tf.Tensor2D, name: string): tf.Tensor2D {
    return layerNorm(x, this.vector(`${name}.weight`), this.vector(`${name}.bias`));
  }

  /** The patch convolution [width, 3, patch, patch] as a matrix: stride equals size, so that it is one product. */
  private patchWeight(): tf.Tensor2D {
    const weight = this.parameters.get("vision_model.embeddings.patch_embedding.weight");
    return tf.reshape(weight, [weight.shape[0]!, -1]) as tf.Tensor2D; // [width, 3·patch·patch]
  }

  private matrix(name: string): tf.Tensor2D {
    return this.parameters.get(name) as unknown as tf.Tensor2D;
  }

  private vector(name: string): tf.Tensor1D {
    return this.parameters.get(name) as unknown as tf.Tensor1D;
  }
}

/** [n, 3, s, s] -> [n·g, 3·p·p], g = (s/p)². Two 4-D transposes: one of six dimensions is slow or missing on most backends. */
function cutPatches(pixels: tf.Tensor4D, p: number): tf.Tensor2D {
  const [n, channels, size] = pixels.shape;
  const side = size / p;
  const rows = tf.reshape(pixels, [n * channels * side, p, side, p]);
  const cells = tf.transpose(rows, [0, 2, 1, 3]); // [n·3·side, side, p, p]
  const grouped = tf.transpose(tf.reshape(cells, [n, channels, side * side, p * p]), [0, 2, 1, 3]); // [n, g, 3, p·p]
  return tf.reshape(grouped, [n * side * side, channels * p * p]);
}

/** Every weight of the model, in the checkpoint's order. */
function clipParameters({ embedDim, image, text }: ResolvedClipConfig): ParameterSpec[] {
  return [
    { name: "logit_scale", shape: [], init: { constant: INITIAL_LOGIT_SCALE } },
    { name: "text_model.embeddings.token_embedding.weight", shape: [text.vocabSize, text.width], init: { normal: 0.02 }, vocabulary: true },
    { name: "text_model.embeddings.position_embedding.weight", shape: [text.contextLength, text.width], init: { normal: 0.01 } },
    ...blockParameters("text_model", text),
    ...normParameters("text_model.final_layer_norm", text.width),
    { name: "vision_model.embeddings.class_embedding", shape: [image.width], init: { normal: image.width ** -0.5 } },
    {
      name: "vision_model.embeddings.patch_embedding.weight",
      shape: [image.width, 3, image.patch, image.patch],
      init: { normal: (3 * image.patch ** 2) ** -0.5 },
      decay: true,
    },
    {
      name: "vision_model.embeddings.position_embedding.weight",
      shape: [(image.size / image.patch) ** 2 + 1, image.width],
      init: { normal: image.width ** -0.5 },
    },
    ...normParameters("vision_model.pre_layrnorm", image.width),
    ...blockParameters("vision_model", image),
    ...normParameters("vision_model.post_layernorm", image.width),
    {
      name: "visual_projection.weight",
      shape: [image.width, embedDim],
      init: { normal: image.width ** -0.5 },
      transposed: true,
      decay: true,
    },
    { name: "text_projection.weight", shape: [text.width, embedDim], init: { normal: text.width ** -0.5 }, transposed: true, decay: true },
  ];
}

function blockParameters(tower: string, { width, layers, mlpWidth }: Required<TowerConfig>): ParameterSpec[] {
  const residual = width ** -0.5 * (2 * layers) ** -0.5; // of what is added to the residual stream
  return Array.from({ length: layers }, (_, i) => {
    const name = `${tower}.encoder.layers.${i}`;
    return [
      ...["q_proj", "k_proj", "v_proj"].flatMap((part) => linearParameters(`${name}.self_attn.${part}`, width, width, width ** -0.5)),
      ...linearParameters(`${name}.self_attn.out_proj`, width, width, residual),
      ...normParameters(`${name}.layer_norm1`, width),
      ...linearParameters(`${name}.mlp.fc1`, width, mlpWidth, (2 * width) ** -0.5),
      ...linearParameters(`${name}.mlp.fc2`, mlpWidth, width, residual),
      ...normParameters(`${name}.layer_norm2`, width),
    ];
  }).flat();
}

function linearParameters(name: string, inputs: number, outputs: number, normal: number): ParameterSpec[] {
  return [
    { name: `${name}.weight`, shape: [inputs, outputs], init: { normal }, transposed: true, decay: true },
    { name: `${name}.bias`, shape: [outputs], init: "zeros" },
  ];
}

function normParameters(name: string, width: number): ParameterSpec[] {
  return [
    { name: `${name}.weight`, shape: [width], init: "ones" },
    { name: `${name}.bias`, shape: [width], init: "zeros" },
  ];
}
