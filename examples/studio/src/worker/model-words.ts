import type { GivenFile } from "../protocol";
import { withoutAdvice } from "./advice";
import { refuse } from "./session";

/** How the names of weights end. */
export const WEIGHTS = /\.(safetensors|bin|ckpt|pt|pth)$/i;
/** By these a folder is a model's. */
const MODELS_OWN = /^(config|open_clip_config)\.json$|\.safetensors$/;

/** Where a model is that is loaded: a folder of files that were picked, or an id of the hub. */
type ModelPlace = { readonly folder: string; readonly files: readonly GivenFile[] } | { readonly hub: string };

/** What the library says of a model's files to programmers, in words for who is at the page, who picks files. */
export async function inWordsOfThePage<T>(place: ModelPlace, loading: Promise<T>): Promise<T> {
  try {
    return await loading;
  } catch (error) {
    const { message } = error as Error;
    // Where weights don't tell all sizes, the library asks for an option.
    const [option] = / Give all sizes.*$/s.exec(message) ?? [];
    if (option !== undefined) {
      const why = message.slice(0, -option.length);
      if ("hub" in place)
        refuse(
          "FILE_NOT_FOUND",
          `${place.hub} has no config.json on the hub: ${why} Load another model, or pick this one's folder with that file in it.`,
        );
      const file = below(place.folder, "config.json");
      if (place.files.some(({ path }) => path === "config.json"))
        refuse("CHECKPOINT_MISMATCH", `${file} is of another model: ${why} Pick the model's folder with its own config.json in it.`);
      refuse("FILE_NOT_FOUND", `${file} is missing: ${why} Pick the model's folder with that file in it.`);
    }
    refuseType(error, place);
    if ("files" in place) refuseDamaged(error, place.folder, place.files);
    throw error;
  }
}

/** What the studio takes, for who picked something else. */
export const KNOWN = "The studio takes CLIP, SigLIP, and captioners of ClipCap.";

/** Throws where an error is of a model that isn't one of those that the studio takes, of which it takes fewer than the library. */
export function refuseType(error: unknown, place: ModelPlace): void {
  const { code, message } = error as Error & { code?: string };
  if (code !== "CHECKPOINT_MISMATCH") return;
  const [, type, known] = / is (?:of )?a model of type "(.*)"(\. Those known|, not |, neither )/s.exec(message) ?? [];
  const isLoaded = "files" in place && known?.startsWith(","); // as what its weights are
  const what = "hub" in place ? place.hub : below(place.folder, "config.json");
  if (type !== undefined) refuse(code, `${what} is of a model of type "${type}"${isLoaded ? ", which its weights aren't" : ""}. ${KNOWN}`);
  const files = "hub" in place ? `The files of ${place.hub}` : "These files";
  if (message.endsWith(" is no model that is known.")) refuse(code, `${files} are no model that is known. ${KNOWN}`);
}

/**
 * Throws where an error is of a model's damaged files, and says which these are. Other files that can't be read, such as the state of an optimizer, are no
 * model.
 */
export function refuseDamaged(error: unknown, folder: string, files: readonly GivenFile[]): void {
  const { code, message } = error as Error & { code?: string };
  if ((code !== "FILE_CORRUPT" && code !== "FILE_TOO_LARGE") || !files.some(({ path }) => MODELS_OWN.test(path))) return;
  const named = files.filter(({ path }) => mentions(message, path));
  const damaged = named.length > 0 ? named : files.filter(({ path }) => WEIGHTS.test(path));
  const where = damaged.map(({ path }) => below(folder, path)).join(", ");
  refuse(code, `A model's files are damaged (${where}): ${withoutAdvice(message)} Get them again, or pick the others without them.`);
}

const below = (folder: string, name: string) => (folder ? `${folder}/${name}` : name);

/** Whether a message is of a file; of one whose name ends another's, such as config.json, only by its whole name. */
function mentions(message: string, name: string): boolean {
  const at = message.indexOf(name);
  return at >= 0 && !/[\w./-]/.test(message[at - 1] ?? " ") && !/[\w/-]/.test(message[at + name.length] ?? " ");
}
