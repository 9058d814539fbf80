/** Anything that JSON can hold. */
export type JsonValue = null | boolean | number | string | readonly JsonValue[] | { readonly [key: string]: JsonValue };

/** Fields that this package does not know, kept as they were read and written back beside the known ones. */
export type ExtraFields = Readonly<Record<string, JsonValue>>;

/** The parts of a data set: for fitting, for choosing, for the final score. */
export type Split = "train" | "val" | "test";

/** One caption of an image. */
export interface CaptionSentence {
  /** The caption as a person wrote it. */
  readonly raw: string;
  /** The caption's words, where the file has them. */
  readonly tokens?: readonly string[];
  /** Further fields, such as `sentid`. */
  readonly extra?: ExtraFields;
}

/** One image and its captions. */
export interface CaptionRecord {
  /** Where the image lies below the image folder, with forward slashes; it never leaves that folder. */
  readonly filename: string;
  /** The image's number in the file it came from. */
  readonly imgid: number;
  /** The part that the annotation puts the image in; "restval" (in Karpathy's COCO) is selected with "train". */
  readonly split: Split | "restval";
  /** The image's captions, usually five. */
  readonly sentences: readonly CaptionSentence[];
  /** The image's class, where the file has one. */
  readonly label?: string;
  /** Further fields, such as `lat` and `lon`. */
  readonly extra?: ExtraFields;
}

/** A data set in the form of `dataset_rsicd.json`. */
export interface CaptionDataset {
  /** The data set's name. */
  readonly dataset: string;
  /** The images, in the order of the file. */
  readonly images: readonly CaptionRecord[];
  /** Further fields of the whole file. */
  readonly extra?: ExtraFields;
}

/** The three splits, in the order in which they are reported. */
export const SPLITS: readonly Split[] = ["train", "val", "test"];
