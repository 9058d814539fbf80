import type { ClipConfig, Gpt2Config } from "@rsdix/models";

/** How one training run goes. */
interface RunSettings {
  /** Optimiser steps. */
  steps: number;
  /** Pairs in a batch. */
  batchSize: number;
  /** Highest learning rate. */
  learningRate: number;
  /** Steps of the linear warm-up; then half a cosine down to 0. */
  warmupSteps: number;
  /** Decoupled weight decay of the matrices. */
  weightDecay: number;
}

/** Everything that decides what the demo computes; written to `config.yaml`. */
export interface Settings {
  /** Seeds the data set, the weights and the batches. */
  seed: number;
  /** How many patches are used of each class, split and phase of the training; all where it is left out. */
  perClass?: number;
  /** Sizes of the CLIP model. */
  clip: ClipConfig;
  /** InfoNCE from scratch on part of the training regions: stands for the trained CLIP that the original starts from. */
  pretrain: RunSettings;
  /** Both fine-tunings, from the same weights, for the same steps. */
  finetune: RunSettings & {
    /** Share of InfoNCE in the distilled run's loss. */
    alpha: number;
    /** Decay of the EMA teacher in the long run. */
    emaDecay: number;
    /** Sinkhorn's entropic regularisation. */
    lambda: number;
    /** Sinkhorn's iterations. */
    iterations: number;
  };
  /** The captioner on the distilled model's frozen image tower. */
  captioner: RunSettings & {
    /** Symmetries (see `dihedral`) under which the training patches are embedded; one is drawn at every access. */
    views: number[];
    /** GPT-2 positions that an image becomes. */
    prefixLength: number;
    /** Sizes of the decoder. */
    gpt2: Gpt2Config;
    /** Beams of the beam search. */
    beams: number;
    /** Most tokens of a caption. */
    maxTokens: number;
  };
}

const TOWER = { width: 128, heads: 4 };

/** The demo's settings. */
export function demoSettings(seed: number): Settings {
  return {
    seed,
    clip: {
      embedDim: 128,
      image: { ...TOWER, layers: 3, size: 32, patch: 8 },
      text: { ...TOWER, layers: 2, vocabSize: 49408, contextLength: 32 },
    },
    pretrain: { steps: 540, batchSize: 64, learningRate: 2e-3, warmupSteps: 30, weightDecay: 0.1 },
    finetune: {
      steps: 240,
      batchSize: 64,
      learningRate: 6e-4,
      warmupSteps: 15,
      weightDecay: 0.1,
      alpha: 0.5,
      emaDecay: 0.999,
      lambda: 0.1,
      iterations: 4,
    },
    captioner: {
      steps: 300,
      batchSize: 32,
      learningRate: 2e-3,
      warmupSteps: 30,
      weightDecay: 0.1,
      views: [0, 2, 5, 7],
      prefixLength: 4,
      gpt2: { vocabSize: 50257, contextLength: 48, width: 128, layers: 2, heads: 4 },
      beams: 5,
      maxTokens: 32,
    },
  };
}

/** A run of a few steps on a few patches that shows that everything works; its scores mean nothing. */
export function quickSettings(seed: number): Settings {
  const settings = { ...demoSettings(seed), perClass: 6 };
  Object.assign(settings.pretrain, { steps: 6, batchSize: 32, warmupSteps: 2 });
  Object.assign(settings.finetune, { steps: 6, batchSize: 32, warmupSteps: 2 });
  Object.assign(settings.captioner, { steps: 8, warmupSteps: 2, views: [0], beams: 2, maxTokens: 12 });
  return settings;
}
