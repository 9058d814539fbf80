import { fail, show } from "@rsdix/internal";
import type { Checkpoint } from "../checkpoint/checkpoint";
import { encodeSafetensors } from "../checkpoint/safetensors-write";
import type { SaveOptions, SaveTarget } from "../pretrained/save-model";

/** Writes a model to a folder of a browser; files are replaced when all of them were written. */
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
  const written: FileSystemWritableFileStream[] = [];
  let current = "";
  try {
    for (const [name, content] of files) {
      current = name;
      const file = await openFile(folder, name.split("/"));
      written.push(file);
      await file.write(content as string | Uint8Array<ArrayBuffer>);
    }
  } catch (error) {
    await Promise.allSettled(written.map((file) => file.abort()));
    fail("WRITE_FAILED", `Can't write ${current}: ${(error as Error).message}. An older model is untouched.`, error);
  }
  try {
    for (const file of written) await file.close(); // only now is it the file of that name
  } catch (error) {
    fail("WRITE_FAILED", `Can't put the model in its place: ${(error as Error).message}`, error);
  }
  return [...files.keys()];
}

/** A file that is written to beside the one of its name. */
async function openFile(folder: FileSystemDirectoryHandle, [first, ...rest]: string[]): Promise<FileSystemWritableFileStream> {
  if (rest.length > 0) return openFile(await folder.getDirectoryHandle(first!, { create: true }), rest);
  return (await folder.getFileHandle(first!, { create: true })).createWritable();
}
