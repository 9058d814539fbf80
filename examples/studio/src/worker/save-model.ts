import type { GivenFile } from "../protocol";
import type { DemoCaptioner } from "./find-models";
import { needCaptioner, needImageText, session } from "./session";

const FOLDER = "studio-saving";

/** The files that a model is loaded from again, of its weights as they are now. */
export async function savedFiles(part: "image-text" | "captioner"): Promise<GivenFile[]> {
  const model = part === "captioner" ? needCaptioner() : needImageText();
  const root = await navigator.storage.getDirectory();
  await root.removeEntry(FOLDER, { recursive: true }).catch(() => undefined); // of a page that was closed meanwhile
  const folder = await root.getDirectoryHandle(FOLDER, { create: true });
  try {
    const names = await model.save(folder);
    const files: GivenFile[] = [];
    for (const name of names) {
      const file = await (await folder.getFileHandle(name)).getFile();
      files.push({ path: name, file: new File([await file.arrayBuffer()], name) }); // the folder goes
    }
    return part === "captioner" ? withVocabulary(files) : files;
  } finally {
    await root.removeEntry(FOLDER, { recursive: true }).catch(() => undefined);
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
