import type { CaptionDataset } from "./caption-dataset";
import type { SkippedItem } from "./captions/reading";
import type { DatasetDeclaration } from "./declarations/declaration";
import type { FileStore } from "./files/file-store";

/**
 * A data set with the files of its images. A set for captioning has sentences, one for classification has `classes` and a `label` an image (as prompts
 * need it: "baseball field") and no sentences; some have both.
 */
export interface ImageDataset extends CaptionDataset {
  /** Where the images are: `files.read(image.filename)` gives an image's bytes. */
  readonly files: FileStore;
  /** The classes in the order of their numbers, for a set whose images are labelled. */
  readonly classes?: readonly string[];
  /** What the data set is, for one that is known. */
  readonly declaration?: DatasetDeclaration;
  /** What its loader left out, with `onError` "skip". */
  readonly skipped?: readonly SkippedItem[];
}

/** Whether a value is a data set with files, as loaders open it. */
export function hasFiles(dataset: ImageDataset | undefined): dataset is ImageDataset {
  return Array.isArray(dataset?.images) && typeof dataset.files?.read === "function";
}
