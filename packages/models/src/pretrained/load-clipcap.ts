import { checkOptions, fail } from "@rsdix/internal";
import type { CaptionTokenizer } from "../caption";
import { checkCaptionEncoder, checkCaptionTokenizer } from "../check-caption";
import type { Role } from "../checkpoint/keys/key-table";
import { detectLayout } from "../checkpoint/keys/layouts";
import { Clip } from "../clip";
import type { ClipConfig } from "../clip-config";
import type { ClipCap } from "../clipcap";
import { type ClipCapConfig, type ResolvedClipCapConfig, resolveClipCapConfig } from "../clipcap-config";
import { clipSizes, siglipSizes } from "../config-shapes/clip-shapes";
import { clipCapSizes } from "../config-shapes/gpt2-shapes";
import type { ModelSource } from "../files/load-files";
import type { ImageTextModel } from "../image-text-model";
import type { ParameterSpec } from "../initialize";
import { Parameters } from "../parameters";
import { Siglip } from "../siglip";
import type { SiglipConfig } from "../siglip-config";
import { Gpt2Tokenizer } from "../tokenizers/gpt2-tokenizer";
import { tokenizerOf } from "./companions";
import { arraysOf, jsonOf, type OpenedModel, originOf, type PretrainedOptions, withOpenedModel } from "./open-model";

/** How a captioner is loaded. */
export interface ClipCapPretrainedOptions extends PretrainedOptions {
  /** The sizes, in place of those in the files: for checkpoints alone, whose shapes don't tell all of them. */
  readonly config?: ClipCapConfig;
  /** The same of the encoder inside. */
  readonly encoderConfig?: ClipConfig | SiglipConfig;
  /** Of an RSDiX checkpoint with its encoder inside: the student (the default) or the teacher. */
  readonly role?: Role;
  /** What embeds images, where the file holds no encoder of its own. It stays the caller's to dispose. */
  readonly encoder?: ImageTextModel;
  /** GPT-2's tokenizer, where the files have none. */
  readonly tokenizer?: CaptionTokenizer;
}

/** What to do where shapes don't tell all sizes of the encoder; single ones are no options of loading. */
const GIVE_CONFIG = "all sizes of the encoder as the option encoderConfig";

/** Says in a config.json that the sizes of a captioner follow. */
const MODEL_TYPE = "rsdix_clipcap";

/** What `save` writes as a captioner's config.json. */
export function clipCapJson(config: ResolvedClipCapConfig): Record<string, unknown> {
  return { model_type: MODEL_TYPE, ...config };
}

/** Whether a config.json is one that `save` wrote of a captioner. */
export function isClipCapJson(json: unknown): boolean {
  return typeof json === "object" && json !== null && (json as { model_type?: unknown }).model_type === MODEL_TYPE;
}

/** A captioner from files, with the encoder that they may hold. */
export function loadClipCap(
  source: ModelSource,
  options: ClipCapPretrainedOptions,
  specs: (config: ResolvedClipCapConfig) => ParameterSpec[],
  make: (config: ResolvedClipCapConfig, parameters: Parameters) => ClipCap,
): Promise<ClipCap> {
  if (options?.encoder !== undefined) checkCaptionEncoder(options.encoder, "ClipCap.fromPretrained");
  if (options?.tokenizer !== undefined) checkCaptionTokenizer(options.tokenizer, "ClipCap.fromPretrained");
  return withOpenedModel(source, options, ["config", "encoderConfig", "role", "encoder", "tokenizer"], async (opened) => {
    const { tensors, layout } = arraysOf(opened, "clipcap");
    const config = resolveClipCapConfig(
      options.config ?? writtenConfig(opened) ?? clipCapSizes(opened.raw, {}, "all sizes as the option config"),
    );
    const tokenizer = options.tokenizer ?? tokenizerOf(opened, Gpt2Tokenizer, "Gpt2Tokenizer");
    const { parameters, report } = await Parameters.load(specs(config), tensors, opened.loading);
    const model = make(config, parameters);
    try {
      model.tokenizer = tokenizer;
      model.origin = originOf(opened, layout, report);
      model.encoder = options.encoder ?? (await innerEncoder(opened, options));
      return model;
    } catch (error) {
      model.dispose();
      throw error;
    }
  });
}

function writtenConfig({ side, files }: OpenedModel): ClipCapConfig | undefined {
  const json = jsonOf(side, "config.json");
  if (!isClipCapJson(json)) return undefined;
  const { model_type: _, ...config } = json as ClipCapConfig & { model_type: string };
  try {
    checkOptions(config, ["prefixSize", "prefixLength", "gpt2", "mapper", "normalizePrefix"], "config.json");
    resolveClipCapConfig(config);
  } catch (error) {
    fail("FILE_CORRUPT", `The config.json of ${files.origin} can't be used: ${(error as Error).message}`, error);
  }
  return config;
}

/** The CLIP or SigLIP that lies in the same file, as RSDiX's captioners have it. */
async function innerEncoder(opened: OpenedModel, { role, encoderConfig }: ClipCapPretrainedOptions): Promise<ImageTextModel | undefined> {
  const kind = detectLayout(opened.raw.keys()).find(({ model }) => model === "clip" || model === "siglip")?.model;
  if (!kind) return undefined;
  const converted = arraysOf(opened, kind as "clip" | "siglip", role);
  return kind === "clip"
    ? Clip.load((encoderConfig as ClipConfig | undefined) ?? clipSizes(converted, {}, GIVE_CONFIG), converted.tensors)
    : Siglip.load((encoderConfig as SiglipConfig | undefined) ?? siglipSizes(converted, {}, GIVE_CONFIG), converted.tensors);
}
