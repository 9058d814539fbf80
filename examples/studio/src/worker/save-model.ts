import type { Clip, ClipCap, Siglip } from "@rsdix/models";
import type { GivenFile, ModelPart } from "../protocol";
import { needCaptioner, needImageText, needSecure, refuse } from "./session";

/** Folders of the browser's storage, one for each saving: other tabs of the page have theirs. */
const PREFIX = "studio-saving";

/** The files that a model is loaded from again, of its weights as they are now. */
export async function savedFiles(part: ModelPart): Promise<GivenFile[]> {
  const model = part === "captioner" ? needCaptioner() : needImageText();
  needSecure("save models");
  const root = await navigator.storage.getDirectory();
  await tidy(root);
  const name = `${PREFIX}-${crypto.randomUUID()}`;
  try {
    return await navigator.locks.request(name, () => saveIn(root, name, model));
  } catch (error) {
    if ((error as Error).name !== "QuotaExceededError") throw error;
    return refuse("WRITE_FAILED", "The browser has no room for the model's files: its storage is full. Remove models that it keeps.");
  }
}

/** Removes the folders of pages that were closed while they saved: nobody holds their locks. */
async function tidy(root: FileSystemDirectoryHandle): Promise<void> {
  const names: string[] = [];
  for await (const name of (root as unknown as { keys(): AsyncIterable<string> }).keys()) if (name.startsWith(PREFIX)) names.push(name);
  for (const name of names)
    await navigator.locks.request(name, { ifAvailable: true }, async (lock) => {
      if (lock) await root.removeEntry(name, { recursive: true }).catch(() => undefined);
    });
}

async function saveIn(root: FileSystemDirectoryHandle, place: string, model: Clip | Siglip | ClipCap): Promise<GivenFile[]> {
  const folder = await root.getDirectoryHandle(place, { create: true });
  try {
    const names = await model.save(folder);
    const files: GivenFile[] = [];
    for (const name of names) {
      const file = await (await folder.getFileHandle(name)).getFile();
      files.push({ path: name, file: new File([await file.arrayBuffer()], name) }); // the folder goes
    }
    return files;
  } finally {
    await root.removeEntry(place, { recursive: true }).catch(() => undefined);
  }
}
