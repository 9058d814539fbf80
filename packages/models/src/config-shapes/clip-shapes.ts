import type { Activation } from "@rsdix/backend";
import { checkOptions, fail } from "@rsdix/internal";
import type { ConvertedCheckpoint, LayoutChoice } from "../checkpoint/keys/hugging-face";
import { toHuggingFace } from "../checkpoint/keys/hugging-face";
import type { LazyCheckpoint } from "../checkpoint/lazy-checkpoint";
import { type ClipConfig, resolveClipConfig, type TowerConfig } from "../clip-config";
import { refitted } from "../config-files/refit";
import { refuseNull } from "../refuse-null";
import { resolveSiglipConfig, type SiglipConfig } from "../siglip-config";
import { countBlocks, gridOf, headsOf, shapeOf } from "./shapes";

/** What shapes don't tell, and which of a checkpoint's models is meant. */
export interface ShapeOptions extends Omit<LayoutChoice, "model"> {
  /** The activation of both towers. OpenAI's and RSDiX's CLIPs have quickGelu, and that is taken for their layouts; else it must be given. */
  readonly activation?: Activation;
  /** The vision transformer's heads; by default one for every 64 of its width, up to a width of 1,024. */
  readonly imageHeads?: number;
  /** The text transformer's heads; by default one for every 64 of its width, up to a width of 1,024. */
  readonly textHeads?: number;
}

/**
 * A CLIP's sizes from the shapes of its arrays, for checkpoints without a configuration file: OpenAI's, RSDiX's, training checkpoints of
 * open_clip. Nothing is read. Where there is a file, `clipConfigFrom` and `openClipConfigFrom` know more.
 *
 * @param checkpoint The arrays of a file, in any layout.
 * @param options Which model, and what shapes don't tell.
 * @returns The configuration. Norms are taken to have CLIP's epsilon, and texts of OpenAI's and open_clip's layouts to be pooled at the
 * largest id.
 * @throws CHECKPOINT_MISMATCH when the checkpoint holds no CLIP, or one with a part missing; INVALID_ARGUMENT when heads or activation must
 * be given, or several models fit; UNKNOWN_OPTION.
 *
 * @example
 * ```ts
 * import "@tensorflow/tfjs";
 * import { Clip, clipConfigOf, lazyOf } from "@rsdix/models";
 *
 * const tower = { width: 64, layers: 2, heads: 1 };
 * const sizes = { embedDim: 8, image: { ...tower, size: 8, patch: 4 }, text: { ...tower, vocabSize: 10, contextLength: 6 } };
 * const clip = Clip.fromConfig(sizes, 1);
 * const file = lazyOf(await clip.parameters.toCheckpoint());
 * console.log(clipConfigOf(file, { activation: "quickGelu" }).image.layers); // 2
 * clip.dispose();
 * ```
 *
 * @see https://github.com/openai/CLIP/blob/main/clip/model.py (whose `build_model` does so)
 */
export function clipConfigOf(checkpoint: LazyCheckpoint, options: ShapeOptions = {}): ClipConfig {
  return clipSizes(converted(checkpoint, "clip", options, "clipConfigOf"), options);
}

/** The same of arrays that have our names already. `give` says in errors what to give in place of a single option. */
export function clipSizes({ tensors, layout }: ConvertedCheckpoint, options: ShapeOptions = {}, give?: string): ClipConfig {
  const { textHeads, imageHeads } = options;
  const activation = options.activation ?? usualActivation(layout.layout, give);
  const [patchWidth, , patch] = shapeOf(tensors, "vision_model.embeddings.patch_embedding.weight", 4);
  const table = "vision_model.embeddings.position_embedding.weight";
  const grid = gridOf(shapeOf(tensors, table, 2)[0]! - 1, table);
  const [embedDim] = shapeOf(tensors, "visual_projection.weight", 2);
  const ofOpenAi = layout.layout === "openai" || layout.layout === "openclip";
  return refitted("The checkpoint's CLIP", resolveClipConfig, {
    embedDim: embedDim!,
    image: {
      ...towerOf(tensors, "vision_model", patchWidth!, imageHeads, give ?? "imageHeads", activation),
      size: grid * patch!,
      patch: patch!,
    },
    text: { ...textOf(tensors, textHeads, activation, give), ...(ofOpenAi && { pooling: "largestId" }) },
  });
}

