import { dihedral } from "@rsdix/image";
import { type Clip, ClipCap, type Gpt2Tokenizer, Vocabulary } from "@rsdix/models";
import { captionBatches, captionTask, cosineSchedule, fit } from "@rsdix/train";
import { checkpointFolder } from "@rsdix/train/node";
import { type DemoData, demoSplit } from "./demo-data";
import type { Settings } from "./settings";
import { fingerprint, type OnRecord } from "./stage";

/** The training of the captioner. */
export interface CaptionerRun {
  /** The data set. */
  data: DemoData;
  /** The demo's settings. */
  settings: Settings;
  /** The model whose image tower is used, frozen. */
  clip: Clip;
  /** GPT-2's tokenizer. */
  tokenizer: Gpt2Tokenizer;
  /** Folder of this run's checkpoints. */
  checkpoints: string;
  /** Go on from the newest checkpoint. */
  resume: boolean;
  /** Stops the run after a step. */
  signal: AbortSignal;
  /** Gets the records. */
  onRecord: OnRecord;
  /** Told how many training patches are embedded, of how many. */
  onEmbedded: (done: number, total: number) => void;
}

/**
 * Trains mapper and decoder from scratch on the embeddings of a frozen image tower.
 *
 * @param run what to train on what
 * @returns the captioner, which predicts the tokens of the training captions and no others
 */
export async function trainCaptioner(run: CaptionerRun): Promise<ClipCap> {
  const { data, settings, clip, tokenizer } = run;
  const { seed } = settings;
  const { steps, batchSize, learningRate, warmupSteps, weightDecay, prefixLength, gpt2, maxTokens } = settings.captioner;
  const train = demoSplit(data, "train");
  const total = train.images.length * settings.captioner.views.length;
  const views: Float32Array[] = [];
  for (const view of settings.captioner.views) {
    const before = views.length * train.images.length;
    const shown = train.images.map((image) => dihedral(image, view));
    views.push(await clip.embedImages(shown, { signal: run.signal, onProgress: (done) => run.onEmbedded(before + done, total) }));
  }
  const tokens = train.captions.flat().flatMap((caption) => tokenizer.encode(caption));
  const vocabulary = Vocabulary.compact(gpt2.vocabSize!, tokens);
  const clipcap = ClipCap.fromConfig({ prefixSize: settings.clip.embedDim, prefixLength, gpt2 }, seed, vocabulary);
  try {
    const batches = captionBatches({
      views,
      dim: settings.clip.embedDim,
      captions: train.captions,
      tokenizer,
      batchSize,
      seed: seed + 2,
      maxTokens,
    });
    const records = fit(captionTask(clipcap), batches, {
      steps,
      schedule: cosineSchedule({ learningRate, warmupSteps, totalSteps: steps }),
      optimizer: { weightDecay },
      checkpoints: checkpointFolder(run.checkpoints, { keep: 1 }),
      checkpointEvery: 100,
      resume: run.resume,
      fingerprint: fingerprint("captioner", data, settings),
      signal: run.signal,
    });
    for await (const record of records) run.onRecord({ stage: "captioner", ...record });
    return clipcap;
  } catch (error) {
    clipcap.dispose();
    throw error;
  }
}
