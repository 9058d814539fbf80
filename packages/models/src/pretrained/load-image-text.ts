import { checkRange, fail, show } from "@rsdix/internal";
import type { Role } from "../checkpoint/keys/key-table";
import type { Clip } from "../clip";
import { type ClipConfig, type ResolvedClipConfig, resolveClipConfig } from "../clip-config";
import { clipParameters } from "../clip-parameters";
import { clipConfigOf, siglipConfigOf } from "../config-shapes/clip-shapes";
import type { ModelSource } from "../files/load-files";
import type { ImageTextModel } from "../image-text-model";
import type { ParameterSpec } from "../initialize";
import { Parameters } from "../parameters";
import { withImageSize } from "../positions";
import type { Siglip } from "../siglip";
import { type ResolvedSiglipConfig, resolveSiglipConfig, type SiglipConfig } from "../siglip-config";
import { siglipParameters } from "../siglip-parameters";
import { ClipTokenizer } from "../tokenizers/clip-tokenizer";
import { SiglipTokenizer } from "../tokenizers/siglip-tokenizer";
import { processorOf, tokenizerOf, usualClipProcessor, usualSiglipProcessor } from "./companions";
import { arraysOf, describedConfig, type OpenedModel, originOf, type PretrainedOptions, withOpenedModel } from "./open-model";

/** How a CLIP or SigLIP is loaded. */
export interface ImageTextPretrainedOptions<C = ClipConfig | SiglipConfig> extends PretrainedOptions {
  /** The sizes, in place of those in the files: for checkpoints alone, whose shapes don't tell all of them. */
  readonly config?: C;
  /** Of an RSDiX checkpoint: the student (the default) or the teacher. */
  readonly role?: Role;
  /** Pixels a side, other than those of the files: position embeddings are interpolated, and the image processor follows. */
  readonly imageSize?: number;
  /** One tower alone, with its projection; the other one's methods then throw. Both by default. What is saved of one is loaded with it again. */
  readonly towers?: "both" | "image" | "text";
}

const OWN = ["config", "role", "imageSize", "towers"];
const OTHER_TOWER = { both: undefined, image: /^text_(model|projection)\./, text: /^(vision_model|visual_projection)\./ } as const;

interface Family<C> {
  readonly model: "clip" | "siglip";
  config(opened: OpenedModel): C;
  specs(config: C): ParameterSpec[];
  companions(model: ImageTextModel, opened: OpenedModel, config: C): void;
}

/** A CLIP from files. */
export function loadClip(
  source: ModelSource,
  options: ImageTextPretrainedOptions<ClipConfig>,
  make: (config: ResolvedClipConfig, parameters: Parameters) => Clip,
): Promise<Clip> {
  return load<ResolvedClipConfig, Clip>(source, options, make, {
    model: "clip",
    config: (opened) =>
      resolveClipConfig(options.config ?? describedConfig(opened, "clip")?.config ?? clipConfigOf(opened.raw, roleOf(options))),
    specs: clipParameters,
    companions(model, opened, { image: { size } }) {
      model.tokenizer = tokenizerOf(opened, ClipTokenizer, "ClipTokenizer");
      model.processor = processorOf(opened, size, usualClipProcessor);
    },
  });
}

/** A SigLIP from files. */
export function loadSiglip(
  source: ModelSource,
  options: ImageTextPretrainedOptions<SiglipConfig>,
  make: (config: ResolvedSiglipConfig, parameters: Parameters) => Siglip,
): Promise<Siglip> {
  return load<ResolvedSiglipConfig, Siglip>(source, options, make, {
    model: "siglip",
    config: (opened) =>
      resolveSiglipConfig(options.config ?? describedConfig(opened, "siglip")?.config ?? siglipConfigOf(opened.raw, roleOf(options))),
    specs: siglipParameters,
    companions(model, opened, { image: { size } }) {
      model.tokenizer = tokenizerOf(opened, SiglipTokenizer, "SiglipTokenizer");
      model.processor = processorOf(opened, size, usualSiglipProcessor);
    },
  });
}

function load<C extends { image: { size: number; patch: number } }, M extends ImageTextModel>(
  source: ModelSource,
  options: ImageTextPretrainedOptions,
  make: (config: C, parameters: Parameters) => M,
  family: Family<C>,
): Promise<M> {
  const { role, imageSize, towers = "both" } = options;
  if (!Object.hasOwn(OTHER_TOWER, towers)) fail("INVALID_ARGUMENT", `towers must be "both", "image" or "text", got ${show(towers)}.`);
  if (imageSize !== undefined) checkRange(imageSize, "imageSize", { min: 1, integer: true });
  return withOpenedModel(source, options, OWN, async (opened) => {
    const { tensors, layout } = arraysOf(opened, family.model, role);
    const found = family.config(opened);
    const isOwnSize = imageSize === undefined || imageSize === found.image.size;
    const { checkpoint, config } = isOwnSize ? { checkpoint: tensors, config: found } : withImageSize(tensors, found, imageSize);
    const other = OTHER_TOWER[towers];
    const wanted = family.specs(config).filter(({ name }) => !other || name.search(other) < 0);
    const { parameters, report } = await Parameters.load(wanted, checkpoint, { ...opened.loading, ...(other && { ignore: [other] }) });
    try {
      const model = make(config, parameters);
      family.companions(model, opened, config);
      model.origin = originOf(opened, layout, report);
      return model;
    } catch (error) {
      parameters.dispose();
      throw error;
    }
  });
}

function roleOf({ role }: ImageTextPretrainedOptions): { role?: Role } {
  return role === undefined ? {} : { role };
}
