import { Clip } from "@rsdix/models";
import * as tf from "@tensorflow/tfjs-core";
import type { Handler, ModelState } from "../protocol";
import { findModels } from "./find-models";
import { load } from "./load-model";
import { savedFiles } from "./save-model";
import { session } from "./session";
import { forgetKept, keptModels, servedModels } from "./storage";

/** Which models files hold. */
export const inspectModel: Handler<"inspectModel"> = async ({ files }) => findModels(files);

/** The models that can be loaded without picking files. */
export const storedModels: Handler<"storedModels"> = async () => {
  const pick = ({ id, name, bytes }: { id: string; name: string; bytes: number }) => ({ id, name, bytes });
  return { kept: (await keptModels()).map(pick), served: (await servedModels()).map(pick) };
};

/** Removes a kept model from the browser's storage. */
export const forgetModel: Handler<"forgetModel"> = async ({ id }) => {
  await forgetKept(id);
  return null;
};

/** The files of a model as it is now, as `fromPretrained` reads them. */
export const saveModel: Handler<"saveModel"> = async ({ part }) => (await savedFiles(part)).map(({ path, file }) => ({ name: path, file }));

/** How many tensors there are. */
export const memory: Handler<"memory"> = async () => ({ tensors: tf.memory().numTensors, bytes: tf.memory().numBytes });

/** Loads a model in the place of the one before. */
export const loadModel: Handler<"loadModel"> = async ({ choice, keep }, { emit, signal }) => {
  unloadModels();
  session.models = undefined;
  session.embeddings.clear();
  session.models = await load(choice, keep, emit, signal);
  return describeModels()!;
};

/** Loads what was loaded again, on the backend that runs now. */
export async function reloadModels(): Promise<void> {
  const { models } = session;
  if (!models || models.imageText || models.captioner) return;
  session.embeddings.clear();
  session.models = await load(models.choice, false, () => undefined, new AbortController().signal);
}

/** Frees the models, and remembers which they were. */
export function unloadModels(): void {
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
  const { id, name, imageText, captioner } = models;
  return {
    id,
    name,
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
