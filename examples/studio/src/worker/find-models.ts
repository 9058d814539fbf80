import { detectModel } from "@rsdix/models";
import type { GivenFile, ModelCandidate } from "../protocol";
import { KNOWN, refuseDamaged, refuseType, WEIGHTS } from "./model-words";
import { refuse, withPaths } from "./session";

const CONFIG = /^(open_clip_)?config\.json$/;
const KINDS: Readonly<Record<string, ModelCandidate["kind"]>> = { clipcap: "captioner", clip: "image-text", siglip: "image-text" };
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
    const type = await typeOf(mine).catch((error: unknown) => {
      if (folders.length === 1) {
        refuseType(error, { folder: path, files: mine });
        throw error; // what a person picked is no model, and why
      }
      refuseDamaged(error, path, mine); // a model that is damaged isn't left out without a word
      return undefined;
    });
    const kind = type && KINDS[type];
    if (kind) found.push({ path, kind });
    else if (type && folders.length === 1) refuse("CHECKPOINT_MISMATCH", `These files are a model of type "${type}". ${KNOWN}`);
  }
  return found;
}

/** Which model a folder's files are. Where their config.json is of none that the studio takes, such as GPT-2's beside a captioner, the weights tell. */
async function typeOf(files: readonly GivenFile[]): Promise<string> {
  const byWeights = () => detectModel(withPaths(files.filter(({ path }) => !CONFIG.test(path))));
  try {
    const type = await detectModel(withPaths(files));
    return KINDS[type] ? type : await byWeights().catch(() => type);
  } catch (error) {
    if ((error as { code?: unknown }).code !== "CHECKPOINT_MISMATCH") throw error;
    const type = await byWeights().catch(() => undefined);
    if (type === undefined || !KINDS[type]) throw error;
    return type;
  }
}

/** The image-text model that belongs to a captioner unless told otherwise: in its folder, or the only one. */
export function encoderFor(captioner: string | undefined, candidates: readonly ModelCandidate[]): string | undefined {
  const paths = candidates.filter(({ kind }) => kind === "image-text").map(({ path }) => path);
  const below = captioner === undefined ? undefined : paths.find((path) => path === (captioner ? `${captioner}/encoder` : "encoder"));
  return below ?? (paths.length === 1 ? paths[0] : undefined);
}
