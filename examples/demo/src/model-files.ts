import { dirname, join } from "node:path";
import { type Checkpoint, Clip, type ClipCap, type ClipConfig, type ClipTokenizer, type Gpt2Tokenizer } from "@rsdix/models";
import { readSafetensors } from "@rsdix/models/node";

/** Writes a CLIP model so that `rsdix` and transformers' `CLIPModel.from_pretrained` open the folder. */
export async function saveClip(path: string, checkpoint: Checkpoint, config: ClipConfig, tokenizer: ClipTokenizer): Promise<void> {
  const clip = Clip.fromCheckpoint(config, checkpoint);
  clip.tokenizer = tokenizer;
  await clip.save(dirname(path)).finally(() => clip.dispose());
}

/** Writes a captioner with its encoder in a folder of it, so that `rsdix` opens it as one. */
export async function saveCaptioner(path: string, captioner: ClipCap, tokenizer: Gpt2Tokenizer, encoder: Clip): Promise<void> {
  captioner.tokenizer = tokenizer;
  await captioner.save(dirname(path));
  await encoder.save(join(dirname(path), "encoder"));
}

/** Reads weights. */
export async function readModel(path: string): Promise<Checkpoint> {
  return (await readSafetensors(path)).tensors;
}
