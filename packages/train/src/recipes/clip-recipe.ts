import { batches, type ImageDataset } from "@rsdix/data";
import { fail } from "@rsdix/internal";
import { type Clip, SentenceBert, Siglip, type TokenBatch } from "@rsdix/models";
import type { ClipFitConfig } from "../config/schemas";
import { cosineSchedule, rampSchedule, type Schedule } from "../optim/schedule";
import type { ClipTaskOptions } from "../tasks/clip-options";
import { clipTask } from "../tasks/clip-task";
import type { ClipBatch } from "../tasks/pairs";
import { trainingBatches, validationBatches } from "./batch-options";
import { openData } from "./open-data";
import { openImageText, refuseIdleProcessor } from "./open-model";
import { isValidated, type Recipe, type RecipeContext, stepsOf, trainerOptions, withOpened } from "./recipe";

/** Fine-tunes CLIP or SigLIP, as the configuration says. */
export async function clipRecipe(config: ClipFitConfig, context: RecipeContext): Promise<Recipe<ClipBatch>> {
  const { model: fields, data: read, trainer, seed_everything: seed } = config;
  return withOpened(async (opened, close) => {
    const dataset = await openData(read, { ...context, seed });
    opened.add(() => dataset.files.close());
    const model = await openImageText(fields.checkpoint_path ?? fields.model, {
      ...context,
      processor: read.processor ?? (fields.checkpoint_path === null ? null : fields.model),
      processorFlag: "--data.processor",
    });
    opened.add(() => model.dispose());
    refuseIdleProcessor(model, read.processor, fields.model);
    if (fields.reference && !fields.use_sigmoid_loss && !(model instanceof Siglip))
      fail("INVALID_ARGUMENT", "model.reference would do nothing without use_sigmoid_loss: it is of the sigmoid loss. Leave it out.");
    readyForTraining(model, fields);
    const sentenceBert = await openSentenceBert(fields, context);
    if (sentenceBert) opened.add(() => sentenceBert.dispose());
    const task = clipTask(model, taskOptions(fields, sentenceBert));
    const { train, validation } = await sources(dataset, model, config, context);
    opened.add(train.close);
    if (validation) opened.add(validation.close);
    const learningRate = fields.lr ?? usualRate(model);
    const { steps } = stepsOf(trainer, train.stepsPerEpoch);
    return {
      task,
      train,
      options: {
        ...trainerOptions<ClipBatch>(trainer, { batchesPerEpoch: train.stepsPerEpoch, validation }),
        schedule: scheduleOf(fields, learningRate, steps),
        optimizer: { betas: fields.betas, epsilon: fields.eps, weightDecay: fields.weight_decay, decay: fields.decay },
      },
      summary: `${train.size} images for training${validation ? `, ${validation.size} for validation` : ", none for validation"}; ${steps} steps at up to ${learningRate}`,
      save: async (folder) => void (await model.save(folder)),
      close,
    };
  });
}

type Fields = ClipFitConfig["model"];

/** The original's rates where none is given. */
export function usualRate(model: Clip | Siglip): number {
  const { width, size } = model.config.image;
  if (width < 1024) return 5e-4;
  return size < 336 ? 4e-4 : 2e-5;
}

function scheduleOf(fields: Fields, learningRate: number, totalSteps: number): Schedule {
  if (fields.use_warmup === "cosine") return cosineSchedule({ learningRate, warmupSteps: fields.warmup_steps, totalSteps });
  return rampSchedule({ learningRate, startFactor: fields.start_factor, endFactor: fields.end_factor, rampSteps: fields.total_iters });
}

async function openSentenceBert(fields: Fields, { signal, onProgress }: RecipeContext): Promise<SentenceBert | undefined> {
  if (fields.sentence_bert_model !== null) return SentenceBert.fromPretrained(fields.sentence_bert_model, { signal, onProgress });
  if (!fields.use_sentence_bert_as_teacher) return undefined;
  return fail(
    "INVALID_ARGUMENT",
    "model.use_sentence_bert_as_teacher needs model.sentence_bert_model, for example sentence-transformers/all-MiniLM-L6-v2.",
  );
}

function taskOptions(fields: Fields, sentenceBert: SentenceBert | undefined): ClipTaskOptions {
  const teaches = fields.use_sentence_bert_as_teacher && sentenceBert;
  const teacher = teaches ? { sentenceBert, mode: fields.sentence_bert_mode } : fields.teacher;
  return {
    teacher,
    ...(sentenceBert && { sentenceBert }),
    ...(fields.use_sigmoid_loss && { loss: "sigmoid" }),
    ...(fields.chunk_size !== null && { chunk: fields.chunk_size }),
    ...(fields.reference && { reference: true }),
    ...(teacher !== "none" && {
      alpha: fields.alpha,
      emaDecay: fields.ema_decay,
      lambda: fields.sinkhorn_lambda,
      iterations: fields.sinkhorn_iter,
      imageCoefficient: fields.ii_coeff,
      textCoefficient: fields.tt_coeff,
      removeDiagonal: fields.remove_diag,
    }),
  };
}

async function sources(dataset: ImageDataset, model: Clip | Siglip, config: ClipFitConfig, context: RecipeContext) {
  const { size } = model.config.image;
  const { contextLength } = model.config.text;
  const made = {
    preprocess: model.processor,
    tokenize: (captions: string[]): TokenBatch => model.tokenizer!.encodeBatch(captions, { contextLength, truncate: true }),
  };
  const training = { seed: config.seed_everything, imageSize: size, protectedWords: dataset.classes ?? [] };
  const train = batches(dataset, { ...(await trainingBatches(config.data, training, context)), ...made });
  const validation = isValidated(dataset, config.trainer)
    ? batches(dataset, { ...validationBatches(config.data, context), ...made })
    : undefined;
  return { train, validation };
}

/** Freezes what the configuration names, and says how blocks are kept. */
export function readyForTraining(model: Clip | Siglip, fields: Pick<Fields, "freeze" | "checkpoint_blocks">): void {
  for (const pattern of fields.freeze) model.setTrainable(regexp(pattern), false);
  if (model.parameters.trainable().length === 0)
    fail("INVALID_ARGUMENT", `model.freeze ${JSON.stringify(fields.freeze)} leaves no weight of the model to be trained.`);
  model.gradientCheckpointing = fields.checkpoint_blocks;
}

function regexp(pattern: string): RegExp {
  try {
    return new RegExp(pattern);
  } catch (error) {
    return fail(
      "INVALID_ARGUMENT",
      `model.freeze: ${JSON.stringify(pattern)} is no regular expression: ${(error as Error).message}.`,
      error,
    );
  }
}
