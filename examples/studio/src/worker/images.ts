import { type FileStore, openFiles } from "@rsdix/data";
import type { RgbImage } from "@rsdix/image";
import { resize } from "@rsdix/image";
import { decodeImage } from "@rsdix/image/web";
import type { AddedImages, Handler } from "../protocol";
import { findCaptions } from "./captions";
import { refuse, type SessionImage, session, withPaths } from "./session";

const IMAGE = /\.(jpe?g|png|webp|gif|tiff?)$/i;
const THUMBNAIL = 96;
/** Of one image; a picture of 16,000 x 4,000. */
const MAX_PIXELS = 64_000_000;

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
  let captions: AddedImages["captions"];
  for (const store of stores) {
    const names = (await store.names()).filter((name) => IMAGE.test(name) && !/(^|\/)\./.test(name));
    for (const [i, name] of names.entries()) {
      if (signal.aborted) break;
      try {
        const image = await decode(store, name);
        const id = nextId++;
        session.images.set(id, { id, name, store });
        emit({ id, name, width: image.width, height: image.height, thumbnail: await thumbnail(image) });
        added++;
      } catch (error) {
        skipped.push({ name, reason: (error as Error).message.replace(/^The image in memory/, "The file") });
      }
      emit({ what: name, done: i + 1, total: names.length });
    }
    const found = await findCaptions(store).catch((error: unknown) => {
      skipped.push({ name: "captions", reason: (error as Error).message });
      return undefined;
    });
    if (found) {
      session.dataset = found.dataset;
      captions = found.state;
    }
  }
  if (added === 0 && skipped.length === 0 && !captions && !signal.aborted)
    refuse("FILE_NOT_FOUND", "None of these files is an image (.jpg, .png, .webp, .gif, .tif) or a zip file with images.");
  return { added, skipped, captions };
};

/** Forgets all images. */
export const clearImages: Handler<"clearImages"> = async () => {
  session.images.clear();
  session.embeddings.clear();
  session.dataset = undefined;
  return null;
};

async function decode(store: FileStore, name: string): Promise<RgbImage> {
  const bytes = await store.read(name);
  return decodeImage(bytes, { maxPixels: MAX_PIXELS });
}

/** An image's pixels. */
export async function pixelsOf({ store, name }: SessionImage): Promise<RgbImage> {
  return decode(store, name);
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
  const rgba = new Uint8ClampedArray(width * height * 4).fill(255);
  for (let i = 0; i < width * height; i++) {
    for (let c = 0; c < 3; c++) rgba[4 * i + c] = small.data[3 * i + c]!;
  }
  const canvas = new OffscreenCanvas(width, height);
  canvas.getContext("2d")!.putImageData(new ImageData(rgba, width, height), 0, 0);
  return canvas.convertToBlob();
}
