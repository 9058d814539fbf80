import { detectModel } from "@rsdix/models";
import type { GivenFile, ModelCandidate } from "../protocol";
import { refuse, withPaths } from "./session";

const WEIGHTS = /\.(safetensors|bin|ckpt|pt|pth)$/i;
/** By these a folder is a model's. */
const MODELS_OWN = /^(config|open_clip_config)\.json$|\.safetensors$/;
const KNOWN = "The studio takes CLIP, SigLIP, and captioners of ClipCap.";
const folderOf = (path: string) => path.slice(0, Math.max(0, path.lastIndexOf("/")));

/** The files of one folder, without those of the folders below it but the few that models have there. */
export function filesIn(files: readonly GivenFile[], folder: string): GivenFile[] {
  const prefix = folder && `${folder}/`;
  return files
    .filter(({ path }) => path.startsWith(prefix) && (folderOf(path) === folder || /^1_Pooling\/[^/]+$/.test(path.slice(prefix.length))))
    .map(({ path, file }) => ({ path: path.slice(prefix.length), file }));
}

/** The models among files, a folder each. */
export async function findModels(files: readonly GivenFile[]): Promise<ModelCandidate[]> {
  const folders = [...new Set(files.filter(({ path }) => WEIGHTS.test(path)).map(({ path }) => folderOf(path)))].sort();
  const found: ModelCandidate[] = [];
  for (const path of folders) {
    const mine = filesIn(files, path);
    const type = await detectModel(withPaths(mine)).catch((error: unknown) => {
      if (folders.length === 1) throw error; // what a person picked is no model, and why
      const { code, message } = error as Error & { code?: string };
      // Beside a model may lie what is none, such as the state of an optimizer; a model that is damaged isn't left out without a word.
      if ((code === "FILE_CORRUPT" || code === "FILE_TOO_LARGE") && mine.some(({ path: name }) => MODELS_OWN.test(name))) {
        const named = mine.filter(({ path: name }) => mentions(message, name));
        const damaged = named.length > 0 ? named : mine.filter(({ path: name }) => WEIGHTS.test(name));
        const where = damaged.map(({ path: name }) => (path ? `${path}/${name}` : name)).join(", ");
        const why = message.replace(/\.?$/, ".");
        refuse(code, `A model's files are damaged (${where}): ${why} Mend them, or pick the others without them.`);
      }
      return undefined;
    });
    if (type === "clipcap") found.push({ path, kind: "captioner" });
    else if (type === "clip" || type === "siglip") found.push({ path, kind: "image-text" });
    else if (type && folders.length === 1) refuse("CHECKPOINT_MISMATCH", `These files are a model of type "${type}". ${KNOWN}`);
  }
  return found;
}

/** Whether a message is of a file; of one whose name ends another's, such as config.json, only by its whole name. */
function mentions(message: string, name: string): boolean {
  const at = message.indexOf(name);
  return at >= 0 && !/[\w./-]/.test(message[at - 1] ?? " ") && !/[\w/-]/.test(message[at + name.length] ?? " ");
}

/** The image-text model that belongs to a captioner unless told otherwise: in its folder, or the only one. */
export function encoderFor(captioner: string | undefined, candidates: readonly ModelCandidate[]): string | undefined {
  const paths = candidates.filter(({ kind }) => kind === "image-text").map(({ path }) => path);
  const below = captioner === undefined ? undefined : paths.find((path) => path === (captioner ? `${captioner}/encoder` : "encoder"));
  return below ?? (paths.length === 1 ? paths[0] : undefined);
}
