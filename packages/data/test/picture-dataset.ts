import { encodePng } from "@rsdix/image/node";
import type { CaptionRecord } from "../src/caption-dataset";
import { createRandom } from "../src/create-random";
import type { FileStore } from "../src/files/file-store";
import type { ImageDataset } from "../src/image-dataset";
import { memoryFiles } from "./memory-files";

/** `size` small pictures of noise, PNG, with two captions each; every third has the caption "a field" as both. */
export async function pictureDataset(
  size: number,
  { side = 12, split = () => "train" as CaptionRecord["split"] } = {},
): Promise<ImageDataset> {
  const files: Record<string, Uint8Array> = {};
  const images: CaptionRecord[] = [];
  for (let i = 0; i < size; i++) {
    const random = createRandom(i);
    const filename = `${i}.png`;
    files[filename] = await encodePng({
      width: side,
      height: side,
      data: Uint8Array.from({ length: side * side * 3 }, () => random.int(256)),
    });
    const texts = i % 3 === 0 ? ["a field", "A  field"] : [`first of ${i}`, `second of ${i}`];
    images.push({ filename, imgid: i, split: split(), sentences: texts.map((raw) => ({ raw })) });
  }
  return { dataset: "pictures", images, files: memoryFiles(files) };
}

/** A store whose reads are counted: how many images were begun; `onRead` is told at each. */
export function countedReads(
  files: FileStore,
  onRead: (begun: number) => void = () => undefined,
): { readonly files: FileStore; readonly begun: () => number } {
  let begun = 0;
  return {
    files: {
      ...files,
      read: (name, options) => {
        onRead(++begun);
        return files.read(name, options);
      },
    },
    begun: () => begun,
  };
}