/**
 * A SigLIP's sizes from the shapes of its arrays, for checkpoints without a configuration file: RSDiX's, training checkpoints of open_clip.
 * Nothing is read.
 *
 * @param checkpoint The arrays of a file, in any layout.
 * @param options Which model, and what shapes don't tell. The activation is by default Google's, the approximate GELU, except in open_clip's
 * layout, where it must be given: of the published weights some were converted for one and some for the other.
 * @returns The configuration; norms are taken to have SigLIP's epsilon.
 * @throws CHECKPOINT_MISMATCH when the checkpoint holds no SigLIP, or one with a part missing; INVALID_ARGUMENT when heads or activation must
 * be given, or several models fit; UNKNOWN_OPTION.
 *
 * @example
 * ```ts
 * import "@tensorflow/tfjs";
 * import { lazyOf, Siglip, siglipConfigOf } from "@rsdix/models";
 *
 * const tower = { width: 64, layers: 2, heads: 1 };
 * const siglip = Siglip.fromConfig({ image: { ...tower, size: 8, patch: 4 }, text: { ...tower, vocabSize: 10, contextLength: 6 } }, 1);
 * console.log(siglipConfigOf(lazyOf(await siglip.parameters.toCheckpoint())).image.patch); // 4
 * siglip.dispose();
 * ```
 *
 * @see https://huggingface.co/docs/transformers/model_doc/siglip#transformers.SiglipConfig
 */
export function siglipConfigOf(checkpoint: LazyCheckpoint, options: ShapeOptions = {}): SiglipConfig {
  return siglipSizes(converted(checkpoint, "siglip", options, "siglipConfigOf"), options);
}

/** The same of arrays that have our names already. `give` says in errors what to give in place of a single option. */
export function siglipSizes({ tensors, layout }: ConvertedCheckpoint, options: ShapeOptions = {}, give?: string): SiglipConfig {
  const activation = options.activation ?? (layout.layout === "openclip" ? unknownActivation(layout.layout, give) : "geluTanh");
  const [patchWidth, , patch] = shapeOf(tensors, "vision_model.embeddings.patch_embedding.weight", 4);
  const table = "vision_model.embeddings.position_embedding.weight";
  const grid = gridOf(shapeOf(tensors, table, 2)[0]!, table);
  const image = towerOf(tensors, "vision_model", patchWidth!, options.imageHeads, give ?? "imageHeads", activation);
  return refitted("The checkpoint's SigLIP", resolveSiglipConfig, {
    image: { ...image, size: grid * patch!, patch: patch! },
    text: textOf(tensors, options.textHeads, activation, give),
  });
}

function converted(checkpoint: LazyCheckpoint, model: "clip" | "siglip", options: ShapeOptions, where: string): ConvertedCheckpoint {
  refuseNull(checkOptions(options, ["layout", "role", "prefix", "activation", "imageHeads", "textHeads"], where));
  const { activation: _, imageHeads: __, textHeads: ___, ...choice } = options;
  return toHuggingFace(checkpoint, { ...choice, model });
}

function textOf(tensors: LazyCheckpoint, heads: number | undefined, activation: Activation, give = "textHeads") {
  const [vocabSize, width] = shapeOf(tensors, "text_model.embeddings.token_embedding.weight", 2);
  const [contextLength] = shapeOf(tensors, "text_model.embeddings.position_embedding.weight", 2);
  const tower = towerOf(tensors, "text_model", width!, heads, give, activation);
  return { ...tower, vocabSize: vocabSize!, contextLength: contextLength! };
}

function towerOf(
  tensors: LazyCheckpoint,
  tower: string,
  width: number,
  heads: number | undefined,
  option: string,
  activation: Activation,
): Required<Omit<TowerConfig, "layerNormEpsilon">> {
  const blocks = `${tower}.encoder.layers.`;
  return {
    width,
    layers: countBlocks(tensors, blocks, ".mlp.fc1.weight"),
    heads: headsOf(width, heads, option),
    mlpWidth: shapeOf(tensors, `${blocks}0.mlp.fc1.weight`, 2)[0]!,
    activation,
  };
}

function usualActivation(layout: string, give?: string): Activation {
  return layout === "openai" || layout === "rsdix" ? "quickGelu" : unknownActivation(layout, give);
}

function unknownActivation(layout: string, give = "activation, or read the model's configuration file"): never {
  return fail("INVALID_ARGUMENT", `A checkpoint in the layout "${layout}" doesn't tell its activation. Give ${give}.`);
}
