import { ImageProcessor, type ImageProcessorConfig } from "@rsdix/image";
import { fail } from "@rsdix/internal";
import { tokenizerFromFiles, VOCABULARIES } from "../tokenizers/from-files";
import { own } from "../tokenizers/json-text";
import { jsonOf, type OpenedModel } from "./open-model";

/** The tokenizer among a model's files; undefined where there is none, as beside a checkpoint that is a single file. */
export function tokenizerOf<T>(
  { side, files }: OpenedModel,
  Class: { prototype: T; [Symbol.hasInstance](value: unknown): boolean },
  name: string,
): T | undefined {
  if (!VOCABULARIES.some((file) => side.has(file))) return undefined;
  const tokenizer = tokenizerFromFiles(side);
  if (Class[Symbol.hasInstance](tokenizer)) return tokenizer as T;
  return fail("CHECKPOINT_MISMATCH", `The tokenizer of ${files.origin} is a ${tokenizer.constructor.name}, but its model takes a ${name}.`);
}

/** The image processor among a model's files, for images of the model's size; by default the one that such models were trained with. */
export function processorOf({ side }: OpenedModel, size: number, usual: (size: number) => object): ImageProcessor {
  const json = (jsonOf(side, "preprocessor_config.json") ??
    own(jsonOf(side, "processor_config.json"), "image_processor") ??
    withPreprocessing(jsonOf(side, "open_clip_config.json")) ??
    usual(size)) as object;
  const processor = ImageProcessor.fromConfig(json);
  const { resize, crop } = processor.config;
  const square = { width: size, height: size };
  const made = crop ?? (resize && "width" in resize ? resize : undefined);
  if (made?.width === size && made.height === size) return processor;
  // Loaded for another size than the files say: the same steps, to that size.
  const steps = {
    ...processor.config,
    ...(resize && { resize: "shorter" in resize ? { shorter: size } : square }),
    ...(crop && { crop: square }),
  };
  return ImageProcessor.fromConfig(processorJson(steps));
}

/** Pillow's numbers of its filters, by which files name them. */
const FILTER_NUMBERS = ["nearest", "lanczos", "bilinear", "bicubic", "box", "hamming"];

/** An image processor as the `preprocessor_config.json` that transformers reads. */
export function processorJson({ resize, filter, crop, scale, mean, std }: ImageProcessorConfig): Record<string, unknown> {
  return {
    image_processor_type: "CLIPImageProcessor",
    do_convert_rgb: true,
    do_resize: resize !== undefined,
    ...(resize && { size: "shorter" in resize ? { shortest_edge: resize.shorter } : { height: resize.height, width: resize.width } }),
    resample: FILTER_NUMBERS.indexOf(filter),
    do_center_crop: crop !== undefined,
    ...(crop && { crop_size: { height: crop.height, width: crop.width } }),
    do_rescale: scale !== 1,
    ...(scale !== 1 && { rescale_factor: scale }),
    do_normalize: mean !== undefined,
    ...(mean && { image_mean: mean, image_std: std }),
  };
}

function withPreprocessing(json: unknown): unknown {
  return typeof json === "object" && json !== null && "preprocess_cfg" in json ? json : undefined;
}

/** CLIP's own: the shorter side to the size, bicubic, the middle, CLIP's mean and deviation. */
export function usualClipProcessor(size: number): object {
  return { image_processor_type: "CLIPImageProcessor", size: { shortest_edge: size }, crop_size: { height: size, width: size } };
}

/** SigLIP's own: both sides to the size, bicubic, from -1 to 1. */
export function usualSiglipProcessor(size: number): object {
  return { image_processor_type: "SiglipImageProcessor", size: { height: size, width: size } };
}
