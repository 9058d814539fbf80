import type { CaptionRecord } from "@rsdix/data";
import { type Checkpoint, Clip, type ClipTokenizer, zeroShotPrompts } from "@rsdix/models";
import { clipBatches, clipTask, cosineSchedule, fit } from "@rsdix/train";
import { checkpointFolder } from "@rsdix/train/node";
import { CLASS_PROMPTS, type DemoData, demoSplit } from "./demo-data";
import type { Settings } from "./settings";
import { fingerprint, type OnRecord, type Stage } from "./stage";

/** One training run of CLIP. */
export interface ClipRun {
  /** Which one. */
  stage: Exclude<Stage, "captioner">;
  /** The data set. */
  data: DemoData;
  /** The demo's settings. */
  settings: Settings;
  /** The weights to start from; fresh ones when left out. */
  from?: Checkpoint;
  /** Folder of this run's checkpoints. */
  checkpoints: string;
  /** Go on from the newest checkpoint. */
  resume: boolean;
  /** CLIP's tokenizer. */
  tokenizer: ClipTokenizer;
  /** Stops the run after a step. */
  signal: AbortSignal;
  /** Gets the records. */
  onRecord: OnRecord;
}

const inPretraining = (record: CaptionRecord) => record.extra?.phase === "pretrain";

/**
 * Trains CLIP: from scratch with InfoNCE on part of the training regions ("pretrain"), or from given weights on all of them, with InfoNCE alone ("infonce") or
 * with the original's recipe ("distilled").
 *
 * @param run what to train on what
 * @returns the weights, all rows of the token table included
 */
export async function trainClip(run: ClipRun): Promise<Checkpoint> {
  const { stage, data, settings, tokenizer } = run;
  const { seed } = settings;
  const clip = run.from ? Clip.fromCheckpoint(settings.clip, run.from) : Clip.fromConfig(settings.clip, seed);
  const train = stage === "pretrain" ? demoSplit(data, "train", inPretraining) : demoSplit(data, "train");
  // Only the rows of the token table that these texts use are held and updated; the others stay as they are.
  await clip.parameters.compactVocabulary(
    [...train.captions.flat(), ...zeroShotPrompts(CLASS_PROMPTS)].flatMap((text) => tokenizer.encode(text)),
  );

  const { steps, batchSize, learningRate, warmupSteps, weightDecay } = stage === "pretrain" ? settings.pretrain : settings.finetune;
  const { alpha, emaDecay, lambda, iterations } = settings.finetune;
  const task = clipTask(clip, stage === "distilled" ? { teacher: "ema", alpha, emaDecay, lambda, iterations } : { teacher: "none" });
  const { images, captions } = train;
  // Both fine-tunings see the same batches in the same order.
  const batches = clipBatches({
    images,
    captions,
    tokenizer,
    batchSize,
    seed: stage === "pretrain" ? seed : seed + 1,
    augment: "dihedral",
    contextLength: settings.clip.text.contextLength,
  });
  try {
    const records = fit(task, batches, {
      steps,
      schedule: cosineSchedule({ learningRate, warmupSteps, totalSteps: steps }),
      optimizer: { weightDecay },
      checkpoints: checkpointFolder(run.checkpoints, { keep: 1 }),
      checkpointEvery: 50,
      resume: run.resume,
      fingerprint: fingerprint(stage, data, settings),
      signal: run.signal,
    });
    for await (const record of records) run.onRecord({ stage, ...record });
    return await clip.parameters.toCheckpoint();
  } finally {
    clip.dispose();
  }
}
