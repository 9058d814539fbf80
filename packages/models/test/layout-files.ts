import { readFileSync } from "node:fs";
import { type LazyCheckpoint, lazyOf } from "../src/checkpoint/lazy-checkpoint";
import { parseSafetensors } from "../src/checkpoint/safetensors";
import { readTorchCheckpoint } from "../src/checkpoint/torch-checkpoint";

const fixture = (name: string) => readFileSync(new URL(`../src/fixtures/${name}`, import.meta.url));

/** A tiny CLIP as open_clip saves it. */
export const openClipFile = (): LazyCheckpoint => lazyOf(parseSafetensors(fixture("keys-openclip.safetensors")).tensors);

/** A tiny SigLIP as open_clip saves it. */
export const siglipFile = (): LazyCheckpoint => lazyOf(parseSafetensors(fixture("keys-siglip.safetensors")).tensors);

/** The CLIP in half precision, with sizes among the arrays, as OpenAI's files are. */
export const openAiFile = (): Promise<LazyCheckpoint> => torchFile("keys-openai.pt");

/** A tiny captioner with its CLIP, student and teacher, as RSDiX saves it. */
export const rsdixFile = (): Promise<LazyCheckpoint> => torchFile("keys-rsdix.ckpt");

async function torchFile(name: string): Promise<LazyCheckpoint> {
  return (await readTorchCheckpoint(new Blob([fixture(name)]))).tensors;
}
