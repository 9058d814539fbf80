import { type LazyCheckpoint, lazyOf } from "../src/checkpoint/lazy-checkpoint";
import { parseSafetensors } from "../src/checkpoint/safetensors";
import { readTorchCheckpoint } from "../src/checkpoint/torch-checkpoint";
import { fixture } from "./fixture";

const [openClip, siglip] = await Promise.all(["keys-openclip.safetensors", "keys-siglip.safetensors"].map(fixture));

/** A tiny CLIP as open_clip saves it. */
export const openClipFile = (): LazyCheckpoint => lazyOf(parseSafetensors(openClip!).tensors);

/** A tiny SigLIP as open_clip saves it. */
export const siglipFile = (): LazyCheckpoint => lazyOf(parseSafetensors(siglip!).tensors);

/** The CLIP in half precision, with sizes among the arrays, as OpenAI's files are. */
export const openAiFile = (): Promise<LazyCheckpoint> => torchFile("keys-openai.pt");

/** A tiny captioner with its CLIP, student and teacher, as RSDiX saves it. */
export const rsdixFile = (): Promise<LazyCheckpoint> => torchFile("keys-rsdix.ckpt");

async function torchFile(name: string): Promise<LazyCheckpoint> {
  return (await readTorchCheckpoint(new Blob([await fixture(name)]))).tensors;
}
