import { type BatchesOptions, replaceSynonyms } from "@rsdix/data";
import { loadWordNet } from "@rsdix/data/node";
import { type AugmentOptions, RSDIX_AUGMENTATION } from "@rsdix/image";
import type { ClipFitConfig } from "../config/schemas";
import type { RecipeContext } from "./recipe";

type Data = Pick<
  ClipFitConfig["data"],
  "batch_size" | "num_workers" | "augment_image_data" | "augment_text_data" | "shuffle" | "unique_captions" | "skip_broken"
>;

/** In how many captions the original replaces words. */
const TEXT_PROBABILITY = 0.5;

type CommonOptions = Pick<
  BatchesOptions,
  "split" | "batchSize" | "seed" | "shuffle" | "uniqueCaptions" | "workers" | "augment" | "augmentText" | "onError" | "onSkip" | "signal"
>;

/** How batches of training images are made, but for what models want of them. */
export async function trainingBatches(
  data: Data,
  { seed, imageSize, protectedWords }: { seed: number; imageSize: number; protectedWords: readonly string[] },
  context: RecipeContext,
): Promise<CommonOptions> {
  const augmentText = data.augment_text_data ? await synonyms(protectedWords) : undefined;
  return {
    ...validationBatches(data, context),
    split: "train",
    seed,
    shuffle: data.shuffle,
    ...(data.unique_captions && { uniqueCaptions: true }),
    ...(data.augment_image_data && { augment: augmentation(imageSize) }),
    ...(augmentText && { augmentText }),
  };
}

/** The same of validation images, which are neither shuffled nor changed. */
export function validationBatches(data: Data, { signal, onSkip }: RecipeContext): CommonOptions {
  return {
    split: "val",
    batchSize: data.batch_size,
    seed: 0, // each validation draws the same captions
    shuffle: false,
    workers: data.num_workers,
    ...(data.skip_broken && { onError: "skip" as const, onSkip: ({ error }: { error: Error }) => onSkip(error.message) }),
    signal,
  };
}

/** The original's six augmentations, for images of the model's size. */
function augmentation(size: number): AugmentOptions {
  return { ...RSDIX_AUGMENTATION, resizedCrop: { ...RSDIX_AUGMENTATION.resizedCrop!, size } };
}

async function synonyms(protectedWords: readonly string[]): Promise<NonNullable<BatchesOptions["augmentText"]>> {
  const dictionary = await loadWordNet();
  return (caption, { random }) =>
    replaceSynonyms(caption, random, { dictionary, probability: TEXT_PROBABILITY, protectedWords: ["near", "next", ...protectedWords] });
}
