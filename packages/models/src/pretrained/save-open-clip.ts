import type { ImageProcessor } from "@rsdix/image";
import { fail } from "@rsdix/internal";
import type { Checkpoint } from "../checkpoint/checkpoint";
import { fromHuggingFace } from "../checkpoint/keys/hugging-face";
import { lazyOf, readAll } from "../checkpoint/lazy-checkpoint";
import type { ResolvedClipConfig } from "../clip-config";
import { openClipJson } from "../config-files/open-clip-write";
import type { Parameters } from "../parameters";
import type { TextTokenizer } from "../tokenizers/text-tokenizer";
import { type SaveOptions, type SaveTarget, saveModel } from "./save-model";

/** How a CLIP is written. */
export interface ClipSaveOptions extends SaveOptions {
  /**
   * Whose names the arrays and the configuration have: `"huggingface"` (the default), read by transformers' `CLIPModel`, or `"openclip"`, which open_clip
   * reads with `create_model_and_transforms("local-dir:FOLDER")`. `fromPretrained` reads both.
   */
  readonly layout?: "huggingface" | "openclip";
}

/** What open_clip reads is one file: what is split into several by default is too large for it. */
const MOST_BYTES = 5_000_000_000;

/** Writes a CLIP as open_clip reads it. */
export async function saveOpenClip(
  folder: SaveTarget,
  model: {
    readonly parameters: Parameters;
    readonly config: ResolvedClipConfig;
    readonly processor: ImageProcessor;
    readonly tokenizer: TextTokenizer | undefined;
  },
  options: SaveOptions,
): Promise<string[]> {
  if (options.maxShardBytes !== undefined) fail("INVALID_ARGUMENT", "maxShardBytes would do nothing: open_clip reads weights of one file.");
  if (options.storage === "int8")
    fail("INVALID_ARGUMENT", "open_clip would take weights of int8 for the weights themselves: give float32 or float16.");
  const { parameters, config, processor, tokenizer } = model;
  return saveModel(folder, parameters, { "open_clip_config.json": openClipJson(config, processor.config) }, tokenizer, options, renamed);
}

async function renamed(tensors: Checkpoint): Promise<Checkpoint> {
  const bytes = [...tensors.values()].reduce((sum, { data }) => sum + data.byteLength, 0);
  if (bytes > MOST_BYTES) fail("INVALID_ARGUMENT", `The model has ${bytes} bytes, of which open_clip's one file takes ${MOST_BYTES}.`);
  return readAll(fromHuggingFace(lazyOf(tensors), { model: "clip", layout: "openclip" }).tensors);
}
