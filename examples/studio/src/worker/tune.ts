import { batches, type ImageDataset } from "@rsdix/data";
import { sha256 } from "@rsdix/internal";
import type { Checkpoint, Clip, Siglip } from "@rsdix/models";
import { captionTask, clipTask, type FitOptions, type FitRecord, fit } from "@rsdix/train";
import type { Handler, PausedRun, TuneOptions } from "../protocol";
import { withoutAdvice } from "./advice";
import { refuseWeights } from "./embeddings";
import { describeModels } from "./models";
import { alone, browserCheckpoints, forgetRun, keptRun } from "./runs";
import { needCaptioner, needImageText, newVersion, refuse, session } from "./session";

const SEED = 1;
const CHECKPOINT_EVERY = 10;
/** Points of the curve that are kept with a run. */
const MAX_HISTORY = 5000;
/** What is said to need WebCrypto, where a page has none. */
const NEEDS_HASH = "Telling runs apart";

/** Trains the model that is loaded on the user's captions; a run that is stopped is kept, and gone on with by `resume`. */
export const tune: Handler<"tune"> = (params, context) => alone(() => train(params, context));

const train: Handler<"tune"> = async ({ options, resume }, { emit, signal }) => {
  const dataset = session.dataset ?? refuse("EMPTY_DATA", "There are no captions yet: drop a folder that has them (step 3).");
  const { steps, batchSize, learningRate } = options;
  if (batchSize > dataset.images.length)
    refuse("EMPTY_DATA", `A batch of ${batchSize} needs as many images with captions; there are ${dataset.images.length}.`);
  const kept = await keptRun();
  if (kept && !resume)
    refuse(
      "RUN_KEPT",
      `A run that was stopped after step ${kept.step} of ${kept.options.steps} is kept: go on with it, or discard it first.`,
    );
  if (!kept && resume)
    refuse("NO_RUN", "The run that was stopped isn't kept any more: another tab went on with it, or discarded it. Train anew.");
  const history: (readonly [number, number])[] = resume ? [...(kept?.history ?? [])] : [];
  const { name, id } = session.models!;
  const describe = (step: number): PausedRun => ({
    ...{ options, step, history: history.slice(-MAX_HISTORY), dataset: `${dataset.images.length} captioned images` },
    ...{ modelId: id, modelName: name },
  });
  const records = await recordsOf(options, dataset, {
    ...{ steps, learningRate, resume, signal, overwrite: !resume },
    checkpoints: browserCheckpoints(describe),
    checkpointEvery: CHECKPOINT_EVERY,
    fingerprint: await fingerprintOf(options, dataset),
  });
  const { parameters } = options.part === "captioner" ? needCaptioner() : needImageText();
  const before = await parameters.toCheckpoint();
  let done = 0;
  let isChanged = false;
  try {
    for await (const record of records) {
      if (record.type !== "step" && record.type !== "start") continue;
      isChanged ||= record.step > 0; // it may be stopped before the first step
      if (record.type === "start") done = record.step;
      if (record.type !== "step") continue;
      done = record.step;
      history.push([done, record.loss.total]);
      emit({ step: done, steps, loss: record.loss.total, learningRate: record.learningRate, itemsPerSecond: record.itemsPerSecond });
    }
    await forgetRun();
  } catch (error) {
    const { code, message } = error as Error & { code?: string };
    if (code === "DEVICE_LOST") {
      isChanged = false; // soon, as it is loaded again
      refuse(code, `Training ended after step ${done}, as the graphics card was lost. ${await whatIsLeft()}`);
    }
    if (code === "NOT_A_NUMBER") {
      isChanged = false;
      parameters.assign(before);
      await forgetRun(); // it would come to the same again
      // What gives no numbers before anything was trained isn't for the learning rate.
      if (/No update was made yet/.test(message) || (await areDamaged(before, options.part))) refuseWeights();
      refuse(
        "NOT_A_NUMBER",
        `Training diverged after step ${done}: train anew with a lower learning rate. The model is again as it was before. (${withoutAdvice(message)})`,
      );
    }
    if (code === "CHECKPOINT_MISMATCH" && resume && /with other settings or data/.test(message))
      refuse(
        code,
        "The run that was stopped had other captions, or its captioner another image-text model: drop the folder that it began with, load that model, or discard the run.",
      );
    if (!signal.aborted) throw error;
  } finally {
    if (isChanged) session.models = { ...session.models!, trained: true, version: newVersion() };
    session.embeddings.clear(); // of the model as it was
  }
  const finished = done === steps;
  return { step: done, finished, kept: finished ? undefined : (await keptRun())?.step, model: describeModels()! };
};

