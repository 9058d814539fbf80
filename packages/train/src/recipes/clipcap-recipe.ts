import { createHash } from "node:crypto";
import { join } from "node:path";
import { type BatchCommon, type Batches, type BatchPixels, batches, embedDataset, type ImageDataset, type Split } from "@rsdix/data";
import { folderFeatureCache } from "@rsdix/data/node";
import { fail } from "@rsdix/internal";
import { type ClipCap, Gpt2Tokenizer, type ImageTextModel, type Parameters } from "@rsdix/models";
import type { ClipCapFitConfig } from "../config/schemas";
import { scoreNames } from "../config/validation-metrics";
import { embedPixels } from "../evaluate/embed-pixels";
import type { BatchSource } from "../fit/task";
import { linearSchedule } from "../optim/schedule";
import { captionBatches } from "../tasks/caption-batches";
import type { CaptionPart, CaptionTaskOptions } from "../tasks/caption-options";
import { type CaptionBatch, captionTask } from "../tasks/caption-task";
import { trainingBatches, validationBatches } from "./batch-options";
import { usualRate } from "./clip-recipe";
import { openCaptioner } from "./open-captioner";
import { openData } from "./open-data";
import { isValidated, type Recipe, type RecipeContext, stepsOf, trainerOptions, withOpened } from "./recipe";
import { type CaptionedRows, countCaptioned, scoreValidation } from "./validate-captions";

/** Trains a captioner, as the configuration says. */
export async function clipCapRecipe(config: ClipCapFitConfig, context: RecipeContext): Promise<Recipe<CaptionBatch>> {
  const { model: fields, data: read, trainer, seed_everything: seed } = config;
  return withOpened(async (opened, close) => {
    const dataset = await openData(read, { ...context, seed });
    opened.add(() => dataset.files.close());
    checkWatched(dataset, config);
    const { captioner, encoder } = await openCaptioner(config, context);
    opened.add(() => {
      captioner.dispose();
      encoder.dispose();
    });
    checkRoom(dataset, captioner, config);
    const sources = await sourcesOf(dataset, captioner, config, context);
    const { train, validation } = sources;
    opened.add(sources.close);
    const task = captionTask(captioner, taskOptions(config));
    const { steps } = stepsOf(trainer, train.stepsPerEpoch);
    const learningRate = fields.clipcap_lr;
    const encoderRate = fields.lr ?? usualRate(encoder);
    const warmupSteps = Math.min(fields.clipcap_warmup_steps, steps);
    const warmedUp = (rate: number) => linearSchedule({ learningRate: rate, warmupSteps, totalSteps: steps });
    return {
      task,
      train,
      options: {
        ...trainerOptions<CaptionBatch>(trainer, {
          ...{ batchesPerEpoch: train.stepsPerEpoch, validation, run: sources.score },
          measures: scoreNames(fields),
        }),
        schedule: warmedUp(learningRate),
        ...(!fields.freeze_clip_encoder && {
          groups: [{ name: "encoder", match: /^encoder\./, schedule: warmedUp(encoderRate), weightDecay: fields.weight_decay }],
        }),
        optimizer: { betas: fields.betas, epsilon: fields.eps, weightDecay: fields.clipcap_weight_decay, decay: fields.decay },
      },
      ...(!fields.freeze_clip_encoder && { relativeRates: { encoder: { field: "model.lr", factor: encoderRate / learningRate } } }),
      summary: `${sources.count} images for training${validation ? `, ${sources.held} for validation` : ", none for validation"}; ${steps} steps at up to ${learningRate}`,
      save: async (folder) => {
        await captioner.save(folder);
        await encoder.save(join(folder, "encoder"));
      },
      close,
    };
  });
}

interface Sources {
  readonly train: BatchSource<CaptionBatch>;
  readonly validation: BatchSource<CaptionBatch> | undefined;
  /** Scores captions of the validation images. */
  readonly score: (() => Promise<Record<string, number>>) | undefined;
  /** Images for training. */
  readonly count: number;
  /** Images for validation. */
  readonly held: number;
  close(): Promise<void>;
}

