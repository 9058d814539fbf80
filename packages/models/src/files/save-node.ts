import { mkdir, rename, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fail, show } from "@rsdix/internal";
import type { Checkpoint } from "../checkpoint/checkpoint";
import { writeShardedSafetensors } from "../checkpoint/safetensors-write-node";
import type { SaveOptions, SaveTarget } from "../pretrained/save-model";
import { privateName } from "./private-name-node";

/** Writes a model to a folder on disk: each file under a temporary name first, the weights last. */
export async function saveToFolder(
  folder: SaveTarget,
  tensors: Checkpoint,
  small: ReadonlyMap<string, string | Uint8Array>,
  options: SaveOptions,
): Promise<string[]> {
  if (typeof folder !== "string") return fail("INVALID_ARGUMENT", `In Node a model is saved to a folder's path, got ${show(folder)}.`);
  for (const [name, content] of small) await replace(join(folder, name), content);
  return [...small.keys(), ...(await writeShardedSafetensors(folder, tensors, { ...options, metadata: { format: "pt" } }))];
}

async function replace(path: string, content: string | Uint8Array): Promise<void> {
  const temporary = privateName(path, "tmp");
  try {
    await mkdir(dirname(path), { recursive: true });
    await writeFile(temporary, content);
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => undefined);
    fail("WRITE_FAILED", `Can't write ${path}: ${(error as Error).message}`, error);
  }
}
