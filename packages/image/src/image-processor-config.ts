import { fail, isRecord, show } from "@rsdix/internal";
import type { ResizeFilter } from "./filters";
import { CLIP_MEAN, CLIP_STD, type Rgb } from "./normalize";

/** What an image processor does, in this order. */
export interface ImageProcessorConfig {
  /** The shorter side in pixels (the other keeps the proportions), or both sides whatever the proportions; absent: no resizing. */
  readonly resize?: { readonly shorter: number } | { readonly width: number; readonly height: number };
  /** The filter of the resizing. */
  readonly filter: ResizeFilter;
  /** The middle that is cut out, padded with black where the image is smaller; absent: no cutting. */
  readonly crop?: { readonly width: number; readonly height: number };
  /** What bytes are multiplied by; 1 leaves them. */
  readonly scale: number;
  /** What is subtracted from each channel after scaling; absent: neither this nor the division. */
  readonly mean?: Rgb;
  /** What each channel is divided by. */
  readonly std?: Rgb;
}

type Json = Record<string, unknown>;
type Size = { readonly width: number; readonly height: number };

/** Pillow's numbers of its filters. */
export const FILTERS: readonly ResizeFilter[] = ["nearest", "lanczos", "bilinear", "bicubic", "box", "hamming"];

/** The largest models see 1,024 pixels; a batch of what is larger by far would ask for gigabytes. */
const MAX_SIDE = 4096;
/** Such files have about 1 kB. */
const MAX_LENGTH = 1_000_000;

const TYPES: Readonly<Record<string, "clip" | "siglip">> = {
  CLIPImageProcessor: "clip",
  CLIPImageProcessorFast: "clip",
  CLIPFeatureExtractor: "clip",
  SiglipImageProcessor: "siglip",
  SiglipImageProcessorFast: "siglip",
};

/** Says nothing about the numbers: names of classes, and where tensors go. Images are RGB here already, so that nothing is converted. */
const WITHOUT_EFFECT = [
  ...["image_processor_type", "feature_extractor_type", "processor_class", "_valid_processor_keys", "default_to_square"],
  ...["do_convert_rgb", "return_tensors", "input_data_format", "device", "disable_grouping", "auto_map"],
];
const SETTINGS = [
  ...["do_resize", "size", "resample", "do_center_crop", "crop_size", "do_rescale", "rescale_factor", "do_normalize"],
  ...["image_mean", "image_std", "data_format"],
];

/** Reads a preprocessor_config.json, or an open_clip_config.json, as text or parsed. */
export function readProcessorConfig(json: unknown): ImageProcessorConfig {
  const config = typeof json === "string" ? parse(json) : json;
  if (!isRecord(config)) corrupt(`it must be an object, got ${show(config)}`);
  const openClip = own(config, "preprocess_cfg");
  if (isRecord(openClip)) return readOpenClip(openClip, own(own(config, "model_cfg"), "vision_cfg"));
  const type = own(config, "image_processor_type") ?? own(config, "feature_extractor_type");
  const known = Object.keys(TYPES).join(", ");
  if (typeof type !== "string" || !Object.hasOwn(TYPES, type)) {
    corrupt(`its image_processor_type is ${typeof type === "string" ? `"${type.slice(0, 60)}"` : show(type)}; known are ${known}`);
  }
  return readTransformers(config, TYPES[type]!);
}

function readTransformers(config: Json, kind: "clip" | "siglip"): ImageProcessorConfig {
  const stray = Object.keys(config).find((key) => config[key] !== null && !SETTINGS.includes(key) && !WITHOUT_EFFECT.includes(key));
  if (stray !== undefined) corrupt(`it has the setting "${stray.slice(0, 60)}", which isn't known here; known are ${SETTINGS.join(", ")}`);
  const clip = kind === "clip";
  if (!["channels_first", undefined].includes(own(config, "data_format") as string)) corrupt("its data_format must be channels_first");
  if (!clip && flag(config, "do_center_crop", false)) corrupt("SigLIP's images aren't cut, and do_center_crop is true");
  const crop = flag(config, "do_center_crop", clip) && both(own(config, "crop_size") ?? 224, "crop_size");
  const resize = flag(config, "do_resize", true) && sizeOf(own(config, "size") ?? (clip ? { shortest_edge: 224 } : 224), clip);
  const resample = own(config, "resample") ?? 3;
  const filter = typeof resample === "number" ? FILTERS[resample] : undefined;
  if (!filter) corrupt(`its resample must be 0 to 5 (${FILTERS.join(", ")}), got ${show(resample)}`);
  return {
    ...(resize && { resize }),
    filter,
    ...(crop && { crop }),
    scale: flag(config, "do_rescale", true) ? positive(own(config, "rescale_factor") ?? 1 / 255, "rescale_factor") : 1,
    ...(flag(config, "do_normalize", true) && {
      mean: channels(own(config, "image_mean") ?? (clip ? CLIP_MEAN : 0.5), "image_mean"),
      std: channels(own(config, "image_std") ?? (clip ? CLIP_STD : 0.5), "image_std", true),
    }),
  };
}

