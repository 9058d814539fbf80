import type { CaptionSentence, ExtraFields, Split } from "../caption-dataset";
import type { Draft } from "./draft";
import { expected } from "./json-fields";

/** What a row or line says of its image. */
export interface ImageFields {
  /** The image's file. */
  readonly filename: string;
  /** Its number. */
  readonly imgid?: number | undefined;
  /** Its split. */
  readonly split?: Split | "restval" | undefined;
  /** Its class. */
  readonly label?: string | undefined;
  /** Its further fields. */
  readonly extra?: ExtraFields | undefined;
}

/** Puts rows of one image together, images in the order of their first rows. */
export function groupCaptions(): {
  readonly drafts: readonly Draft[];
  /** A whole image. */
  addImage(fields: ImageFields, sentences: readonly CaptionSentence[], where: string): void;
  /** Captions of an image that may have been there before; then what is said of it must be the same. */
  addCaptions(fields: ImageFields, sentences: readonly CaptionSentence[], where: string): void;
} {
  const drafts: Draft[] = [];
  const places = new Map<string, number>();
  const addImage = ({ filename, imgid, split, label, extra }: ImageFields, sentences: readonly CaptionSentence[], where: string) => {
    const record = {
      filename,
      imgid: imgid ?? drafts.length,
      ...(split !== undefined && { split }),
      sentences: [...sentences],
      ...(label !== undefined && { label }),
      ...(extra && { extra }),
    };
    drafts.push({ record, where });
  };
  return {
    drafts,
    addImage,
    addCaptions(fields, sentences, where) {
      const place = places.get(fields.filename);
      if (place === undefined) {
        places.set(fields.filename, drafts.length);
        addImage(fields, sentences, where);
        return;
      }
      const { record, where: first } = drafts[place]!;
      for (const key of ["imgid", "split", "label", "extra"] as const) {
        const had = JSON.stringify(record[key]) ?? "absent";
        if (fields[key] !== undefined && JSON.stringify(fields[key]) !== had) {
          expected(`${where}: ${key}`, `${had}, as in the image's first line (${first})`, fields[key]);
        }
      }
      (record.sentences as CaptionSentence[]).push(...sentences);
    },
  };
}
