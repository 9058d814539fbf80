import { fail, show } from "@rsdix/internal";
import type { Checkpoint } from "../checkpoint/checkpoint";
import { writeModelFolder } from "../checkpoint/safetensors-write-node";
import type { SaveOptions, SaveTarget } from "../pretrained/save-model";

/** Writes a model to a folder on disk, all of it or nothing. */
export async function saveToFolder(
  folder: SaveTarget,
  tensors: Checkpoint,
  small: ReadonlyMap<string, string | Uint8Array>,
  options: SaveOptions,
): Promise<string[]> {
  if (typeof folder !== "string") return fail("INVALID_ARGUMENT", `In Node a model is saved to a folder's path, got ${show(folder)}.`);
  const bytes = new Map(
    [...small].map(([name, content]) => [name, typeof content === "string" ? new TextEncoder().encode(content) : content]),
  );
  return writeModelFolder(folder, tensors, bytes, { ...options, metadata: { format: "pt" } });
}
