import { mkdir } from "node:fs/promises";
import { dirname, join } from "node:path";
import { writeFileAtomic } from "@rsdix/data/node";
import { type Checkpoint, type ClipConfig, toHuggingFaceClipConfig } from "@rsdix/models";
import { readSafetensors, writeSafetensors } from "@rsdix/models/node";

/** Writes weights and a `config.json` beside them. */
export async function saveModel(path: string, checkpoint: Checkpoint, config: object): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await writeSafetensors(path, checkpoint, { format: "pt" });
  await writeFileAtomic(join(dirname(path), "config.json"), `${JSON.stringify(config, null, 2)}\n`);
}

/** Writes a CLIP model so that transformers' `CLIPModel.from_pretrained` opens the folder. */
export function saveClip(path: string, checkpoint: Checkpoint, config: ClipConfig): Promise<void> {
  return saveModel(path, checkpoint, toHuggingFaceClipConfig(config));
}

/** Reads weights. */
export async function readModel(path: string): Promise<Checkpoint> {
  return (await readSafetensors(path)).tensors;
}
