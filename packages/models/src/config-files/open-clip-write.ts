import type { ImageProcessorConfig } from "@rsdix/image";
import { fail } from "@rsdix/internal";
import type { ResolvedClipConfig, TowerConfig } from "../clip-config";

/** What open_clip takes where nothing is said. */
const EPSILON = 1e-5;

/**
 * The `open_clip_config.json` by which open_clip builds a CLIP and prepares its images; `openClipConfigFrom` reads it.
 *
 * @throws INVALID_ARGUMENT for what open_clip can't say: towers of which one alone has OpenAI's fast GELU, heads that don't divide a width, image
 * processors that neither cut the middle out nor squash.
 */
export function openClipJson(config: ResolvedClipConfig, processor: ImageProcessorConfig): Record<string, unknown> {
  const { embedDim, image, text } = config;
  const quick = image.activation === "quickGelu";
  if (quick !== (text.activation === "quickGelu"))
    refuse(`towers with the activations "${image.activation}" and "${text.activation}": its quick_gelu is of both`);
  const largestIdIsEnd = text.pooling === "largestId" || text.endTokenId === text.vocabSize - 1;
  return {
    model_cfg: {
      embed_dim: embedDim,
      ...(quick && { quick_gelu: true }),
      vision_cfg: { image_size: image.size, patch_size: image.patch, head_width: image.width / image.heads, ...tower(image) },
      text_cfg: {
        context_length: text.contextLength,
        vocab_size: text.vocabSize,
        heads: text.heads,
        ...tower(text),
        ...(!largestIdIsEnd && { pool_type: "eos", eos_id: text.endTokenId }),
      },
    },
    preprocess_cfg: preprocessing(processor, image.size),
  };
}

function tower({ width, layers, mlpWidth, activation, layerNormEpsilon }: Required<TowerConfig>): Record<string, unknown> {
  return {
    width,
    layers,
    mlp_ratio: ratio(mlpWidth, width),
    ...(activation === "geluTanh" && { act_kwargs: { approximate: "tanh" } }),
    ...(layerNormEpsilon !== EPSILON && { norm_kwargs: { eps: layerNormEpsilon } }),
  };
}

/** The share of which open_clip's int(width * ratio) is the MLP's width. */
function ratio(mlpWidth: number, width: number): number {
  const exact = mlpWidth / width;
  return Math.floor(width * exact) === mlpWidth ? exact : (mlpWidth + 0.5) / width;
}

function preprocessing({ resize, filter, crop, scale, mean, std }: ImageProcessorConfig, size: number): Record<string, unknown> {
  const isCut = resize && "shorter" in resize && resize.shorter === size && crop?.width === size && crop.height === size;
  const isSquashed = resize && "width" in resize && resize.width === size && resize.height === size && crop === undefined;
  const isPlain = Math.abs(scale * 255 - 1) < 1e-6 && mean !== undefined && (filter === "bicubic" || filter === "bilinear");
  if (!isPlain || !(isCut || isSquashed))
    refuse(
      `an image processor that does other than resize to ${size} pixels (bicubic or bilinear), cut the middle out or squash, and normalise`,
    );
  return { size, mode: "RGB", mean, std, interpolation: filter, resize_mode: isCut ? "shortest" : "squash" };
}

function refuse(what: string): never {
  return fail("INVALID_ARGUMENT", `open_clip's configuration can't say ${what}. Save it in Hugging Face's layout.`);
}
