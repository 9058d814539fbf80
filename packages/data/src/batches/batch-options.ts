import { augment as augmentImage, ImageProcessor } from "@rsdix/image";
import { checkOptions, checkRange, checkSignal, fail, show } from "@rsdix/internal";
import { checkFunctions, checkOnError } from "../check-inputs";
import { createRandom } from "../create-random";
import type { BatchesOptions, Preprocess, PreprocessFunction } from "./batch-types";

const OPTIONS = [
  ...["batchSize", "split", "shuffle", "seed", "dropLast", "uniqueCaptions", "epochs", "position"],
  ...["preprocess", "augment", "augmentText", "tokenize"],
  ...["workers", "concurrency", "prefetch", "maxPixels", "onError", "onSkip", "signal"],
] as const;

/** More threads, images or batches at a time than any machine has use for. */
const MOST = 64;

/** Options of `batches` with what they are unless told otherwise. */
export type Settings = ReturnType<typeof readBatchesOptions>;

/** Checks what can be checked without the data set. */
export function readBatchesOptions(given: BatchesOptions<Preprocess | undefined, unknown>) {
  const options = checkOptions(given, OPTIONS, "batches");
  const { batchSize, shuffle = true, seed = 0, dropLast = false, uniqueCaptions = false, epochs = 1, augment } = options;
  const { workers = 0, prefetch = 2, onError = "throw", split, position, signal } = options;
  const { concurrency = 8, maxPixels } = options;
  checkRange(batchSize, "batchSize", { min: 1, max: 2 ** 31 - 1, integer: true });
  checkRange(seed, "seed", { min: 0, max: Number.MAX_SAFE_INTEGER, integer: true });
  if (epochs !== Number.POSITIVE_INFINITY) checkRange(epochs, "epochs", { min: 1, max: Number.MAX_SAFE_INTEGER, integer: true });
  checkRange(workers, "workers", { min: 0, max: MOST, integer: true });
  checkRange(concurrency, "concurrency", { min: 1, max: MOST, integer: true });
  checkRange(prefetch, "prefetch", { min: 0, max: MOST, integer: true });
  if (maxPixels !== undefined) checkRange(maxPixels, "maxPixels", { min: 1, max: Number.MAX_SAFE_INTEGER, integer: true });
  for (const [name, value] of Object.entries({ shuffle, dropLast, uniqueCaptions })) {
    if (typeof value !== "boolean") fail("INVALID_ARGUMENT", `${name} must be true or false, got ${show(value)}.`);
  }
  if (uniqueCaptions && !shuffle) fail("INVALID_ARGUMENT", "uniqueCaptions needs shuffle: it gives the images an order of its own.");
  if (augment !== undefined && augment !== "dihedral") {
    if (typeof augment !== "object" || augment === null)
      fail("INVALID_ARGUMENT", `augment must be "dihedral" or options of augment, got ${show(augment)}.`);
    augmentImage({ width: 1, height: 1, data: new Uint8Array(3) }, createRandom(0), augment); // refuses what it can't follow
  }
  checkOnError(onError);
  const { augmentText, tokenize, onSkip } = options;
  checkFunctions({ augmentText, tokenize, onSkip });
  checkSignal(signal);
  return {
    ...{ batchSize, shuffle, seed, dropLast, uniqueCaptions, epochs, split, position },
    ...{ ...readPreprocess(options.preprocess), augment, augmentText, tokenize },
    ...{ workers, concurrency, prefetch, maxPixels, onError, onSkip, signal },
  };
}

/** A processor as the file that says the same, or a function. */
function readPreprocess(preprocess: Preprocess | undefined): {
  processor?: Readonly<Record<string, unknown>> | undefined;
  custom?: PreprocessFunction | undefined;
} {
  if (preprocess === undefined) return {};
  if (typeof preprocess === "function") return { custom: preprocess };
  if (typeof preprocess !== "object" || preprocess === null) {
    fail("INVALID_ARGUMENT", `preprocess must be an ImageProcessor, its configuration, { size } or a function, got ${show(preprocess)}.`);
  }
  if ("toJson" in preprocess && typeof preprocess.toJson === "function")
    return { processor: preprocess.toJson() as Record<string, unknown> };
  const isFile = ["image_processor_type", "feature_extractor_type", "preprocess_cfg"].some((key) => key in preprocess);
  if (isFile) return { processor: ImageProcessor.fromConfig(preprocess).toJson() };
  const { size, mean, std } = checkOptions(
    preprocess as { size: number; mean?: unknown; std?: unknown },
    ["size", "mean", "std"],
    "batches' preprocess",
  );
  checkRange(size, "preprocess.size", { min: 1, max: 4096, integer: true });
  checkChannels(mean, "preprocess.mean", -1e6);
  checkChannels(std, "preprocess.std", Number.MIN_VALUE);
  const clip = {
    image_processor_type: "CLIPImageProcessor",
    size: { shortest_edge: size },
    crop_size: size,
    image_mean: mean,
    image_std: std,
  };
  return { processor: ImageProcessor.fromConfig(clip).toJson() };
}

/** What is read as a file's setting would else be called the fault of a file. */
function checkChannels(value: unknown, name: string, min: number): void {
  if (value === undefined) return;
  const usable = (item: unknown) => typeof item === "number" && item >= min && item <= 1e6;
  if (Array.isArray(value) && value.length === 3 && value.every(usable)) return;
  const got = Array.isArray(value) ? `[${value.map(show).join(", ")}]` : show(value);
  fail("INVALID_ARGUMENT", `${name} must be three numbers${min > 0 ? " above 0" : ""}, one a channel, got ${got}.`);
}
