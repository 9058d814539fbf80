import { confusionMatrix } from "@rsdix/metrics/retrieval";
import type { Checkpoint, ClipCap, ClipTokenizer, Gpt2Tokenizer } from "@rsdix/models";
import * as tf from "@tensorflow/tfjs-core";
import { colourNearestNeighbourAccuracy, largestClassAccuracy } from "./baselines";
import { type DemoData, type DemoSplit, demoSplit, LABELS } from "./demo-data";
import { bestFixedScores, captionScores, mostFrequentScores } from "./evaluate-captions";
import { type ClipEvaluation, evaluateClip } from "./evaluate-clip";
import type { Settings } from "./settings";
import type { CaptionScores, FixedCaptionScores } from "./summary";

/** What is evaluated. */
export interface EvaluationInput {
  /** The demo's settings. */
  settings: Settings;
  /** The data set. */
  data: DemoData;
  /** The three CLIP models' weights. */
  models: Record<"pretrain" | "infonce" | "distilled", Checkpoint>;
  /** The captioner on the distilled model. */
  captioner: ClipCap;
  /** The tokenizers. */
  tokenizers: { clip: ClipTokenizer; gpt2: Gpt2Tokenizer };
  /** Stops the work between two batches. */
  signal: AbortSignal;
  /** Told how many of the captions are decoded, of how many. */
  onCaption: (done: number, total: number) => void;
}

/** Everything measured on the test patches. */
export interface Evaluation {
  /** The test patches. */
  test: DemoSplit;
  /** What needs no training. */
  baselines: { largestClass: number; colourNearestNeighbour: number };
  /** The three CLIP models. */
  clip: Record<"pretrain" | "infonce" | "distilled", ClipEvaluation>;
  /** Rows: true class, columns: predicted class; the distilled model. */
  confusion: number[][];
  /** Captions of the test patches. */
  captions: { beam: string[]; greedy: string[] };
  /** Scores of captions, the captioner's and the fixed ones. */
  captionScores: { beam: CaptionScores; greedy: CaptionScores; mostFrequent: FixedCaptionScores; bestFixed: FixedCaptionScores };
}

/**
 * Scores models and baselines on the test patches.
 *
 * @param input models and data
 * @returns scores and answers
 */
export async function evaluate(input: EvaluationInput): Promise<Evaluation> {
  const { settings, data, models, tokenizers } = input;
  const [train, test] = [demoSplit(data, "train"), demoSplit(data, "test")];
  const clipOf = (checkpoint: Checkpoint) => evaluateClip(checkpoint, settings, tokenizers.clip, test, input.signal);
  const clip = {
    pretrain: await clipOf(models.pretrain),
    infonce: await clipOf(models.infonce),
    distilled: await clipOf(models.distilled),
  };
  const captions = await decode(input, clip.distilled.imageEmbeddings);
  return {
    test,
    baselines: { largestClass: largestClassAccuracy(train, test), colourNearestNeighbour: colourNearestNeighbourAccuracy(train, test) },
    clip,
    confusion: confusionMatrix(clip.distilled.predicted, test.labels, LABELS.length),
    captions,
    captionScores: {
      beam: captionScores(captions.beam, test),
      greedy: captionScores(captions.greedy, test),
      mostFrequent: mostFrequentScores(train, test),
      bestFixed: bestFixedScores(train, test),
    },
  };
}

async function decode(
  { settings, captioner, tokenizers, signal, onCaption }: EvaluationInput,
  embeddings: Float32Array,
): Promise<Evaluation["captions"]> {
  const { beams, maxTokens } = settings.captioner;
  const { embedDim } = settings.clip;
  const total = (2 * embeddings.length) / embedDim;
  const input = tf.tensor2d(embeddings, [total / 2, embedDim]);
  try {
    const greedy = await captioner.caption(input, tokenizers.gpt2, { maxTokens, signal, onProgress: (done) => onCaption(done, total) });
    const beam = await captioner.caption(input, tokenizers.gpt2, {
      beams,
      maxTokens,
      signal,
      onProgress: (done) => onCaption(total / 2 + done, total),
    });
    return { beam, greedy };
  } finally {
    input.dispose();
  }
}
