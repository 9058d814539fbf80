import { type BatchesOptions, batches, embedClasses, type ImageDataset, PROMPT_TEMPLATES } from "@rsdix/data";
import { checkOptions, checkRange, fail, show } from "@rsdix/internal";
import { topKAccuracy } from "@rsdix/metrics/retrieval";
import { type ImageTextModel, zeroShotProbabilities } from "@rsdix/models";
import { checkFunction, checkList, withMethod } from "../check-given";
import { embedPixels } from "./embed-pixels";

/** Options of `evaluateZeroShot`. */
export interface EvaluateZeroShotOptions extends Pick<BatchesOptions, "split" | "workers" | "onError" | "onSkip" | "signal"> {
  /** Prompts with `{class}`, averaged; the original's one unless told otherwise. */
  templates?: readonly string[];
  /** Which accuracies; those at 1, 2, 3, 5 and 10 unless told otherwise, as far as there are so many classes. */
  ks?: readonly number[];
  /** Images in a batch; 64. */
  batchSize?: number;
  /** Told how many images are done, of how many. */
  onProgress?: (progress: { readonly done: number; readonly total: number }) => void;
}

/** What a model says of a class set without training. */
export interface ZeroShotResult {
  /** The images' names, in the order of the rows. */
  files: string[];
  /** The classes, as the prompts name them. */
  classes: readonly string[];
  /** The number of each image's class. */
  labels: Int32Array;
  /** Probabilities, row-major `[images, classes]`. */
  probabilities: Float32Array;
  /** Share of the images whose class is among the likeliest k, by k. */
  accuracy: Record<number, number>;
}

/** k of the original. */
export const ZERO_SHOT_KS: readonly number[] = [1, 2, 3, 5, 10];

/**
 * Zero-shot classification of a labelled data set: each image's class is the one whose prompt is nearest.
 *
 * @param model CLIP or SigLIP, with its tokenizer.
 * @param dataset Images with labels, as `eurosatRgb(folder)` opens them.
 * @param options Prompts, k, batch size, progress.
 * @returns Probabilities and accuracies.
 * @throws EMPTY_DATA without images or labels; what `batches` throws of images; INVALID_ARGUMENT, UNKNOWN_OPTION; ABORTED.
 * @example
 * ```ts
 * import "@tensorflow/tfjs";
 * import { Clip, ClipTokenizer } from "@rsdix/models";
 * import type { ImageDataset } from "@rsdix/data";
 * import { encodePng } from "@rsdix/image/node";
 * import { evaluateZeroShot } from "@rsdix/train";
 * const tokenizer = ClipTokenizer.fromBpe({ merges: [] });
 * const tower = { width: 16, layers: 1, heads: 2 };
 * const text = { ...tower, vocabSize: tokenizer.vocabSize, contextLength: 40 };
 * const clip = Clip.fromConfig({ embedDim: 8, image: { ...tower, size: 8, patch: 4 }, text }, 1);
 * clip.tokenizer = tokenizer;
 * const png = await encodePng({ width: 8, height: 8, data: new Uint8Array(192) });
 * const files = { name: "memory", names: async () => ["1.png"], read: async () => png, close: async () => undefined };
 * const images = [{ filename: "1.png", imgid: 0, split: "test" as const, sentences: [], label: "lake" }];
 * const dataset: ImageDataset = { dataset: "tiny", images, files, classes: ["lake", "forest"] };
 * console.log((await evaluateZeroShot(clip, dataset)).accuracy); // { 1: 0 or 1, 2: 1 }
 * clip.dispose();
 * ```
 * @see arXiv 2103.00020, section 3.1
 */
export async function evaluateZeroShot(
  model: ImageTextModel,
  dataset: ImageDataset,
  options: EvaluateZeroShotOptions = {},
): Promise<ZeroShotResult> {
  const {
    templates = PROMPT_TEMPLATES.rsdix,
    ks,
    batchSize = 64,
    onProgress,
    ...reading
  } = checkOptions(
    options,
    ["templates", "ks", "batchSize", "onProgress", "split", "workers", "onError", "onSkip", "signal"],
    "evaluateZeroShot",
  );
  withMethod(model, "embedTexts", "evaluateZeroShot takes a Clip or a Siglip");
  if (show(dataset) !== "[object Object]")
    fail("INVALID_ARGUMENT", `evaluateZeroShot takes a data set, such as eurosatRgb(...) gives; got ${show(dataset)}.`);
  const { classes } = dataset;
  if (!classes) fail("EMPTY_DATA", `The data set "${dataset.dataset}" has no classes: each image needs a label.`);
  if (onProgress !== undefined) checkFunction(onProgress, "evaluateZeroShot: onProgress");
  if (ks !== undefined) checkList(ks, "evaluateZeroShot: ks", "whole numbers");
  for (const k of ks ?? []) checkRange(k, "k", { min: 1, max: classes.length, integer: true });
  const { signal } = reading;
  const classifier = await zeroShotClassifier(model, classes, { templates, ...(signal && { signal }) });
  const source = batches(dataset, { ...reading, batchSize, shuffle: false, preprocess: model.processor });
  const files: string[] = [];
  const labels: number[] = [];
  const rows: Float32Array[] = [];
  for await (const batch of source) {
    rows.push(await embedPixels(model, batch));
    files.push(...batch.records.map(({ filename }) => filename));
    labels.push(...batch.labels!);
    onProgress?.({ done: files.length, total: source.size });
  }
  const embeddings = new Float32Array(rows.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const row of rows) {
    embeddings.set(row, at);
    at += row.length;
  }
  return classifier({ files, labels, embeddings }, ks);
}

/** Images that are embedded already, with their classes. */
interface EmbeddedSet {
  readonly files: string[];
  /** The number of each image's class. */
  readonly labels: readonly number[];
  /** Of the images, as the model gives them, `[images, dim]`. */
  readonly embeddings: Float32Array;
}

/** What tells embedded images' classes. */
type ZeroShotClassifier = (set: EmbeddedSet, ks?: readonly number[]) => ZeroShotResult;

/** Makes it, of the classes' prompts: the model is not needed afterwards. */
export async function zeroShotClassifier(
  model: ImageTextModel,
  classes: readonly string[],
  { templates, signal }: { readonly templates: readonly string[]; readonly signal?: AbortSignal },
): Promise<ZeroShotClassifier> {
  const prompts = await embedClasses(classes, (texts) => model.embedTexts(texts, signal ? { signal } : {}), { templates });
  const dim = prompts.length / classes.length;
  const [logitScale] = await model.logitScale.data<"float32">();
  return ({ files, labels, embeddings }, ks = ZERO_SHOT_KS.filter((k) => k <= classes.length)) => {
    const probabilities = zeroShotProbabilities(embeddings, prompts, { dim, logitScale: logitScale! });
    const truth = Int32Array.from(labels);
    const accuracy = Object.fromEntries(ks.map((k) => [k, topKAccuracy(probabilities, truth, k)]));
    return { files, classes, labels: truth, probabilities, accuracy };
  };
}
