import { checkOptions, fail, show } from "@rsdix/internal";
import type { CaptionTokenizer } from "../caption";
import { checkCaptionEncoder, checkCaptionTokenizer } from "../check-caption";
import type { Role } from "../checkpoint/keys/key-table";
import { detectLayout } from "../checkpoint/keys/layouts";
import type { LazyCheckpoint } from "../checkpoint/lazy-checkpoint";
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
import { Vocabulary } from "../vocabulary";
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

/** GPT-2's token table in a captioner. */
const TOKEN_TABLE = "gpt.transformer.wte.weight";
/** Says in a config.json that the sizes of a captioner follow. */
const MODEL_TYPE = "rsdix_clipcap";
/** The same, as the demo's first captioners have it. */
const MODEL_TYPES: readonly unknown[] = [MODEL_TYPE, "clipcap"];

/** What `save` writes as a captioner's config.json; the tokens too where it predicts only some, as it would say others otherwise. */
export function clipCapJson({ config, parameters: { vocabulary } }: Pick<ClipCap, "config" | "parameters">): Record<string, unknown> {
  return { model_type: MODEL_TYPE, ...config, ...(vocabulary?.ids && { vocabulary: [...vocabulary.ids] }) };
}

/** Whether a config.json is one that `save` wrote of a captioner. */
export function isClipCapJson(json: unknown): boolean {
  return typeof json === "object" && json !== null && MODEL_TYPES.includes((json as { model_type?: unknown }).model_type);
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
    const written = options.config === undefined ? writtenConfig(opened) : undefined;
    const config = resolveClipCapConfig(
      options.config ?? written?.config ?? clipCapSizes(opened.raw, {}, "all sizes as the option config"),
    );
    const { vocabulary = written?.vocabulary(tensors) } = opened.loading;
    const tokenizer = options.tokenizer ?? tokenizerOf(opened, Gpt2Tokenizer, "Gpt2Tokenizer");
    const { parameters, report } = await Parameters.load(specs(config), tensors, { ...opened.loading, ...(vocabulary && { vocabulary }) });
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

/** What a captioner's own config.json says: its sizes, and the tokens that it predicts where those are not all. */
function writtenConfig({
  side,
  files,
}: OpenedModel): { config: ResolvedClipCapConfig; vocabulary: (tensors: LazyCheckpoint) => Vocabulary | undefined } | undefined {
  const json = jsonOf(side, "config.json");
  if (!isClipCapJson(json)) return undefined;
  const { model_type: _, vocabulary: ids, ...sizes } = json as ClipCapConfig & { model_type: string; vocabulary?: unknown };
  const attempt = <T>(read: () => T): T => {
    try {
      return read();
    } catch (error) {
      return fail("FILE_CORRUPT", `The config.json of ${files.origin} can't be used: ${(error as Error).message}`, error);
    }
  };
  const config = attempt(() => {
    checkOptions(sizes, ["prefixSize", "prefixLength", "gpt2", "mapper", "normalizePrefix"], "config.json");
    if (ids !== undefined && !Array.isArray(ids)) fail("FILE_CORRUPT", `vocabulary must be a list of token ids, got ${show(ids)}.`);
    return resolveClipCapConfig(sizes);
  });
  const { vocabSize } = config.gpt2;
  const vocabulary = (tensors: LazyCheckpoint) => {
    // A table of another size is refused where it is loaded; memory is taken only for one that is there.
    if (ids === undefined || tensors.get(TOKEN_TABLE)?.shape[0] !== vocabSize) return undefined;
    return attempt(() => Vocabulary.compact(vocabSize, ids as number[]));
  };
  return { config, vocabulary };
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
