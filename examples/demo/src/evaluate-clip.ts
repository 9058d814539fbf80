import { balancedAccuracy, retrievalRecall, topKAccuracy } from "@rsdix/metrics/retrieval";
import { type Checkpoint, Clip, type ClipTokenizer, zeroShotProbabilities, zeroShotPrompts } from "@rsdix/models";
import { CLASS_PROMPTS, type DemoSplit } from "./demo-data";
import type { Settings } from "./settings";
import type { ClipScores } from "./summary";

/** A model's answers on a split. */
export interface ClipEvaluation {
  /** The scores. */
  scores: ClipScores;
  /** Class probabilities, row-major [patches, classes]. */
  probabilities: Float32Array;
  /** The likeliest class of each patch. */
  predicted: Int32Array;
  /** Embeddings of the patches, row-major. */
  imageEmbeddings: Float32Array;
  /** Embeddings of all captions, row-major, patch after patch. */
  textEmbeddings: Float32Array;
}

/**
 * Zero-shot classification with the spec's prompts, and retrieval in both directions.
 *
 * @param checkpoint the weights
 * @param settings the demo's settings
 * @param tokenizer CLIP's tokenizer
 * @param split the patches
 * @param signal stops the work between two batches
 * @returns scores and answers
 */
export async function evaluateClip(
  checkpoint: Checkpoint,
  settings: Settings,
  tokenizer: ClipTokenizer,
  split: DemoSplit,
  signal: AbortSignal,
): Promise<ClipEvaluation> {
  const clip = Clip.fromCheckpoint(settings.clip, checkpoint);
  clip.tokenizer = tokenizer;
  try {
    const dim = settings.clip.embedDim;
    const logitScale = (await clip.logitScale.data())[0]!;
    const imageEmbeddings = await clip.embedImages(split.images, { signal });
    const textEmbeddings = await clip.embedTexts(split.captions.flat(), { signal });
    const classEmbeddings = await clip.embedTexts(zeroShotPrompts(CLASS_PROMPTS));
    const probabilities = zeroShotProbabilities(imageEmbeddings, classEmbeddings, { dim, logitScale });
    const classes = CLASS_PROMPTS.length;
    const predicted = Int32Array.from(split.labels, (_, i) => likeliest(probabilities.subarray(i * classes, (i + 1) * classes)));
    const owners = split.captions.flatMap((captions, i) => captions.map(() => i));
    const { imageToText, textToImage } = retrievalRecall(imageEmbeddings, textEmbeddings, owners, { dim, ks: [1, 5, 10] });
    const top = (k: number) => topKAccuracy(probabilities, split.labels, k);
    const scores: ClipScores = {
      top1: top(1),
      balancedTop1: balancedAccuracy(predicted, split.labels, classes),
      top3: top(3),
      top5: top(5),
      imageToTextR1: imageToText[1]!,
      imageToTextR5: imageToText[5]!,
      imageToTextR10: imageToText[10]!,
      textToImageR1: textToImage[1]!,
      textToImageR5: textToImage[5]!,
      textToImageR10: textToImage[10]!,
    };
    return { scores, probabilities, predicted, imageEmbeddings, textEmbeddings };
  } finally {
    clip.dispose();
  }
}

function likeliest(row: Float32Array): number {
  return row.indexOf(Math.max(...row));
}