/** open_clip's: the size is the vision model's unless given; "shortest" is resized and cut, "squash" only resized. */
function readOpenClip(config: Json, vision: unknown): ImageProcessorConfig {
  const known = ["size", "mode", "mean", "std", "interpolation", "resize_mode", "fill_color"];
  const stray = Object.keys(config).find((key) => config[key] !== null && !known.includes(key));
  if (stray !== undefined) corrupt(`its preprocess_cfg has "${stray.slice(0, 60)}", which isn't known here; known are ${known.join(", ")}`);
  const size = both(own(config, "size") ?? own(vision, "image_size") ?? corrupt("no size, nor an image_size in vision_cfg"), "size");
  const mode = own(config, "resize_mode") ?? "shortest";
  if (mode !== "shortest" && mode !== "squash") corrupt(`its resize_mode must be shortest or squash, got ${show(mode)}`);
  if (mode === "shortest" && size.width !== size.height) corrupt(`its size must be square to resize the shortest side, got ${show(size)}`);
  if ((own(config, "mode") ?? "RGB") !== "RGB") corrupt(`its mode must be RGB, got ${show(own(config, "mode"))}`);
  const interpolation = own(config, "interpolation") ?? "bicubic";
  if (interpolation !== "bicubic" && interpolation !== "bilinear") {
    corrupt(`its interpolation must be bicubic or bilinear, got ${show(interpolation)}`);
  }
  return {
    resize: mode === "squash" ? size : { shorter: size.width },
    filter: interpolation,
    ...(mode === "shortest" && { crop: size }),
    scale: 1 / 255,
    mean: channels(own(config, "mean") ?? CLIP_MEAN, "mean"),
    std: channels(own(config, "std") ?? CLIP_STD, "std", true),
  };
}

function sizeOf(value: unknown, clip: boolean): ImageProcessorConfig["resize"] {
  if (!isRecord(value)) return clip ? { shorter: side(value, "size") } : both(value, "size");
  const keys = Object.keys(value).sort().join();
  if (keys === "shortest_edge" && clip) return { shorter: side(value.shortest_edge, "size.shortest_edge") };
  if (keys !== "height,width")
    corrupt(`its size must be ${clip ? "a number, { shortest_edge } or " : ""}{ height, width }, got { ${keys.slice(0, 60)} }`);
  return both(value, "size");
}

function both(value: unknown, name: string): Size {
  if (isRecord(value)) return { width: side(value.width, `${name}.width`), height: side(value.height, `${name}.height`) };
  if (Array.isArray(value) && value.length === 2) return { height: side(value[0], name), width: side(value[1], name) };
  return { width: side(value, name), height: side(value, name) };
}

function side(value: unknown, name: string): number {
  if (Number.isInteger(value) && (value as number) >= 1 && (value as number) <= MAX_SIDE) return value as number;
  return corrupt(`its ${name} must be a whole number from 1 to ${MAX_SIDE}, got ${show(value)}`);
}

function flag(config: Json, key: string, otherwise: boolean): boolean {
  const value = own(config, key) ?? otherwise;
  return typeof value === "boolean" ? value : corrupt(`its ${key} must be true or false, got ${show(value)}`);
}

function positive(value: unknown, name: string): number {
  return typeof value === "number" && value > 0 && value <= 1e6
    ? value
    : corrupt(`its ${name} must be a number above 0, got ${show(value)}`);
}

function channels(value: unknown, name: string, divisor = false): Rgb {
  const list: unknown[] = Array.isArray(value) ? value : [value, value, value];
  const usable = (item: unknown) => typeof item === "number" && Math.abs(item) <= 1e6 && (!divisor || item > 0);
  if (list.length !== 3 || !list.every(usable)) corrupt(`its ${name} must be three numbers${divisor ? " above 0" : ""}, or one for all`);
  return list as unknown as Rgb;
}

function parse(text: string): unknown {
  if (text.length > MAX_LENGTH)
    fail("FILE_TOO_LARGE", `The image processor's configuration has ${text.length} characters, more than ${MAX_LENGTH}.`);
  try {
    return JSON.parse(text);
  } catch (error) {
    corrupt(`it isn't JSON (${(error as Error).message})`, error);
  }
}

/** A property of the object itself; null counts as absent, as transformers writes it for what isn't set. */
function own(object: unknown, key: string): unknown {
  return isRecord(object) && Object.hasOwn(object, key) ? (object[key] ?? undefined) : undefined;
}

function corrupt(what: string, cause?: unknown): never {
  fail("FILE_CORRUPT", `Not a usable configuration of an image processor: ${what}.`, cause);
}
