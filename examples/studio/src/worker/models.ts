import { Clip } from "@rsdix/models";
import * as tf from "@tensorflow/tfjs-core";
import type { Handler, ModelState, StoredModel } from "../protocol";
import { withoutAdvice } from "./advice";
import { findModels } from "./find-models";
import { type HeldModels, holdModels, madeAgain } from "./hold-models";
import { load } from "./load-model";
import { notice } from "./notice";
import { keptRun } from "./runs";
import { savedFiles } from "./save-model";
import { type LoadedModels, refuse, session, whyNotKept } from "./session";
import { forgetKept, keepModel, keptModels, servedModels } from "./storage";

/** Which models files hold. */
export const inspectModel: Handler<"inspectModel"> = async ({ files }) => findModels(files);

/** The models that can be loaded without picking files. */
export const storedModels: Handler<"storedModels"> = async () => {
  const pick = ({ id, name, bytes, servedId }: StoredModel): StoredModel => ({
    id,
    name,
    bytes,
    ...(servedId !== undefined && { servedId }),
  });
  return { kept: (await keptModels()).map(pick), served: (await servedModels()).map(pick) };
};

/** Removes a kept model from the browser's storage. */
export const forgetModel: Handler<"forgetModel"> = async ({ id }) => {
  await forgetKept(id);
  return null;
};

/** The files of a model as it is now, as `fromPretrained` reads them. */
export const saveModel: Handler<"saveModel"> = async ({ part }) => (await savedFiles(part)).map(({ path, file }) => ({ name: path, file }));

/** Keeps the models as they are now in this browser, under another name. */
export const keepTrained: Handler<"keepTrained"> = async ({ name }) => {
  const { models } = session;
  if (!models) refuse("NO_MODEL", "Load a model first (step 2).");
  const captioner = models.captioner ? await savedFiles("captioner") : [];
  const imageText = models.imageText ? await savedFiles("image-text") : [];
  const below = (path: string) => (captioner.length > 0 ? `encoder/${path}` : path);
  const files = [...captioner, ...imageText.map(({ path, file }) => ({ path: below(path), file }))];
  const { id, replaced } = await keepModel(name, files, { replace: true }).catch((error: unknown) =>
    refuse("WRITE_FAILED", `${name} can't be kept: ${whyNotKept(error)}. What was kept under that name before is untouched.`),
  );
  session.models = { ...models, id, name, trained: false, sources: [{ from: "kept", id }] };
  return { model: describeModels()!, replaced };
};

/** How many tensors there are. */
export const memory: Handler<"memory"> = async () => ({ tensors: tf.memory().numTensors, bytes: tf.memory().numBytes });

/** Loads a model in the place of the one before. */
export const loadModel: Handler<"loadModel"> = async ({ choice, keep }, { emit, signal }) => {
  const loaded = await load(choice, keep, emit, signal); // should it fail or be stopped, the one before is still there
  unloadModels();
  session.embeddings.clear();
  session.models = loaded;
  return describeModels()!;
};

/**
 * Does something without the models, such as starting another backend; then they are there again, with the weights that they had. Where these can't be read,
 * as of a graphics card that was lost, they are loaded from where they came from.
 */
export async function withoutModels<T>(work: () => Promise<T>): Promise<T> {
  const held = await holdModels(session.models);
  unloadModels();
  try {
    return await work();
  } finally {
    const { models } = session;
    if (models)
      await bringBack(models, held).catch((error: Error) => {
        session.models = undefined;
        notice(`${models.name} can't be loaded again: ${withoutAdvice(error.message)} Load it, or another model.`);
      });
  }
}

/** From the weights that were held in memory, which need neither files nor a network; where they could not be read, from the first source that is there. */
async function bringBack(models: LoadedModels, held: HeldModels | undefined): Promise<void> {
  session.embeddings.clear();
  if (held) {
    session.models = { ...models, ...madeAgain(held) };
    return;
  }
  if (models.trained) notice(`What was trained of ${models.name} since it was loaded is lost${await butForKept()}.`);
  const { id, name, sources } = models;
  const failures: unknown[] = [];
  for (const source of sources) {
    try {
      const { imageText, captioner, version } = await load(source, false, () => undefined, new AbortController().signal);
      session.models = { id, name, sources, imageText, captioner, version, trained: false };
      return;
    } catch (error) {
      failures.push(error);
    }
  }
  throw failures[0];
}

/** What is left of a training whose weights are lost. */
async function butForKept(): Promise<string> {
  const run = await keptRun().catch(() => undefined);
  if (!run) return "";
  const { part, steps } = run.options;
  const what = part === "captioner" ? "the captioner" : "the image-text model";
  return `, but for the run of ${what} that is kept, of step ${run.step} of ${steps}: "Go on" in the tab Fine-tune takes it up`;
}

/** Frees the models, and remembers which they were. */
function unloadModels(): void {
  const { models } = session;
  if (!models) return;
  if (models.captioner?.encoder && models.captioner.encoder !== models.imageText) models.captioner.encoder.dispose();
  models.captioner?.dispose();
  models.imageText?.dispose();
  session.models = { ...models, imageText: undefined, captioner: undefined };
}

/** What is loaded, for the page. */
export function describeModels(): ModelState | undefined {
  const { models } = session;
  if (!models) return undefined;
  const { id, name, version, imageText, captioner } = models;
  return {
    id,
    name,
    version,
    imageText: imageText && {
      type: imageText instanceof Clip ? "CLIP" : "SigLIP",
      imageSize: imageText.config.image.size,
      dim: imageText instanceof Clip ? imageText.config.embedDim : imageText.config.image.width,
      readsText: imageText.tokenizer !== undefined,
    },
    captioner: captioner && { maxTokens: captioner.config.gpt2.contextLength - captioner.config.prefixLength },
    parameters: (imageText?.parameters.count ?? 0) + (captioner?.parameters.count ?? 0),
  };
}
