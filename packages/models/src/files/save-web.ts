import { fail, show } from "@rsdix/internal";
import type { Checkpoint } from "../checkpoint/checkpoint";
import { encodeSafetensors } from "../checkpoint/safetensors-write";
import type { SaveOptions, SaveTarget } from "../pretrained/save-model";

/** Writes a model to a folder of a browser; a file is replaced when all of it was written. */
export async function saveToHandle(
  folder: SaveTarget,
  tensors: Checkpoint,
  small: ReadonlyMap<string, string | Uint8Array>,
  { storage, maxShardBytes }: SaveOptions,
): Promise<string[]> {
  if (typeof folder === "string")
    return fail("INVALID_ARGUMENT", `In a browser a model is saved to a folder's handle, got ${show(folder)}.`);
  if (maxShardBytes !== undefined) fail("INVALID_ARGUMENT", "maxShardBytes is for Node: in a browser the weights are one file.");
  const weights = encodeSafetensors(tensors, { format: "pt" }, storage === undefined ? {} : { storage });
  const files = new Map([...small, ["model.safetensors", weights] as const]);
  for (const [name, content] of files) {
    try {
      await write(folder, name.split("/"), content);
    } catch (error) {
      fail("WRITE_FAILED", `Can't write ${name}: ${(error as Error).message}`, error);
    }
  }
  return [...files.keys()];
}

async function write(folder: FileSystemDirectoryHandle, [first, ...rest]: string[], content: string | Uint8Array): Promise<void> {
  if (rest.length > 0) return write(await folder.getDirectoryHandle(first!, { create: true }), rest, content);
  const file = await (await folder.getFileHandle(first!, { create: true })).createWritable();
  try {
    await file.write(content as string | Uint8Array<ArrayBuffer>);
  } catch (error) {
    await file.abort();
    throw error;
  }
  await file.close();
}
