import { stat } from "node:fs/promises";
import { join } from "node:path";
import {
  ClipCap,
  Gpt2Tokenizer,
  type ImageTextModel,
  imageTextFromPretrained,
  modelFiles,
  TOKENIZER_FILES,
  tokenizerFromFiles,
} from "@rsdix/models";

/** Where the models are: folders, ids of the Hugging Face hub, or URLs. */
export interface ModelSources {
  /** The captioner. */
  readonly model: string;
  /** CLIP or SigLIP that embeds the images; by default the one in the captioner's file, or in the folder `encoder` beside it. */
  readonly clip?: string;
  /** GPT-2's tokenizer; by default the captioner's own. */
  readonly tokenizer?: string;
}

/** What the service needs of the models. */
export interface Models {
  readonly captioner: ClipCap;
  readonly tokenizer: Gpt2Tokenizer;
  readonly encoder: ImageTextModel;
  dispose(): void;
}

/**
 * Loads a captioner, its tokenizer and what embeds its images.
 *
 * @param sources where they are
 * @returns the models; the caller disposes them
 */
export async function loadModels({ model, clip, tokenizer }: ModelSources): Promise<Models> {
  const captioner = await ClipCap.fromPretrained(model);
  const loaded: { dispose(): void }[] = [captioner];
  const dispose = () => {
    for (const each of loaded.splice(0)) each.dispose();
  };
  try {
    if (clip !== undefined) captioner.encoder?.dispose(); // another one is named
    if (clip !== undefined || !captioner.encoder) {
      captioner.encoder = await imageTextFromPretrained(clip ?? (await besideIt(model)), { towers: "image" });
    }
    loaded.push(captioner.encoder);
    const texts = tokenizer === undefined ? captioner.tokenizer : await tokenizerFrom(tokenizer);
    if (!(texts instanceof Gpt2Tokenizer)) missing(`${model} has no tokenizer of GPT-2: say where one is, with --tokenizer.`);
    return { captioner, tokenizer: texts, encoder: captioner.encoder, dispose };
  } catch (error) {
    dispose();
    throw error;
  }
}

/** `rsdix fit clipcap` saves the encoder in a folder of the captioner's. */
async function besideIt(model: string): Promise<string> {
  const folder = join(model, "encoder");
  const found = await stat(folder).catch(() => undefined);
  if (found?.isDirectory()) return folder;
  return missing(`${model} brings no image encoder: say which CLIP it was trained with, with --clip.`);
}

/** Throws with a code: what a user can mend is said without a stack. */
function missing(message: string): never {
  throw Object.assign(new Error(message), { code: "MODEL_INCOMPLETE" });
}

async function tokenizerFrom(source: string) {
  const files = await modelFiles(source);
  try {
    const names = await files.names();
    const present = TOKENIZER_FILES.filter((name) => names.includes(name) && name !== "spiece.model"); // not of GPT-2, and no text
    const texts = await Promise.all(present.map(async (name) => [name, (await files.text(name))!] as const));
    return tokenizerFromFiles(new Map(texts));
  } finally {
    await files.close();
  }
}
