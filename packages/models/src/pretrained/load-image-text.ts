import { checkRange, fail, show } from "@rsdix/internal";
import type { ConvertedCheckpoint } from "../checkpoint/keys/hugging-face";
import type { Role } from "../checkpoint/keys/key-table";
import type { LazyCheckpoint } from "../checkpoint/lazy-checkpoint";
import type { Clip } from "../clip";
import { type ClipConfig, type ResolvedClipConfig, resolveClipConfig } from "../clip-config";
import { clipParameters } from "../clip-parameters";
import { clipSizes, siglipSizes } from "../config-shapes/clip-shapes";
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
import type { TextTokenizer } from "../tokenizers/text-tokenizer";
import { TOWER_NAMES } from "../towers";
import { processorOf, tokenizerOf, usualClipProcessor, usualSiglipProcessor } from "./companions";
import {
  arraysOf,
  checkPretrained,
  describedConfig,
  GIVE_CONFIG,
  type OpenedModel,
  originOf,
  type PretrainedOptions,
  withOpenedModel,
} from "./open-model";

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
const OTHER_TOWER = { both: undefined, image: TOWER_NAMES.text, text: TOWER_NAMES.image } as const;

/** What tells CLIP from SigLIP while loading. */
interface Family<C, R> {
  readonly model: "clip" | "siglip";
  resolve(config: C): R;
  described(opened: OpenedModel): C | undefined;
  sizes(checkpoint: ConvertedCheckpoint): C;
  specs(config: R): ParameterSpec[];
  tokenizer(opened: OpenedModel): TextTokenizer | undefined;
  usualProcessor(size: number): object;
}

const CLIP: Family<ClipConfig, ResolvedClipConfig> = {
  model: "clip",
  resolve: resolveClipConfig,
  described: (opened) => describedConfig(opened, "clip")?.config,
  sizes: (checkpoint) => clipSizes(checkpoint, {}, GIVE_CONFIG),
  specs: clipParameters,
  tokenizer: (opened) => tokenizerOf(opened, ClipTokenizer, "ClipTokenizer"),
  usualProcessor: usualClipProcessor,
};

const SIGLIP: Family<SiglipConfig, ResolvedSiglipConfig> = {
  model: "siglip",
  resolve: resolveSiglipConfig,
  described: (opened) => describedConfig(opened, "siglip")?.config,
  sizes: (checkpoint) => siglipSizes(checkpoint, {}, GIVE_CONFIG),
  specs: siglipParameters,
  tokenizer: (opened) => tokenizerOf(opened, SiglipTokenizer, "SiglipTokenizer"),
  usualProcessor: usualSiglipProcessor,
};

/** Makes a model of its weights. */
type Make<R, M> = (config: R, parameters: Parameters) => M;

/** A CLIP from files. */
export function loadClip(
  source: ModelSource,
  options: ImageTextPretrainedOptions<ClipConfig>,
  make: Make<ResolvedClipConfig, Clip>,
): Promise<Clip> {
  return load(CLIP, source, options, make);
}

/** A SigLIP from files. */
export function loadSiglip(
  source: ModelSource,
  options: ImageTextPretrainedOptions<SiglipConfig>,
  make: Make<ResolvedSiglipConfig, Siglip>,
): Promise<Siglip> {
  return load(SIGLIP, source, options, make);
}

function load<C, R extends { image: { size: number; patch: number } }, M extends ImageTextModel>(
  family: Family<C, R>,
  source: ModelSource,
  options: ImageTextPretrainedOptions<C>,
  make: Make<R, M>,
): Promise<M> {
  const { role, imageSize, towers = "both", config: sizes } = checkPretrained(options, OWN);
  if (!Object.hasOwn(OTHER_TOWER, towers)) fail("INVALID_ARGUMENT", `towers must be "both", "image" or "text", got ${show(towers)}.`);
  if (imageSize !== undefined) checkRange(imageSize, "imageSize", { min: 1, integer: true });
  const given = sizes === undefined ? undefined : family.resolve(sizes);
  return withOpenedModel(source, options, OWN, async (opened) => {
    const converted = arraysOf(opened, family.model, role);
    if (options.strict !== false) requireTowers(converted.tensors, towers, opened.files.origin);
    const found = given ?? family.resolve(family.described(opened) ?? family.sizes(converted));
    const { checkpoint, config } =
      imageSize === undefined || imageSize === found.image.size
        ? { checkpoint: converted.tensors, config: found }
        : withImageSize(converted.tensors, found, imageSize);
    const other = OTHER_TOWER[towers];
    const wanted = family.specs(config).filter(({ name }) => !other || name.search(other) < 0);
    const { parameters, report } = await Parameters.load(wanted, checkpoint, { ...opened.loading, ...(other && { ignore: [other] }) });
    try {
      const model = make(config, parameters);
      model.tokenizer = family.tokenizer(opened);
      model.processor = processorOf(opened, config.image.size, family.usualProcessor);
      model.origin = originOf(opened, converted.layout, report);
      return model;
    } catch (error) {
      parameters.dispose();
      throw error;
    }
  });
}

/** Refuses a file of one tower where the other is wanted, as `save` writes it of a model that was loaded with one: all names would be missing. */
function requireTowers(tensors: LazyCheckpoint, towers: keyof typeof OTHER_TOWER, origin: string): void {
  const has = (tower: "image" | "text") => [...tensors.keys()].some((name) => name.search(TOWER_NAMES[tower]) >= 0);
  const [image, text] = [has("image"), has("text")];
  if (image === text || towers === (image ? "image" : "text")) return;
  const only = image ? "image" : "text";
  fail("CHECKPOINT_MISMATCH", `${origin} holds only the ${only} tower: load it with the option { towers: "${only}" }.`);
}
