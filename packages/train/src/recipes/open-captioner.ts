import { fail } from "@rsdix/internal";
import { type Clip, ClipCap, type ClipCapConfig, Gpt2, type ImageTextModel, type Siglip } from "@rsdix/models";
import type { ClipCapFitConfig } from "../config/schemas";
import { readyForTraining } from "./clip-recipe";
import { loadCaptioner } from "./open-evaluation";
import { openImageText, refuseIdleProcessor } from "./open-model";
import { ofKind } from "./other-kind";
import type { RecipeContext } from "./recipe";

/** A captioner and what embeds its images. */
export interface OpenCaptioner {
  readonly captioner: ClipCap;
  readonly encoder: Clip | Siglip;
}

type Fields = ClipCapFitConfig["model"];

/** The captioner of a configuration: one that was trained before, or a new mapper before GPT-2. The caller disposes both. */
export async function openCaptioner(config: ClipCapFitConfig, context: RecipeContext): Promise<OpenCaptioner> {
  const { model: fields, data, seed_everything: seed } = config;
  const encoder = await openImageText(fields.clip_checkpoint_path ?? fields.checkpoint_path ?? fields.model, {
    ...context,
    processor: data.processor ?? fields.model,
    processorFlag: "--data.processor",
  });
  try {
    refuseIdleProcessor(encoder, data.processor, fields.model);
    if (!fields.freeze_clip_encoder) readyForTraining(encoder, fields);
    const prefixSize = widthOf(encoder);
    if (fields.prefix_size !== null && fields.prefix_size !== prefixSize) {
      fail(
        "INVALID_ARGUMENT",
        `model.prefix_size is ${fields.prefix_size}, but the encoder's embeddings have ${prefixSize} numbers. Leave it out.`,
      );
    }
    const captioner = fields.clipcap_checkpoint_path
      ? await trainedBefore(fields.clipcap_checkpoint_path, fields, prefixSize, context)
      : await newCaptioner(fields, prefixSize, seed, context);
    if (!fields.train_gpt) captioner.parameters.setTrainable(/^gpt\./, false);
    captioner.encoder = encoder;
    return { captioner, encoder };
  } catch (error) {
    encoder.dispose();
    throw error;
  }
}

async function trainedBefore(source: string, fields: Fields, prefixSize: number, { signal, onProgress }: RecipeContext): Promise<ClipCap> {
  const captioner = await loadCaptioner(source, { signal, onProgress });
  captioner.encoder?.dispose(); // the configuration names another one
  captioner.encoder = undefined;
  const { prefixLength, prefixSize: size } = captioner.config;
  const wrong =
    size !== prefixSize
      ? `takes embeddings of ${size} numbers, and the encoder gives ${prefixSize}`
      : prefixLength !== fields.prefix_length
        ? `has a prefix of ${prefixLength}, not model.prefix_length ${fields.prefix_length}`
        : undefined;
  if (wrong) {
    captioner.dispose();
    fail("CHECKPOINT_MISMATCH", `The captioner of ${source} ${wrong}.`);
  }
  await captioner.parameters.expandVocabulary(); // captions may have words that it was not trained on
  return captioner;
}

async function newCaptioner(fields: Fields, prefixSize: number, seed: number, { signal, onProgress }: RecipeContext): Promise<ClipCap> {
  const kind = { source: fields.gpt_model, kinds: ["gpt2"], wanted: "a GPT-2", signal } as const;
  const gpt2 = await ofKind(kind, () => Gpt2.fromPretrained(fields.gpt_model, { signal, onProgress }));
  try {
    const captioner = ClipCap.fromConfig(
      { prefixSize, prefixLength: fields.prefix_length, gpt2: gpt2.config, mapper: mapperOf(fields) },
      seed,
    );
    for (const { name } of gpt2.parameters.specs) captioner.parameters.get(`gpt.${name}`).assign(gpt2.parameters.get(name));
    captioner.tokenizer = gpt2.tokenizer ?? fail("FILE_NOT_FOUND", `${fields.gpt_model} has no tokenizer beside its weights.`);
    return captioner;
  } finally {
    gpt2.dispose();
  }
}

function mapperOf({ mapping_type: kind, clip_length: clipLength, num_layers: layers }: Fields): NonNullable<ClipCapConfig["mapper"]> {
  return kind === "mlp" ? "mlp" : { layers, ...(clipLength !== null && { clipLength }) };
}

/** Numbers in an embedding. */
export function widthOf(encoder: ImageTextModel): number {
  const { config } = encoder as Clip | Siglip;
  return "embedDim" in config ? config.embedDim : config.image.width;
}
