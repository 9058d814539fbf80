import { MultiHeadAttention, type MultiHeadAttentionConfig } from "./blocks/multi-head-attention";
import { linearSpecs, normSpecs, xavier } from "./blocks/specs";
import { TransformerBlock } from "./blocks/transformer-block";
import type { ParameterSpec } from "./initialize";
import type { ResolvedSiglipConfig, SiglipTowerConfig } from "./siglip-config";
import { blockConfig, blockNames } from "./towers";

/** The attention of the image tower's head, the one layer of SigLIP that is torch's own nn.MultiheadAttention. */
export function poolConfig({ width, heads }: SiglipTowerConfig): MultiHeadAttentionConfig {
  return { width, heads, names: "torch" };
}

/** Every weight of the model, in the checkpoint's order. */
export function siglipParameters({ image, text }: ResolvedSiglipConfig): ParameterSpec[] {
  const tower = (name: string, config: Required<SiglipTowerConfig>) =>
    blockNames(name, config).flatMap((block) => TransformerBlock.specs(blockConfig(config), block));
  const table = (name: string, rows: number, width: number): ParameterSpec => ({
    name: `${name}_embedding.weight`,
    shape: [rows, width],
    init: { normal: width ** -0.5 },
  });
  const patch = "vision_model.embeddings.patch_embedding";
  const inPatch = 3 * image.patch ** 2;
  return [
    { name: "logit_scale", shape: [1], init: { constant: Math.log(10) } },
    { name: "logit_bias", shape: [1], init: { constant: -10 } },
    { ...table("text_model.embeddings.token", text.vocabSize, text.width), vocabulary: true },
    table("text_model.embeddings.position", text.contextLength, text.width),
    ...tower("text_model", text),
    ...normSpecs("text_model.final_layer_norm", text.width),
    ...linearSpecs("text_model.head", text.width, image.width, xavier(text.width, image.width)),
    { name: `${patch}.weight`, shape: [image.width, 3, image.patch, image.patch], init: { normal: inPatch ** -0.5 }, decay: true },
    { name: `${patch}.bias`, shape: [image.width], init: "zeros" },
    table("vision_model.embeddings.position", Math.floor(image.size / image.patch) ** 2, image.width),
    ...tower("vision_model", image),
    ...normSpecs("vision_model.post_layernorm", image.width),
    { name: "vision_model.head.probe", shape: [1, 1, image.width], init: xavier(image.width, image.width) },
    ...MultiHeadAttention.specs(poolConfig(image), "vision_model.head.attention."),
    ...normSpecs("vision_model.head.layernorm", image.width),
    ...linearSpecs("vision_model.head.mlp.fc1", image.width, image.mlpWidth, xavier(image.width, image.mlpWidth)),
    ...linearSpecs("vision_model.head.mlp.fc2", image.mlpWidth, image.width, xavier(image.mlpWidth, image.width)),
  ];
}
