import { batches } from "@rsdix/data";
import { vi } from "vitest";
import { makeZip } from "../../../packages/data/test/make-zip";
import { encodePng } from "../../../packages/image/src/encode-image";
import type { AddedImages, GivenFile, ImageInfo, Progress } from "../src/protocol";
import { addImages, clearImages } from "../src/worker/images";
import { session } from "../src/worker/session";

// Node has no canvas of a browser.
vi.stubGlobal(
  "ImageData",
  class {
    constructor(
      readonly data: Uint8ClampedArray,
      readonly width: number,
      readonly height: number,
    ) {}
  },
);
vi.stubGlobal(
  "OffscreenCanvas",
  class {
    private image!: ImageData;
    getContext() {
      const putImageData = (image: ImageData) => {
        this.image = image;
      };
      return { putImageData };
    }
    async convertToBlob() {
      const { width, height, data } = this.image;
      const rgb = Uint8Array.from({ length: width * height * 3 }, (_, i) => data[4 * Math.floor(i / 3) + (i % 3)]!);
      return new Blob([(await encodePng({ width, height, data: rgb })) as Uint8Array<ArrayBuffer>]);
    }
  },
);

/** A small image of one value. */
export const picture = (value: number) => encodePng({ width: 4, height: 2, data: new Uint8Array(24).fill(value) });
/** Files as the page gives them. */
export const given = async (files: Readonly<Record<string, Uint8Array | string>>): Promise<GivenFile[]> =>
  Object.entries(files).map(([path, content]) => ({ path, file: new File([content as string], path.slice(path.lastIndexOf("/") + 1)) }));
/** A zip file. */
export const zip = async (files: Readonly<Record<string, Uint8Array | string>>) => makeZip(Object.entries(files));

/** The ids of the images that were added last. */
export let ids: number[] = [];

/** Adds files. */
export async function add(files: Readonly<Record<string, Uint8Array | string>>): Promise<AddedImages> {
  ids = [];
  const emit = (event: Progress | ImageInfo) => void ("thumbnail" in event && ids.push(event.id));
  return addImages({ files: await given(files) }, { emit, signal: new AbortController().signal });
}
/** Each image that is trained on, with its captions. */
export const captions = () => session.dataset!.images.map(({ filename, sentences }) => [filename, ...sentences.map(({ raw }) => raw)]);
/** What training sees of each image: its first value. */
export async function trained(): Promise<number[][]> {
  const values: number[][] = [];
  for await (const { images } of batches(session.dataset!, { batchSize: 1, seed: 1 }))
    for (const { width, height, data } of images as unknown as { width: number; height: number; data: Uint8Array }[])
      values.push([width, height, data[0]!]);
  return values;
}

/** Removes all images. */
export const clear = () => clearImages({}, { emit: () => undefined, signal: new AbortController().signal });
