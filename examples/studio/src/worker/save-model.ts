import type { Clip, ClipCap, Siglip } from "@rsdix/models";
import type { GivenFile } from "../protocol";
import type { DemoCaptioner } from "./find-models";
import { needCaptioner, needImageText, needSecure, session } from "./session";

/** Folders of the browser's storage, one for each saving: other tabs of the page have theirs. */
const PREFIX = "studio-saving";

type Part = "image-text" | "captioner";

/** The files that a model is loaded from again, of its weights as they are now. */
export async function savedFiles(part: Part): Promise<GivenFile[]> {
  const model = part === "captioner" ? needCaptioner() : needImageText();
  needSecure("save models");
  const root = await navigator.storage.getDirectory();
  await tidy(root);
  const name = `${PREFIX}-${crypto.randomUUID()}`;
  return navigator.locks.request(name, () => saveIn(root, name, part, model));
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

async function saveIn(root: FileSystemDirectoryHandle, place: string, part: Part, model: Clip | Siglip | ClipCap): Promise<GivenFile[]> {
  const folder = await root.getDirectoryHandle(place, { create: true });
  try {
    const names = await model.save(folder);
    const files: GivenFile[] = [];
    for (const name of names) {
      const file = await (await folder.getFileHandle(name)).getFile();
      files.push({ path: name, file: new File([await file.arrayBuffer()], name) }); // the folder goes
    }
    return part === "captioner" ? withVocabulary(files) : files;
  } finally {
    await root.removeEntry(place, { recursive: true }).catch(() => undefined);
  }
}

/** A captioner that predicts only some tokens must be loaded with the same few: its config.json says which, as the demo's does. */
async function withVocabulary(files: readonly GivenFile[]): Promise<GivenFile[]> {
  const vocabulary = session.models?.vocabulary;
  if (!vocabulary) return [...files];
  const config = files.find(({ path }) => path === "config.json")!;
  const json = { ...(JSON.parse(await config.file.text()) as object), model_type: "clipcap", vocabulary } satisfies DemoCaptioner;
  const file = new File([`${JSON.stringify(json, null, 2)}\n`], "config.json");
  return files.map((each) => (each === config ? { path: each.path, file } : each));
}
