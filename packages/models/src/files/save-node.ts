import { readdir } from "node:fs/promises";
import type { Checkpoint } from "../checkpoint/checkpoint";
import { writeModelFolder } from "../checkpoint/safetensors-write-node";
import type { SaveOptions, SaveTarget } from "../pretrained/save-model";
import { localFiles } from "./local-node";
import { filesOf } from "./model-files";
import { MODEL_SIGNS, outdatedFiles } from "./outdated";
import { folderPath } from "./path-node";

/** Writes a model to a folder on disk, all of it or nothing. */
export async function saveToFolder(
  target: SaveTarget,
  tensors: Checkpoint,
  small: ReadonlyMap<string, string | Uint8Array>,
  options: SaveOptions,
): Promise<string[]> {
  const folder = folderPath(target);
  const bytes = new Map(
    [...small].map(([name, content]) => [name, typeof content === "string" ? new TextEncoder().encode(content) : content]),
  );
  const outdated = async () => outdatedFiles(small, await configIn(folder), await holdsModel(folder));
  return writeModelFolder(folder, tensors, bytes, { ...options, metadata: { format: "pt" } }, outdated);
}

async function holdsModel(folder: string): Promise<boolean> {
  const names = await readdir(folder).catch(() => []);
  return names.some((name) => MODEL_SIGNS.includes(name) || /\.(safetensors|bin|ckpt|pth?)$/i.test(name));
}

/** The text of an older model's configuration; `undefined` where there is none that can be read. */
async function configIn(folder: string): Promise<string | undefined> {
  const provider = await localFiles(folder);
  const files = provider && filesOf(provider);
  const text = await files?.text("config.json").catch(() => undefined);
  await files?.close();
  return text;
}
