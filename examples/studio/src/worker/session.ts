import type { FileStore, ImageDataset } from "@rsdix/data";
import type { Clip, ClipCap, Siglip } from "@rsdix/models";
import type { GivenFile, ModelChoice } from "../protocol";

/** An image that was dropped; its file is read again whenever its pixels are wanted. */
export interface SessionImage {
  readonly id: number;
  readonly name: string;
  readonly store: FileStore;
}

/** What is loaded. */
export interface LoadedModels {
  readonly name: string;
  /** Under which it is kept, where it is. */
  readonly id: string | undefined;
  readonly imageText: Clip | Siglip | undefined;
  readonly captioner: ClipCap | undefined;
  /** Another number whenever its weights are others. */
  readonly version: number;
  /** Whether its weights are others than those of its files. */
  readonly trained: boolean;
  /** Where its files are, what the browser keeps first: for when its weights can't be read any more. */
  readonly sources: readonly ModelChoice[];
}

/** What the worker holds between calls. */
export const session: {
  models: LoadedModels | undefined;
  images: Map<number, SessionImage>;
  /** Embeddings by image, of the model that is loaded; not kept when it changes. */
  embeddings: Map<number, Float32Array>;
  /** The captioned data set among what was dropped. */
  dataset: ImageDataset | undefined;
} = { models: undefined, images: new Map(), embeddings: new Map(), dataset: undefined };

let versions = 0;

/** A number for weights that are not those of before. */
export const newVersion = (): number => ++versions;

/** An error that the page shows as it is. */
export function refuse(code: string, message: string): never {
  throw Object.assign(new Error(message), { code });
}

/** Why a browser didn't keep something; of a full storage its own message may be empty. */
export function whyNotKept(error: unknown): string {
  const { name, message } = error as Error;
  return name === "QuotaExceededError" ? "its storage is full" : message || name;
}

/** What browsers give pages only that came over a safe connection. */
export function needSecure(what: string): void {
  if (!self.isSecureContext)
    refuse(
      "NOT_SECURE",
      `Browsers let a page ${what} only over https or on localhost; this one came over plain http from another machine.`,
    );
}

/** The model for images and texts, or an error that says what to do. */
export function needImageText(): Clip | Siglip {
  const { models } = session;
  if (!models) refuse("NO_MODEL", "Load a model first (step 2).");
  return models.imageText ?? refuse("NO_MODEL", `${models.name} has no image-text model (CLIP or SigLIP). Load one with it.`);
}

/** The captioner, or an error that says what to do. */
export function needCaptioner(): ClipCap {
  const { models } = session;
  if (!models) refuse("NO_MODEL", "Load a model first (step 2).");
  const captioner = models.captioner ?? refuse("NO_MODEL", `${models.name} has no captioner. Load one with it.`);
  if (!captioner.encoder)
    refuse("NO_MODEL", "The captioner's files have no image encoder: load the image-text model that it was trained on with it.");
  if (!captioner.tokenizer) refuse("NO_MODEL", "The captioner's files have no tokenizer. Put GPT-2's tokenizer.json beside its weights.");
  return captioner;
}

/** Files with their paths, as the packages read what a person picked. */
export function withPaths(files: readonly GivenFile[]): File[] {
  return files.map(({ path, file }) => {
    const copy = new File([file], path.slice(path.lastIndexOf("/") + 1), { type: file.type });
    Object.defineProperty(copy, "webkitRelativePath", { value: path });
    return copy;
  });
}
