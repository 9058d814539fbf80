/** Zero-shot and retrieval scores of a CLIP model on the test patches, all in [0, 1]. */
export interface ClipScores {
  /** Share of patches whose class is the likeliest. */
  top1: number;
  /** Mean over classes of the share recognised. */
  balancedTop1: number;
  /** Share of patches whose class is among the three likeliest. */
  top3: number;
  /** Share of patches whose class is among the five likeliest. */
  top5: number;
  /** Share of patches with one of their own captions nearest. */
  imageToTextR1: number;
  /** ... among the five nearest. */
  imageToTextR5: number;
  /** ... among the ten nearest. */
  imageToTextR10: number;
  /** Share of captions whose patch is nearest. */
  textToImageR1: number;
  /** ... among the five nearest. */
  textToImageR5: number;
  /** ... among the ten nearest. */
  textToImageR10: number;
}

/** Scores of captions on the test patches, all in [0, 1]. */
export interface CaptionScores {
  /** BLEU-1, the mean over images, as the original reports it. */
  bleu1: number;
  /** BLEU-2, the mean over images. */
  bleu2: number;
  /** BLEU-3, the mean over images. */
  bleu3: number;
  /** BLEU-4, the mean over images. */
  bleu4: number;
  /** ROUGE-L, the mean over images. */
  rougeL: number;
  /** Share of captions that name the patch's class. */
  namesClass: number;
  /** BLEU over all images at once, as the metric's paper defines it. */
  corpus: { bleu1: number; bleu2: number; bleu3: number; bleu4: number };
}

/** Scores of a fixed caption, with the caption. */
export interface FixedCaptionScores extends CaptionScores {
  /** The caption given to every patch. */
  caption: string;
}

/** What `summary.json` holds. */
export interface Summary {
  /** TensorFlow.js backend. */
  backend: string;
  /** Threads of each backend instance, null where it decides itself; both fine-tunings run at once, in a worker each. */
  threads: number | null;
  /** From start to report; of a resumed run, since it was resumed. */
  seconds: number;
  /** Highest resident memory of the process, workers included. */
  peakMemoryBytes: number;
  /** Patches in the data set. */
  patches: number;
  /** Patches in the test split. */
  testPatches: number;
  /** Class names. */
  classes: string[];
  /** 1 / classes. */
  chanceTop1: number;
  /** What needs no training. */
  baselines: {
    /** Always the commonest class of the training patches. */
    largestClass: number;
    /** 1-nearest neighbour on mean and spread of red, green and blue. */
    colourNearestNeighbour: number;
  };
  /** Fine-tuned with the original's recipe: InfoNCE and Sinkhorn self-distillation. */
  clip: ClipScores;
  /** Fine-tuned with InfoNCE alone, from the same weights, for the same steps. */
  infoNceOnly: ClipScores;
  /** Before fine-tuning. */
  pretrained: ClipScores;
  /** The captioner, beam search. */
  captioner: CaptionScores;
  /** The same captioner, greedy decoding. */
  captionerGreedy: CaptionScores;
  /** The most frequent caption of the training patches. */
  mostFrequentCaption: FixedCaptionScores;
  /** The single caption of all in the data set that scores the best BLEU-4 on the test patches (of the per-image mean; `corpus` has its own best). */
  bestFixedCaption: FixedCaptionScores;
}
