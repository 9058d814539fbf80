import { join } from "node:path";
import { Clip, ClipCap, Gpt2Tokenizer } from "@rsdix/models";
import * as tf from "@tensorflow/tfjs-core";

/** Tokens that the captioner of `saveTinyModels` has room for. */
export const ROOM = 30;

/** Saves a captioner of random weights with its encoder, as `rsdix fit clipcap` does. TensorFlow.js must have a backend. */
export async function saveTinyModels(folder: string): Promise<string> {
  const tokenizer = Gpt2Tokenizer.fromBpe({ merges: [] });
  const gpt2 = { vocabSize: tokenizer.vocabSize, contextLength: ROOM + 2, width: 16, layers: 1, heads: 2 };
  const captioner = ClipCap.fromConfig({ prefixSize: 8, prefixLength: 2, gpt2 }, 3);
  captioner.tokenizer = tokenizer;
  // Larger weights than a training starts from: images would all have the same caption.
  for (const weight of captioner.trainableVariables) tf.tidy(() => weight.assign(tf.mul(weight, 8)));
  await captioner.save(folder).finally(() => captioner.dispose());
  const tower = { width: 16, layers: 1, heads: 2 };
  const clip = Clip.fromConfig(
    { embedDim: 8, image: { ...tower, size: 16, patch: 8 }, text: { ...tower, vocabSize: 20, contextLength: 8 } },
    1,
  );
  await clip.save(join(folder, "encoder")).finally(() => clip.dispose());
  return folder;
}
