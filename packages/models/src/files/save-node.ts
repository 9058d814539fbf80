import { resolve } from "node:path";
import { fail, show } from "@rsdix/internal";
import type { Checkpoint } from "../checkpoint/checkpoint";
import { writeModelFolder } from "../checkpoint/safetensors-write-node";
import type { SaveOptions, SaveTarget } from "../pretrained/save-model";

/** What is being saved to each folder: two models at once would leave one's configuration with the other's weights. */
const saving = new Map<string, Promise<unknown>>();

/** Writes a model to a folder on disk, all of it or nothing; one model after the other where several are saved to one folder. */
export async function saveToFolder(
  folder: SaveTarget,
  tensors: Checkpoint,
  small: ReadonlyMap<string, string | Uint8Array>,
  options: SaveOptions,
): Promise<string[]> {
  if (typeof folder !== "string") return fail("INVALID_ARGUMENT", `In Node a model is saved to a folder's path, got ${show(folder)}.`);
  const path = resolve(folder);
  const before = saving.get(path) ?? Promise.resolve();
  const own = before.then(() => save(folder, tensors, small, options));
  const over = own.catch(() => undefined);
  saving.set(path, over);
  try {
    return await own;
  } finally {
    if (saving.get(path) === over) saving.delete(path);
  }
}

async function save(folder: string, tensors: Checkpoint, small: ReadonlyMap<string, string | Uint8Array>, options: SaveOptions) {
  const bytes = new Map(
    [...small].map(([name, content]) => [name, typeof content === "string" ? new TextEncoder().encode(content) : content]),
  );
  return writeModelFolder(folder, tensors, bytes, { ...options, metadata: { format: "pt" } });
}