/** Before there is a run: can the validation give what it is led by? */
function checkWatched({ images }: ImageDataset, { model: { every_n_batches: every }, data, trainer }: ClipCapFitConfig): void {
  const { monitor, save_top_k: best, early_stopping_patience: patience, limit_val_batches: limit } = trainer;
  if (monitor !== "ciderD" || (best === 0 && patience === null)) return;
  const held = images.filter(({ split }) => split === "val").length;
  const batches = Math.min(Math.ceil(held / data.batch_size), limit ?? Number.POSITIVE_INFINITY);
  if (countCaptioned(held, data.batch_size, batches, every) !== 1) return;
  fail(
    "INVALID_ARGUMENT",
    `trainer.monitor is ciderD, of which a single image has none, as CIDEr-D weighs n-grams by how few images have them: of ${held} validation ` +
      `image${held === 1 ? "" : "s"} one is captioned. Name another monitor, or caption more images` +
      `${held === 1 ? "" : ": with a smaller model.every_n_batches, or a larger data.batch_size or trainer.limit_val_batches"}.`,
  );
}

/** Positions of GPT-2 that are left for a caption. */
const roomOf = ({ config: { gpt2, prefixLength } }: ClipCap) => gpt2.contextLength - prefixLength;

/** Before images are embedded, and before there is a run: do the captions fit? */
function checkRoom({ images }: ImageDataset, captioner: ClipCap, { model: { max_length: most } }: ClipCapFitConfig): void {
  const room = roomOf(captioner);
  if (most <= room) return;
  const tokenizer = tokenizerOf(captioner);
  const captions = images.filter(({ split }) => split !== "test").flatMap(({ sentences }) => sentences);
  const longest = captions.reduce(
    (length, { raw }) => Math.max(length, tokenizer.encode(raw, { contextLength: most, truncate: true }).length),
    0,
  );
  if (longest <= room) return;
  const { gpt2, prefixLength } = captioner.config;
  fail(
    "INVALID_ARGUMENT",
    `model.max_length is ${most}, of which a caption takes ${longest} tokens, but GPT-2 here has room for ${room}: it takes ${gpt2.contextLength} positions, ` +
      `${prefixLength} of them for the image. Give a model.max_length of at most ${room}, which cuts longer captions.`,
  );
}

function taskOptions({ model: fields, seed_everything: seed }: ClipCapFitConfig): CaptionTaskOptions {
  const train: CaptionPart[] = ["mapper"];
  if (fields.train_gpt) train.push("gpt2");
  if (!fields.freeze_clip_encoder) train.push("encoder");
  const dropout = {
    ...(fields.dropout_gpt2 && { dropout: fields.dropout_gpt2 }),
    ...(fields.dropout_transformer > 0 && { mapperDropout: fields.dropout_transformer }),
  };
  return { train, maxTokens: fields.max_length, ...dropout, ...(Object.keys(dropout).length > 0 && { seed }) };
}

