import {
  type Clip,
  ClipCap,
  type DownloadProgress,
  detectModel,
  imageTextFromPretrained,
  type ModelFilesOptions,
  type Siglip,
} from "@rsdix/models";
import type { GivenFile, ModelChoice, Progress } from "../protocol";
import { encoderFor, filesIn, findModels } from "./find-models";
import { inWordsOfThePage } from "./model-words";
import { notice } from "./notice";
import { type LoadedModels, newVersion, refuse, whyNotKept, withPaths } from "./session";
import { fetchServed, keepModel, openKept, servedModels } from "./storage";
import { usualClipTokenizer, usualGpt2Tokenizer } from "./vocabularies";

/** An owner and a name, as the hub writes them; a path would be read as an address beside the page. */
const HUB_ID = /^\w[\w.-]*(\/\w[\w.-]*)?$/;

type OnProgress = (progress: Progress) => void;

/** Which of several models, by their folders. */
interface Parts {
  readonly imageText?: string;
  readonly captioner?: string;
}

/** Loads models from wherever they are. */
export async function load(choice: ModelChoice, keep: boolean, emit: OnProgress, signal: AbortSignal): Promise<LoadedModels> {
  if (choice.from === "hub" && !HUB_ID.test(choice.id))
    refuse("INVALID_ARGUMENT", `"${choice.id}" is no id of the hub. It takes one such as openai/clip-vit-base-patch32.`);
  if (choice.from === "hub") return fromHub(choice.id, choice, emit, signal);
  if (choice.from === "files") {
    const { files, ...parts } = choice;
    return fromFiles(nameOf(files), files, parts, keep, choice, signal);
  }
  if (choice.from === "kept") {
    const { name, files } = await openKept(choice.id);
    return { ...(await fromFiles(name, files, {}, false, choice, signal)), id: choice.id };
  }
  const served = (await servedModels()).find(({ id }) => id === choice.id);
  if (!served) refuse("FILE_NOT_FOUND", "That model can't be reached: it is downloaded from where this page is from. Are you offline?");
  const files = await fetchServed(served, emit, signal);
  return fromFiles(served.name, files, served, keep, choice, signal);
}

async function fromFiles(
  name: string,
  files: readonly GivenFile[],
  parts: Parts,
  keep: boolean,
  choice: ModelChoice,
  signal: AbortSignal,
): Promise<LoadedModels> {
  const found = await findModels(files);
  if (found.length === 0)
    refuse(
      "FILE_NOT_FOUND",
      "None of these files is a model's weights (.safetensors, .bin, .ckpt, .pt). Pick the folder that they are in.",
    );
  const captioners = found.filter(({ kind }) => kind === "captioner").map(({ path }) => path);
  const isChosen = parts.imageText !== undefined; // and then no captioner is one that isn't wanted
  const captioner = parts.captioner ?? (captioners.length === 1 && !isChosen ? captioners[0] : undefined);
  const imageText = parts.imageText ?? encoderFor(captioner, found);
  if (captioner === undefined && imageText === undefined) refuse("INVALID_ARGUMENT", "There are several models: choose which of them.");
  const at = (folder: string) => ({ folder, files: filesIn(files, folder) });
  const models = await both(
    name,
    choice,
    imageText === undefined ? undefined : (own) => inWordsOfThePage(at(imageText), loadImageText(filesIn(files, imageText), own)),
    captioner === undefined
      ? undefined
      : (encoder, own) => inWordsOfThePage(at(captioner), loadCaptioner(filesIn(files, captioner), encoder, own)),
    signal,
  );
  if (!keep) return models;
  // Kept as it was chosen: the image-text model in the captioner's folder "encoder", by which it is found again.
  const chosen =
    captioner === undefined
      ? filesIn(files, imageText!)
      : [...filesIn(files, captioner), ...(imageText === undefined ? [] : below("encoder", filesIn(files, imageText)))];
  try {
    const kept = await keepModel(name, chosen, choice.from === "served" ? { servedId: choice.id } : {});
    return { ...models, id: kept.id, name: kept.name, sources: [{ from: "kept", id: kept.id }, choice] };
  } catch (error) {
    notice(`${name} is loaded, but this browser can't keep it: ${whyNotKept(error)}.`);
    return models;
  }
}

