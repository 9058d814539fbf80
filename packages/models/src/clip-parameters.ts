import { normSpecs } from "./blocks/specs";
import { blockSpecs } from "./blocks/transformer-block";
import type { ResolvedClipConfig, TowerConfig } from "./clip-config";
import type { ParameterSpec } from "./initialize";
import { blockConfig, blockNames } from "./towers";

/** ln(1 / 0.07), the logit scale that CLIP starts from. */
const INITIAL_LOGIT_SCALE = Math.log(1 / 0.07);

/** Every weight of the model, in the checkpoint's order. */
export function clipParameters({ embedDim, image, text }: ResolvedClipConfig): ParameterSpec[] {
  return [
    { name: "logit_scale", shape: [], init: { constant: INITIAL_LOGIT_SCALE } },
    { name: "text_model.embeddings.token_embedding.weight", shape: [text.vocabSize, text.width], init: { normal: 0.02 }, vocabulary: true },
    { name: "text_model.embeddings.position_embedding.weight", shape: [text.contextLength, text.width], init: { normal: 0.01 } },
    ...blockParameters("text_model", text),
    ...normSpecs("text_model.final_layer_norm", text.width),
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
    ...normSpecs("vision_model.pre_layrnorm", image.width),
    ...blockParameters("vision_model", image),
    ...normSpecs("vision_model.post_layernorm", image.width),
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

function blockParameters(tower: string, config: Required<TowerConfig>): ParameterSpec[] {
  const { width, layers } = config;
  const residual = { normal: width ** -0.5 * (2 * layers) ** -0.5 }; // of what is added to the residual stream
  const start = { inputs: { normal: width ** -0.5 }, out: residual, fc1: { normal: (2 * width) ** -0.5 }, fc2: residual };
  return blockNames(tower, config).flatMap((name) => blockSpecs(blockConfig(config), name, start));
}
