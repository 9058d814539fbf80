import { checkOptions, fail, show } from "@rsdix/internal";
import { type CaptionDataset, type CaptionRecord, type ExtraFields, SPLITS, type Split } from "../caption-dataset";
import { expected, fieldOf } from "./json-fields";
import { attemptAll, type OnErrorOptions, type Reading, startReading } from "./reading";

/** An image as its annotation has it, perhaps without a split. */
export interface Draft {
  /** The image. */
  readonly record: Omit<CaptionRecord, "split"> & { readonly split?: CaptionRecord["split"] };
  /** Where it stands in its file. */
  readonly where: string;
}

/** An annotation that has been read, before splits are settled. */
export interface DraftDataset {
  /** The data set's name, where the annotation has it. */
  readonly dataset?: string;
  /** The images in the order of the file. */
  readonly drafts: readonly Draft[];
  /** Further fields of the whole file. */
  readonly extra?: ExtraFields;
}

/** Options that every reader of captions takes. */
export interface ParseCaptionsOptions extends OnErrorOptions {
  /** The split of records that name none (to be drawn with `randomSplit` afterwards); without it, a record without a split is an error. */
  readonly defaultSplit?: Split;
}

/** Options of readers of forms that have no place for the data set's name. */
export interface ParseNamedCaptionsOptions extends ParseCaptionsOptions {
  /** The data set's name; the form's own ("captions") unless told otherwise. */
  readonly dataset?: string;
}

/** Checks the options of a reader and starts it. */
export function checkParseOptions(options: ParseNamedCaptionsOptions, where: string, further: readonly string[] = []): Reading {
  const checked = checkOptions(options, ["defaultSplit", "onError", "onSkip", ...further], where);
  const { defaultSplit, dataset = "" } = checked;
  if (typeof dataset !== "string") fail("INVALID_ARGUMENT", `dataset must be the data set's name, got ${show(dataset)}.`);
  if (defaultSplit !== undefined && !SPLITS.includes(defaultSplit)) {
    fail("INVALID_ARGUMENT", `defaultSplit must be one of ${SPLITS.join(", ")}, got ${JSON.stringify(defaultSplit)}.`);
  }
  return startReading(checked);
}

/** The images with the split that they have, or the one they are given. */
export function settleSplits(drafts: readonly Draft[], defaultSplit: Split | undefined, reading: Reading): CaptionRecord[] {
  return attemptAll(
    drafts,
    reading,
    (i) => drafts[i]!.where,
    ({ record, where }) => {
      if (record.split !== undefined) return record as CaptionRecord;
      return { ...record, split: defaultSplit ?? noSplit(where) };
    },
  );
}

/** A data set of what an annotation has. */
export function settle(draft: DraftDataset, name: string, options: ParseCaptionsOptions, reading: Reading): CaptionDataset {
  return {
    dataset: draft.dataset ?? name,
    images: settleSplits(draft.drafts, options.defaultSplit, reading),
    ...(draft.extra && { extra: draft.extra }),
  };
}

function noSplit(where: string): never {
  const hint = " Give the reader a defaultSplit if the file has no splits, or let the loader draw one: split: { seed: 1 }.";
  return expected(fieldOf(where, "split"), 'one of "train", "val", "test", "restval"', undefined, hint);
}