const below = (folder: string, files: readonly GivenFile[]) => files.map(({ path, file }) => ({ path: `${folder}/${path}`, file }));

type LoadImageText = (signal: AbortSignal) => Promise<Clip | Siglip>;
type LoadCaptioner = (encoder: Clip | Siglip | undefined, signal: AbortSignal) => Promise<ClipCap>;

/** Both models, or none when one of them fails. */
async function both(
  name: string,
  choice: ModelChoice,
  makeImageText: LoadImageText | undefined,
  makeCaptioner: LoadCaptioner | undefined,
  signal: AbortSignal,
): Promise<LoadedModels> {
  let imageText = await makeImageText?.(signal);
  let captioner: ClipCap | undefined;
  try {
    captioner = await makeCaptioner?.(imageText, signal);
    imageText ??= captioner?.encoder as Clip | Siglip | undefined; // it lay in the captioner's file
    if (imageText) imageText.tokenizer ??= await usualClipTokenizer(imageText.config.text.vocabSize);
    return { name, id: undefined, imageText, captioner, version: newVersion(), trained: false, sources: [choice] };
  } catch (error) {
    imageText?.dispose();
    captioner?.dispose();
    throw error;
  }
}

const loadImageText = (files: readonly GivenFile[], signal: AbortSignal) => imageTextFromPretrained(withPaths(files), { signal });

async function loadCaptioner(files: readonly GivenFile[], encoder: Clip | Siglip | undefined, signal: AbortSignal): Promise<ClipCap> {
  return withTokenizer(await ClipCap.fromPretrained(withPaths(files), { signal, ...(encoder && { encoder }) }));
}

/** The captioner with GPT-2's tokenizer, where its files had none; it is freed where that can't be had. */
async function withTokenizer(captioner: ClipCap): Promise<ClipCap> {
  try {
    captioner.tokenizer ??= await usualGpt2Tokenizer(captioner.config.gpt2.vocabSize);
    return captioner;
  } catch (error) {
    captioner.dispose();
    throw error;
  }
}

/** A model of the hub, which @rsdix/models downloads once and keeps; where the hub can't be reached, what is kept. */
async function fromHub(id: string, choice: ModelChoice, emit: OnProgress, signal: AbortSignal): Promise<LoadedModels> {
  const onProgress = ({ file, overall }: DownloadProgress) => emit({ what: file, done: overall.loaded, total: overall.total });
  const options = { signal, onProgress };
  if (!navigator.onLine) return openHub(id, choice, { ...options, offline: true });
  try {
    return await openHub(id, choice, options);
  } catch (error) {
    if ((error as { code?: string }).code !== "DOWNLOAD_FAILED") throw error;
    return openHub(id, choice, { ...options, offline: true }).catch(() => {
      throw error; // which says why it can't be reached
    });
  }
}

async function openHub(id: string, choice: ModelChoice, options: ModelFilesOptions & { signal: AbortSignal }): Promise<LoadedModels> {
  const isCaptioner = (await inWordsOfThePage({ hub: id }, detectModel(id, options))) === "clipcap";
  const captioner: LoadCaptioner = async () => withTokenizer(await inWordsOfThePage({ hub: id }, ClipCap.fromPretrained(id, options)));
  const imageText: LoadImageText = () => inWordsOfThePage({ hub: id }, imageTextFromPretrained(id, options));
  return both(id, choice, isCaptioner ? undefined : imageText, isCaptioner ? captioner : undefined, options.signal);
}

/** The folder's name, or the only file's. */
function nameOf(files: readonly GivenFile[]): string {
  const [first] = files;
  const [top, ...rest] = (first?.path ?? "model").split("/");
  return rest.length > 0 ? top! : files.length === 1 ? top! : "picked files";
}