/** Batches of embeddings where images always look the same to the encoder: each is embedded once, and kept. Of images otherwise. */
async function sourcesOf(dataset: ImageDataset, captioner: ClipCap, config: ClipCapFitConfig, context: RecipeContext): Promise<Sources> {
  const { data } = config;
  const encoder = captioner.encoder!;
  const tokenizer = tokenizerOf(captioner);
  const validated = isValidated(dataset, config.trainer);
  const maxTokens = Math.min(config.model.max_length, roomOf(captioner)); // what is augmented may be longer than it was
  const embedded = async (split: Split, shuffle: boolean, seed: number) => {
    const { values, dim, records } = await embed(dataset, encoder, split, config, context);
    const captions = records.map(({ sentences }) => sentences.map(({ raw }) => raw));
    const options = { views: [values], dim, captions, tokenizer, batchSize: data.batch_size, seed, maxTokens, shuffle, dropLast: false };
    return { source: captionBatches(options), rows: rowsOf(values, dim, captions, data.batch_size), count: records.length };
  };
  const limit = config.trainer.limit_val_batches ?? undefined;
  const scorer = (batches: readonly (() => Promise<CaptionedRows>)[]) => () =>
    scoreValidation(captioner, tokenizer, batches.slice(0, limit), config.model, context.signal);
  const frozen = config.model.freeze_clip_encoder;
  if (frozen && !data.augment_image_data && !data.augment_text_data && !data.unique_captions) {
    const { source: train, count } = await embedded("train", data.shuffle, config.seed_everything);
    const held = validated ? await embedded("val", false, 0) : undefined;
    return {
      train,
      validation: held?.source,
      score: held && scorer(held.rows),
      count,
      held: held?.count ?? 0,
      close: async () => undefined,
    };
  }
  const made = {
    preprocess: encoder.processor,
    tokenize: (captions: string[]) => tokenizer.encodeBatch(captions, { contextLength: maxTokens, truncate: true }),
  };
  const training = { seed: config.seed_everything, imageSize: encoder.config.image.size, protectedWords: dataset.classes ?? [] };
  const train = batches(dataset, { ...(await trainingBatches(data, training, context)), ...made });
  const validation = validated ? batches(dataset, { ...validationBatches(data, context), ...made }) : undefined;
  const close = async () => {
    await train.close();
    await validation?.close();
  };
  const imageRows =
    validation && Array.from({ length: validation.stepsPerEpoch }, (_, step) => () => embeddedBatch(encoder, validation, step));
  return { train, validation, score: imageRows && scorer(imageRows), count: train.size, held: validation?.size ?? 0, close };
}

/** Batches of embeddings with all captions of their images. */
function rowsOf(values: Float32Array, dim: number, references: readonly string[][], batchSize: number): (() => Promise<CaptionedRows>)[] {
  return Array.from({ length: Math.ceil(references.length / batchSize) }, (_, i) => async () => {
    const [from, to] = [i * batchSize, Math.min((i + 1) * batchSize, references.length)];
    return { embeddings: values.slice(from * dim, to * dim), references: references.slice(from, to) };
  });
}

type ImageBatches = Pick<Batches<BatchCommon & BatchPixels>, "batch">;

/** The same of images that are embedded now, by an encoder that is being trained. */
async function embeddedBatch(encoder: ImageTextModel, source: ImageBatches, step: number): Promise<CaptionedRows> {
  const batch = await source.batch(step);
  const references = batch.records.map(({ sentences }) => sentences.map(({ raw }) => raw));
  return { embeddings: await embedPixels(encoder, batch), references };
}

function embed(dataset: ImageDataset, encoder: ImageTextModel, split: Split, config: ClipCapFitConfig, context: RecipeContext) {
  const { data, trainer } = config;
  const { workers, onError, onSkip, signal } = validationBatches(data, context);
  return embedDataset(dataset, (batch) => embedPixels(encoder, batch), {
    model: hashOf(encoder),
    preprocess: encoder.processor,
    cache: folderFeatureCache(join(trainer.default_root_dir, "features")),
    split,
    workers: workers!,
    ...(onError && { onError }),
    ...(onSkip && { onSkip }),
    signal: signal!,
  });
}

/** Names the weights that embeddings are made with. */
export function hashOf({ parameters }: ImageTextModel): string {
  return weightsHash(parameters, (name) => name.startsWith("vision_model.") || name.startsWith("visual_projection."));
}

/** Names weights; all of them unless told otherwise. */
export function weightsHash(parameters: Parameters, counts: (name: string) => boolean = () => true): string {
  const hash = createHash("sha256");
  for (const { name } of parameters.specs) if (counts(name)) hash.update(name).update(parameters.get(name).dataSync());
  return hash.digest("hex");
}

function tokenizerOf({ tokenizer, origin }: ClipCap): Gpt2Tokenizer {
  if (tokenizer instanceof Gpt2Tokenizer) return tokenizer;
  return fail("FILE_NOT_FOUND", `${origin?.source ?? "The captioner"} has no tokenizer of GPT-2's kind beside its weights.`);
}
