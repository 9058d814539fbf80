import type { ImageDataset } from "@rsdix/data";
import { fail } from "@rsdix/internal";
import type { CaptionsFile } from "./captions-file";
import { endsOf } from "./same-image";

/** What messages name of several images. */
const SHOWN = 3;

/**
 * Captions with the references that a data set has of their images. The original exports an image's whole path, and several data sets have a folder each: an
 * image is the one whose name agrees with the longest part of the path's end.
 */
export function withReferences(captions: CaptionsFile, dataset: Pick<ImageDataset, "images">, where: string): CaptionsFile {
  const references = new Map(dataset.images.map(({ filename, sentences }) => [filename, sentences.map(({ raw }) => raw)]));
  const byEnd = new Map<string, string[]>();
  for (const name of references.keys()) for (const end of endsOf(name)) byEnd.set(end, [...(byEnd.get(end) ?? []), name]);
  const images = captions.images.map((image) => {
    const found = references.has(image.filename)
      ? [image.filename]
      : (endsOf(image.filename)
          .flatMap((end) => [byEnd.get(end) ?? []])
          .find((names) => names.length > 0) ?? []);
    const caption = `${where} has a caption of ${JSON.stringify(image.filename)}, which`;
    if (found.length === 0) fail("FILE_CORRUPT", `${caption} no annotation file has.`);
    if (found.length > 1)
      fail("FILE_CORRUPT", `${caption} may be any of ${found.slice(0, SHOWN).join(", ")}${found.length > SHOWN ? ", ..." : ""}.`);
    return { ...image, references: references.get(found[0]!)! };
  });
  return { ...captions, images };
}
