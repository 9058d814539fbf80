import { fail, show } from "@rsdix/internal";
import type { Checkpoint } from "../checkpoint/checkpoint";
import { encodeSafetensors } from "../checkpoint/safetensors-write";
import type { SaveOptions, SaveTarget } from "../pretrained/save-model";
import { blobFiles } from "./blob-files";
import { filesOf } from "./model-files";
import { MODEL_SIGNS, outdatedFiles } from "./outdated";

const WEIGHTS = "model.safetensors";

/** Where a file is written, and whether there was none before. */
interface Place {
  readonly parent: FileSystemDirectoryHandle;
  readonly base: string;
  readonly isNew: boolean;
}

/** Throws on what is no folder in a browser. */
export function checkHandle(folder: SaveTarget): asserts folder is FileSystemDirectoryHandle {
  if (typeof (folder as FileSystemDirectoryHandle)?.getFileHandle === "function") return;
  fail("INVALID_ARGUMENT", `In a browser a model is saved to a folder's handle, got ${show(folder)}.`);
}

/** Writes a model to a folder of a browser; files are replaced when all of them were written. */
export async function saveToHandle(
  folder: SaveTarget,
  tensors: Checkpoint,
  small: ReadonlyMap<string, string | Uint8Array>,
  { storage, maxShardBytes, signal }: SaveOptions,
): Promise<string[]> {
  checkHandle(folder);
  if (maxShardBytes !== undefined) fail("INVALID_ARGUMENT", "maxShardBytes is for Node: in a browser the weights are one file.");
  const weights = encodeSafetensors(tensors, { format: "pt" }, storage === undefined ? {} : { storage });
  const files = new Map([...small, [WEIGHTS, weights] as const]);
  const outdated = outdatedFiles(small, await configIn(folder), await holdsModel(folder));
  const places: Place[] = [];
  const written: FileSystemWritableFileStream[] = [];
  let current = "";
  try {
    for (const [name, content] of files) {
      current = name;
      const place = await placeOf(folder, name.split("/"));
      places.push(place);
      const file = await open(place);
      written.push(file);
      await file.write(content as string | Uint8Array<ArrayBuffer>);
      signal?.throwIfAborted();
    }
  } catch (error) {
    await Promise.allSettled(written.map((file) => file.abort()));
    // To open a file makes an empty one, which an older model would be read with.
    await Promise.allSettled(places.map(({ parent, base, isNew }) => isNew && parent.removeEntry(base)));
    if (signal?.aborted) fail("ABORTED", "Saving the model was stopped. An older model is untouched.", signal.reason);
    fail("WRITE_FAILED", `Can't write ${current}: ${(error as Error).message}. An older model is untouched.`, error);
  }
  try {
    await (await open(places.at(-1)!)).close(); // empty, until the new ones come last: older weights would be read with the new configuration
    for (const name of outdated) await remove(folder, name.split("/"));
    for (const file of written) await file.close(); // only now is it the file of that name
  } catch (error) {
    fail(
      "WRITE_FAILED",
      `Can't put the model in its place: ${(error as Error).message}. The folder may have none now: save it again.`,
      error,
    );
  }
  return [...files.keys()];
}

async function holdsModel(folder: FileSystemDirectoryHandle): Promise<boolean> {
  const looked = MODEL_SIGNS.map((name) =>
    folder.getFileHandle(name).then(
      () => true,
      () => false,
    ),
  );
  return (await Promise.all(looked)).includes(true);
}

/** The text of an older model's configuration; `undefined` where there is none that can be read. */
async function configIn(folder: FileSystemDirectoryHandle): Promise<string | undefined> {
  try {
    const file = await (await folder.getFileHandle("config.json")).getFile();
    return await filesOf(blobFiles([file])).text(file.name);
  } catch {
    return undefined;
  }
}

/** Removes a file where there is one. */
async function remove(parent: FileSystemDirectoryHandle, [first, ...rest]: string[]): Promise<void> {
  try {
    if (rest.length > 0) await remove(await parent.getDirectoryHandle(first!), rest);
    else {
      await parent.getFileHandle(first!); // a folder of that name is none of a model's files
      await parent.removeEntry(first!);
    }
  } catch (error) {
    if (!["NotFoundError", "TypeMismatchError"].includes((error as Error).name)) throw error;
  }
}

async function placeOf(parent: FileSystemDirectoryHandle, [first, ...rest]: string[]): Promise<Place> {
  if (rest.length > 0) return placeOf(await parent.getDirectoryHandle(first!, { create: true }), rest);
  const isNew = await parent.getFileHandle(first!).then(
    () => false,
    (error) => error.name === "NotFoundError",
  );
  return { parent, base: first!, isNew };
}

/** A file that is written to beside the one of its name. */
async function open({ parent, base }: Place): Promise<FileSystemWritableFileStream> {
  return (await parent.getFileHandle(base, { create: true })).createWritable();
}