/** Whether weights were no numbers before the training, those of a captioner's encoder too. */
async function areDamaged(before: Checkpoint, part: TuneOptions["part"]): Promise<boolean> {
  const encoder = part === "captioner" ? await (needCaptioner().encoder as Clip | Siglip).parameters.toCheckpoint() : new Map();
  return [...before.values(), ...encoder.values()].some(({ data }) => !data.every(Number.isFinite));
}

/** What a person can go on with when the weights are lost. */
async function whatIsLeft(): Promise<string> {
  const step = (await keptRun().catch(() => undefined))?.step;
  return step === undefined
    ? `Nothing of it is kept, as every ${CHECKPOINT_EVERY}th step is: train anew when the page computes again.`
    : `The state of step ${step} is kept in this browser: when the page computes again, "Go on" takes it up.`;
}

type Options = Omit<FitOptions, "validation">;

/** The run of the part that is trained. */
async function recordsOf(options: TuneOptions, dataset: ImageDataset, fitting: Options): Promise<AsyncGenerator<FitRecord>> {
  const { batchSize } = options;
  if (options.part === "image-text") {
    const model = needImageText();
    if (!model.tokenizer) refuse("NO_MODEL", "The model's files have no tokenizer, so that it can't read captions.");
    // A contrastive loss takes the other captions of a batch for wrong ones.
    const data = batches(dataset, { batchSize, seed: SEED, dropLast: true, uniqueCaptions: true });
    return fit(clipTask(model, { teacher: options.distil ? "ema" : "none" }), data, fitting);
  }
  const captioner = needCaptioner();
  await holdWords(dataset);
  return fit(captionTask(captioner), batches(dataset, { batchSize, seed: SEED, dropLast: true }), fitting);
}

/** A captioner that predicts only some tokens is given those of the captions too. */
async function holdWords(dataset: ImageDataset): Promise<void> {
  const captioner = needCaptioner();
  const held = captioner.parameters.vocabulary?.ids;
  if (!held) return;
  const words = dataset.images.flatMap(({ sentences }) => sentences.flatMap(({ raw }) => captioner.tokenizer!.encode(raw)));
  await captioner.parameters.compactVocabulary([...held, ...words]);
}

/**
 * What a checkpoint is of: a run only goes on with the same settings and captions, and a captioner's with the same weights of its encoder, which are in no
 * checkpoint. The model may have another name by then; weights that are trained are those of the checkpoint.
 */
async function fingerprintOf(options: TuneOptions, dataset: ImageDataset): Promise<string> {
  const captions = dataset.images.map(({ filename, sentences }) => [filename, sentences.map(({ raw }) => raw)]);
  const encoder = options.part === "captioner" ? await weightsHash(needCaptioner().encoder as Clip | Siglip) : undefined;
  return sha256(new TextEncoder().encode(JSON.stringify({ options, captions, encoder })), NEEDS_HASH);
}

async function weightsHash({ parameters }: Clip | Siglip): Promise<string> {
  const hashes: string[] = [];
  for (const { data } of (await parameters.toCheckpoint()).values())
    hashes.push(await sha256(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), NEEDS_HASH));
  return sha256(new TextEncoder().encode(hashes.join()), NEEDS_HASH);
}
