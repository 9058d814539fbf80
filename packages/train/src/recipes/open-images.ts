import { basename, resolve } from "node:path";
import { type ImageDataset, type Split, selectSplit } from "@rsdix/data";
import { fail, IMAGE_NAME } from "@rsdix/internal";
import { type OpenAllFilesOptions, openAllFiles } from "./open-all-files";
import { openCaptions } from "./open-captions";

/** Which images a command is about. */
export interface OpenImagesOptions extends OpenAllFilesOptions {
  /** The annotation file that names them; all images of the folder without one. */
  readonly annotations?: string | undefined;
  /** The annotation's split; all of them unless told otherwise. */
  readonly split?: Split | undefined;
}

/** The images of a folder or a zip file, or those of it that an annotation file names; in the order of their names, or of the annotation. */
export async function openImages(source: string, { annotations, split, signal, onNote }: OpenImagesOptions): Promise<ImageDataset> {
  if (annotations === undefined) {
    if (split !== undefined) fail("INVALID_ARGUMENT", "--split is a split of --annotations-file, which is not given.");
    const files = await openAllFiles(source, { signal, onNote });
    const names = (await files.names()).filter((name) => IMAGE_NAME.test(name));
    if (names.length === 0) {
      await files.close();
      fail("EMPTY_DATA", `${source} has no image: no name in it ends in .jpg, .png, .webp, .gif, .tif or .avif.`);
    }
    const images = names.map((filename, imgid) => ({ filename, imgid, split: "test" as const, sentences: [] }));
    return { dataset: basename(resolve(source)), images, files };
  }
  const named = await openCaptions(annotations, { images: source, signal });
  const images = split === undefined ? named.images : selectSplit(named, split);
  if (images.length === 0) {
    await named.files.close();
    fail("EMPTY_DATA", `${annotations} has no image${split === undefined ? "" : ` in the split "${split}"`}.`);
  }
  return { ...named, images };
}
