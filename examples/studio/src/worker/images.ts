import { concatDatasets, type FileStore, type ImageDataset, openFiles } from "@rsdix/data";
import type { RgbImage } from "@rsdix/image";
import { resize } from "@rsdix/image";
import type { AddedImages, CaptionsState, Handler, UnreadImage } from "../protocol";
import { findCaptions, isModelsOwn } from "./captions";
import { HIDDEN, IMAGE } from "./image-files";
import { asPng, decode } from "./pixels";
import { refuse, type SessionImage, session, withPaths } from "./session";

const THUMBNAIL = 96;

let nextId = 1;

/** Takes what was dropped: images, a folder with them, or a zip file; with captions, where there are any. */
export const addImages: Handler<"addImages"> = async ({ files }, { emit, signal }): Promise<AddedImages> => {
  const zips = files.filter(({ path }) => /\.zip$/i.test(path));
  const loose = files.filter(({ path }) => !/\.zip$/i.test(path));
  const stores: FileStore[] = [];
  if (loose.length > 0) stores.push(await openFiles(withPaths(loose)));
  const skipped: { name: string; reason: string }[] = [];
  if (files.length === 0) refuse("FILE_NOT_FOUND", "There is no file in what was given: the folder is empty.");
  for (const { path, file } of zips) {
    try {
      stores.push(await openFiles(file, { signal }));
    } catch (error) {
      if (signal.aborted) throw error;
      skipped.push({ name: path, reason: (error as Error).message }); // the others are good
    }
  }
  let added = 0;
  let modelsFile: string | undefined;
  const captioned: Captioned[] = [];
  const notes: string[] = [];
  const passed: string[] = [];
  for (const store of stores) {
    const all = await store.names();
    modelsFile ??= all.find(isModelsOwn);
    const unusable = new Set<string>();
    const names = all.filter((name) => IMAGE.test(name) && !HIDDEN.test(name));
    for (const [i, name] of names.entries()) {
      if (signal.aborted) {
        unusable.add(name); // what isn't shown isn't trained on
        continue;
      }
      try {
        const image = await decode(await store.read(name));
        const id = nextId++;
        session.images.set(id, { id, name, store });
        emit({ id, name, width: image.width, height: image.height, thumbnail: await thumbnail(image) });
        added++;
      } catch (error) {
        unusable.add(name);
        skipped.push({ name, reason: (error as Error).message.replace(/^The image in memory/, "The file") });
      }
      emit({ what: name, done: i + 1, total: names.length });
    }
    const wasStopped = signal.aborted;
    const captions = await findCaptions(store, unusable, { emit, signal }).catch((error: unknown) => {
      if (signal.aborted && !wasStopped) notes.push(`The captions of ${store.name} weren't taken, as finding their images was stopped.`);
      else skipped.push({ name: "captions", reason: (error as Error).message });
      return undefined;
    });
    if (!captions) continue;
    if (captions.found) captioned.push({ ...captions.found, place: store.name });
    notes.push(...captions.about);
    // Beside captions that were taken they are no error; without any they are what is wrong.
    if (captions.found) passed.push(...captions.passed.map(({ name, reason }) => `${name}: ${reason.replace(/\.$/, "")}.`));
    else skipped.push(...captions.passed);
  }
  if (added === 0 && skipped.length === 0 && captioned.length === 0 && !signal.aborted)
    refuse(
      "FILE_NOT_FOUND",
      modelsFile === undefined
        ? "None of these files is an image (.jpg, .png, .webp, .gif, .tif) or a zip file with images."
        : `These are a model's files (${modelsFile}), and no images: pick them in step 2, Model.`,
    );
  return { added, skipped, notes, passed, captions: await takeCaptions(captioned) };
};

/** Captions, and where they were found. */
interface Captioned {
  readonly dataset: ImageDataset;
  readonly state: CaptionsState;
  readonly place: string;
}

/** Takes captions for those to train on: of several zip files all of them, each in a folder of its own. */
async function takeCaptions(found: readonly Captioned[]): Promise<CaptionsState | undefined> {
  const [first] = found;
  if (!first) return undefined;
  session.dataset = found.length === 1 ? first.dataset : await concatDatasets(found.map(({ dataset }) => dataset));
  const sum = (what: "images" | "captions") => found.reduce((total, { state }) => total + state[what], 0);
  const source = found.length === 1 ? first.state.source : found.map(({ state, place }) => `${state.source} of ${place}`).join(" and ");
  return { source, images: sum("images"), captions: sum("captions") };
}

/** Forgets all images. */
export const clearImages: Handler<"clearImages"> = async () => {
  session.images.clear();
  session.embeddings.clear();
  session.dataset = undefined;
  return null;
};

/** Images with their pixels; those that can't be read any more are apart, so that one of them holds no other up. */
export async function readImages(images: readonly SessionImage[]) {
  const unread: UnreadImage[] = [];
  const decoded = await Promise.all(
    images.map((image) =>
      pixelsOf(image).catch((error: unknown) => {
        unread.push({ id: image.id, reason: (error as Error).message });
        return undefined;
      }),
    ),
  );
  return {
    readable: images.filter((_, i) => decoded[i]),
    pixels: decoded.filter((each) => each !== undefined),
    unread,
  };
}

/** An image's pixels. */
export async function pixelsOf({ store, name }: SessionImage): Promise<RgbImage> {
  return decode(await store.read(name));
}

/** Images by their ids; those that were removed meanwhile are left out. */
export function imagesOf(ids: readonly number[]): SessionImage[] {
  return ids.flatMap((id) => session.images.get(id) ?? []);
}

/** An image as a small PNG. */
export function thumbnail(image: RgbImage, most = THUMBNAIL): Promise<Blob> {
  const scale = Math.min(1, most / Math.max(image.width, image.height));
  const [width, height] = [image.width, image.height].map((side) => Math.max(1, Math.round(side * scale))) as [number, number];
  const small = scale < 1 ? resize(image, width, height, { filter: "bilinear" }) : image;
  return asPng(small);
}
